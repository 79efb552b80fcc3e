package io.fenceline.connect.sink.stream;

import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.ServerError;
import org.jspecify.annotations.Nullable;

/**
 * Whether a stream takes records without a timestamp, which Kafka may have. Most do; one that refuses them gets 0 instead.
 * A claim does not ask for it, so it may come out only with a refusal.
 *
 * <p>Owned by the task thread.
 */
final class TimestampRule {

    private static final long INSTEAD_OF_NONE = 0;

    private boolean required;
    private boolean wroteWithout;

    void learn(StreamConfig config) {
        required = config.timestampingMode().equals("client-require");
    }

    /**
     * A batch was refused that may have been refused for this, and the stream's configuration must not be read: the next
     * batch tells. Refused again, it was for something else, and this explains no further refusal.
     */
    void assumeRequired() {
        required = true;
    }

    boolean isRequired() {
        return required;
    }

    /** @param timestamp of the Kafka record; null or negative: it has none */
    void applyTo(RecordDraft draft, @Nullable Long timestamp) {
        if (timestamp == null || timestamp < 0) {
            wroteWithout = true;
            if (required) {
                draft.timestamp(INSTEAD_OF_NONE);
            }
        }
    }

    /** Whether a batch may have been refused for records without a timestamp: the stream's configuration tells. */
    boolean mayExplain(ServerError refusal) {
        return refusal.answer() == Answer.CONTENT_REFUSED && wroteWithout && !required;
    }
}
