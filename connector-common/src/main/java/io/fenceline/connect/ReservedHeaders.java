package io.fenceline.connect;

/**
 * The names of what Fenceline writes beside a record's value. Every name that begins with {@link #PREFIX} is ours. Where they
 * stand, and in which form, depends on where the record is written; see {@link RecordForm}.
 */
public final class ReservedHeaders {

    public static final String PREFIX = "kafka.";

    /** Topic, partition and offset of the original record, as a {@link RecordId} is written. */
    public static final String ID = "kafka.id";

    /** Kafka's timestamp in milliseconds; absent if the record has none. */
    public static final String TIMESTAMP = "kafka.ts";

    /** The key; absent if the record has none. */
    public static final String KEY = "kafka.key";

    /** Present if the value was null. */
    public static final String NULL_VALUE = "kafka.null";

    /** Names a header whose value was null. */
    public static final String NULL_HEADER = "kafka.null.header";

    /** What {@link ReservedHeaderBehavior#RENAME} puts before the name. */
    public static final String RENAME_PREFIX = "user.";

    private ReservedHeaders() {}

    public static boolean isReserved(String name) {
        return name.startsWith(PREFIX);
    }
}
