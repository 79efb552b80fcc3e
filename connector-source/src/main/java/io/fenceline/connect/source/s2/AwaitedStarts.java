package io.fenceline.connect.source.s2;

import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams that begin at an instant and have not come to it. Where a stream has no record of that time or later, S2 begins at its
 * end, and hands over what is appended next however old it is: those records are not asked for. Timestamps never fall
 * within a stream, so the first record that is not too old ends the wait.
 *
 * <p>Owned by the task thread.
 */
final class AwaitedStarts {

    private static final Logger log = LoggerFactory.getLogger(AwaitedStarts.class);

    /** Milliseconds, unsigned as S2 counts, by stream. */
    private final Map<String, Long> starts = new HashMap<>();

    private final Map<String, Long> passedOver = new HashMap<>();

    /** The stream begins with the first record that has a timestamp of at least {@code millis}. */
    void await(String stream, long millis) {
        starts.put(stream, millis);
        passedOver.remove(stream);
    }

    /** The stream begins with its first record, whatever was said before. */
    void forget(String stream) {
        starts.remove(stream);
        passedOver.remove(stream);
    }

    /** Forgets all streams but these. */
    void retainAll(Set<String> streams) {
        starts.keySet().retainAll(streams);
        passedOver.keySet().retainAll(streams);
    }

    /** Whether nothing of the stream was asked for yet: then how far it was read must not be remembered. */
    boolean isAwaited(String stream) {
        return starts.containsKey(stream);
    }

    /** Whether this record comes before its stream's beginning; to be asked once for each, in order. */
    boolean isTooEarly(String stream, SequencedRecord record) {
        if (starts.isEmpty()) {
            return false;
        }
        Long start = starts.get(stream);
        if (start == null) {
            return false;
        }
        if (Long.compareUnsigned(record.timestamp(), start) < 0) {
            if (passedOver.merge(stream, 1L, Long::sum) == 1) {
                log.warn(
                        "Record {} of stream '{}' has timestamp {}, before {} ({}): it is passed over, and so are those"
                                + " behind it until one of that time comes",
                        Long.toUnsignedString(record.seqNum()),
                        stream,
                        Long.toUnsignedString(record.timestamp()),
                        S2SourceConfig.START_FROM,
                        Instant.ofEpochMilli(start));
            }
            return true;
        }
        Long before = passedOver.get(stream);
        if (before != null) {
            log.info(
                    "Stream '{}' begins with record {}; {} records before {} were passed over",
                    stream,
                    Long.toUnsignedString(record.seqNum()),
                    before,
                    S2SourceConfig.START_FROM);
        }
        forget(stream);
        return false;
    }
}
