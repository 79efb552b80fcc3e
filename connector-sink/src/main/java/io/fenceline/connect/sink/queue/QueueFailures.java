package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.sqs.QueueStops;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a message that was not accepted means for its lane, in words. */
final class QueueFailures {

    private final TopicPartition partition;
    private final QueueStops stops;

    QueueFailures(TopicPartition partition, QueueStops stops) {
        this.partition = partition;
        this.stops = stops;
    }

    /**
     * @param action  the IAM action that was asked for
     * @param stopped the messages it stops with
     * @param settled last offset up to which everything is settled, null if none is
     */
    TerminalException of(SendStop stop, String action, List<OutboxMessage> stopped, @Nullable Long settled) {
        String answer = stop.code() == null ? stop.message() : stop.code() + ": " + stop.message();
        return switch (stop.why()) {
            case WINDOW_EXPIRED -> stops.windowExpired(inDoubt(stopped), settled);
            case IN_DOUBT -> stops.unanswered(inDoubt(stopped), answer, settled);
            case REFUSED_IN_DOUBT -> stops.refusedInDoubt(inDoubt(stopped), answer, settled);
            case OLD_AT_START -> {
                long first = stopped.stream()
                        .mapToLong(message -> message.offset)
                        .min()
                        .orElseThrow();
                long last = Math.max(first, stopped.get(0).lane.doubtRange.last());
                yield stops.inDoubtAfterStart(first, last, settled);
            }
            case DENIED -> stops.notAllowed(action, answer, settled);
            case MISSING -> stops.missing(answer, settled);
            case SENSELESS -> stops.senseless(answer, settled);
            case EXHAUSTED -> stops.exhausted(answer, settled);
        };
    }

    /** Of all messages of the lane that were in doubt when it stopped. */
    private static long[] inDoubt(List<OutboxMessage> stopped) {
        return stopped.get(0).lane.inDoubtAtStop;
    }

    UnmappableRecordException refused(OutboxMessage message) {
        return UnmappableRecordException.refused(
                UNMAPPABLE_RECORD,
                partition.topic(),
                partition.partition(),
                message.offset,
                "SQS",
                "SQS refuses it: " + message.answer
                        + (message.inDoubt
                                ? "; it was in doubt before, so the queue may have it as well (in.doubt.policy=resend)"
                                : ""));
    }
}
