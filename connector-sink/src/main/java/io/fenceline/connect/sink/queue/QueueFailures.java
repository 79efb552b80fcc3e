package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.TerminalCode.TOPIC_RECREATED;
import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.sqs.QueueStops;
import io.fenceline.sqs.QueueUrl;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The messages a lane of a queue ends with. */
final class QueueFailures {

    private final TopicPartition partition;
    private final QueueUrl queue;
    private final QueueStops stops;

    QueueFailures(String connector, TopicPartition partition, QueueUrl queue) {
        this.partition = partition;
        this.queue = queue;
        this.stops = QueueStops.ofPartition(connector, partition.topic(), partition.partition(), queue);
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

    /** A queue does not mind, but what was handed over says that offsets were used twice. */
    TerminalException topicRecreated(String seen, @Nullable Long settled) {
        String next = settled == null ? "<next>" : String.valueOf(settled + 1);
        return place(
                        TOPIC_RECREATED,
                        seen
                                + "; the topic was deleted and made again or truncated, or an offset above its end was set")
                .safe(
                        settled == null
                                ? "no offset of this partition is known to be settled"
                                : "offsets up to " + settled + " of the topic before are settled")
                .remedy("stop the connector; to send the topic from its beginning: " + stops.patch("0")
                        + "; to go on behind what was sent: " + stops.patch(next) + "; then resume it")
                .build();
    }

    TerminalException reportLost(long offset, Throwable reason, @Nullable Long settled) {
        if (reason instanceof UnmappableRecordException unreported) {
            return unwritable(unreported);
        }
        return stops.stop(
                        UNMAPPABLE_RECORD,
                        "the record at offset " + offset
                                + " cannot be written to SQS, and its report to the dead letter" + " queue failed: "
                                + reason.getClass().getName())
                .safe(
                        settled == null
                                ? "no offset of this partition is known to be settled"
                                : "offsets up to " + settled + " are settled")
                .remedy("check the dead letter queue's topic, then restart the task")
                .cause(reason)
                .build();
    }

    private TerminalException.Builder place(TerminalCode code, String seen) {
        return TerminalException.of(code, seen).where("partition " + partition + ", queue '" + queue + "'");
    }

    UnmappableRecordException refused(OutboxMessage message) {
        return UnmappableRecordException.refused(
                UNMAPPABLE_RECORD,
                partition.topic(),
                partition.partition(),
                message.offset,
                "SQS",
                "SQS refuses it: " + message.answer);
    }

    TerminalException unwritable(UnmappableRecordException record) {
        return stops.unwritable(record);
    }
}
