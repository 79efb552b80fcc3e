package io.fenceline.connect.source;

import io.fenceline.connect.config.ConnectConverters;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the records that Connect's producer is likely to refuse: its own error says how large a record was, but not which
 * one. Owned by the task thread.
 */
public final class OversizeWatch {

    private static final Logger log = LoggerFactory.getLogger(OversizeWatch.class);

    private static final String KEY = "producer.override.max.request.size";
    private static final long PRODUCER_DEFAULT = 1_048_576;
    /** What a record of a request costs beside its key, value and headers, at most. */
    private static final int OVERHEAD = 512;

    private final long limit;
    private final String limitedBy;
    private final boolean certain;

    private OversizeWatch(long limit, String limitedBy, boolean certain) {
        this.limit = limit;
        this.limitedBy = limitedBy;
        this.certain = certain;
    }

    public static OversizeWatch of(Map<String, String> properties) {
        String override = properties.get(KEY);
        if (override != null) {
            try {
                return new OversizeWatch(Long.parseLong(override.strip()), KEY, isSentAsHandedOver(properties));
            } catch (NumberFormatException e) {
                // Connect has its own words for that
            }
        }
        return new OversizeWatch(PRODUCER_DEFAULT, "the producer's default of max.request.size", false);
    }

    /** Whether the producer gets the records as a task hands them over, at least as large. */
    private static boolean isSentAsHandedOver(Map<String, String> properties) {
        return properties.getOrDefault("transforms", "").isBlank()
                && ConnectConverters.kind(properties, ConnectConverters.VALUE) != ConnectConverters.Kind.OTHER;
    }

    /**
     * Whether a record that the producer counts as more than {@link #limit} bytes is sure to be refused: the limit is this
     * connector's own, and nothing makes the record smaller on the way. Otherwise a worker or a transform may know better.
     */
    public boolean isCertain() {
        return certain;
    }

    /** Bytes of a record as {@link io.fenceline.connect.ProducedSize} counts them. */
    public long limit() {
        return limit;
    }

    /** Whether a record of that many bytes may be refused. */
    public boolean mayBeRefused(int bytes) {
        return bytes + OVERHEAD > limit;
    }

    /**
     * Warns about such a record before it meets the producer.
     *
     * @param record which one and what it is of, e.g. {@code 7 of stream 'orders'}
     */
    public void warn(String record, int bytes) {
        log.warn(
                "Record {} has {} bytes; with {} = {} Connect's producer may refuse it and stop the task: set {} (and the"
                        + " topic's max.message.bytes) to more",
                record,
                bytes,
                limitedBy,
                limit,
                KEY);
    }
}
