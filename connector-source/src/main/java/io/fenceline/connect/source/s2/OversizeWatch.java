package io.fenceline.connect.source.s2;

import io.fenceline.s2.wire.SequencedRecord;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the records that Connect's producer is likely to refuse: its own error says how large a record was, but not which
 * one. Owned by the task thread.
 */
final class OversizeWatch {

    private static final Logger log = LoggerFactory.getLogger(OversizeWatch.class);

    private static final String KEY = "producer.override.max.request.size";
    private static final long PRODUCER_DEFAULT = 1_048_576;
    /** What a record of a request costs beside its key, value and headers, at most. */
    private static final int OVERHEAD = 512;

    private final long limit;
    private final String source;

    private OversizeWatch(long limit, String source) {
        this.limit = limit;
        this.source = source;
    }

    static OversizeWatch of(Map<String, String> properties) {
        String override = properties.get(KEY);
        if (override != null) {
            try {
                return new OversizeWatch(Long.parseLong(override.strip()), KEY);
            } catch (NumberFormatException e) {
                // Connect has its own words for that
            }
        }
        return new OversizeWatch(PRODUCER_DEFAULT, "the producer's default of max.request.size");
    }

    /** Warns about a record before it meets the producer. */
    void look(String stream, SequencedRecord record, int meteredBytes) {
        if (meteredBytes + OVERHEAD > limit) {
            log.warn(
                    "Record {} of stream '{}' has {} bytes; with {} = {} Connect's producer may refuse it and stop the"
                            + " task: set {} (and the topic's max.message.bytes) to more",
                    record.seqNum(),
                    stream,
                    meteredBytes,
                    source,
                    limit,
                    KEY);
        }
    }
}
