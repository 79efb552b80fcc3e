package io.fenceline.connect;

import java.nio.charset.StandardCharsets;

/**
 * The header names Fenceline writes on S2, in the order they stand in a record:
 *
 * <pre>
 * kafka.id            topic/partition/offset of the original record        always, first
 * kafka.ts            Kafka timestamp, decimal milliseconds                absent if the record has none
 * kafka.key           key bytes                                            absent for a null key
 * kafka.null          empty                                                present if the value was null
 * user headers        name and value as they are, in their order
 *   kafka.null.header the NAME of a user header whose value was null       stands in that header's place
 * </pre>
 *
 * The marker of a null header value takes the place of the header and carries its name, so order and repeated names survive
 * and an empty value stays different from a null one. Every name that begins with {@link #PREFIX} is ours.
 */
public final class ReservedHeaders {

    public static final String PREFIX = "kafka.";
    public static final String ID = "kafka.id";
    public static final String TIMESTAMP = "kafka.ts";
    public static final String KEY = "kafka.key";
    public static final String NULL_VALUE = "kafka.null";
    public static final String NULL_HEADER = "kafka.null.header";

    /** What {@code behavior.on.reserved.headers=rename} puts before the name. */
    public static final String RENAME_PREFIX = "user.";

    static final byte[] ID_BYTES = ascii(ID);
    static final byte[] TIMESTAMP_BYTES = ascii(TIMESTAMP);
    static final byte[] KEY_BYTES = ascii(KEY);
    static final byte[] NULL_VALUE_BYTES = ascii(NULL_VALUE);
    static final byte[] NULL_HEADER_BYTES = ascii(NULL_HEADER);

    private ReservedHeaders() {}

    public static boolean isReserved(String name) {
        return name.startsWith(PREFIX);
    }

    private static byte[] ascii(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
