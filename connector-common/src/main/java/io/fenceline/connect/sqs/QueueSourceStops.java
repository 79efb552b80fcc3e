package io.fenceline.connect.sqs;

import static io.fenceline.connect.TerminalCode.AUTH;
import static io.fenceline.connect.TerminalCode.LEDGER_STUCK;
import static io.fenceline.connect.TerminalCode.PROTOCOL;
import static io.fenceline.connect.TerminalCode.RECORD_TOO_LARGE;
import static io.fenceline.connect.TerminalCode.RETRIES_EXHAUSTED;
import static io.fenceline.connect.TerminalCode.TARGET_MISSING;
import static io.fenceline.connect.TerminalCode.UNCONFIRMED_RECORD;
import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;
import static io.fenceline.connect.TerminalCode.WATERMARK_UNKNOWN;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.sqs.QueueUrl;
import java.util.Map;

/**
 * The stops of one queue that is read: what was seen, where, what is safe, and what an operator does about it. Bodies and receipt
 * handles are never put into them. Any thread.
 */
public final class QueueSourceStops {

    private static final String SAFE =
            "messages whose records Kafka has are deleted or remembered in the connector's offsets, all others are still in"
                    + " the queue";

    private static final String STAYS =
            "the message is not deleted, and comes back when its visibility timeout is over";

    private final QueueUrl queue;
    private final OffsetRequestText offsets;

    private QueueSourceStops(String connector, QueueUrl queue) {
        this.queue = queue;
        this.offsets = new OffsetRequestText(connector);
    }

    /** @param connector its name, which the paths of Connect's REST API have */
    public static QueueSourceStops ofQueue(String connector, QueueUrl queue) {
        return new QueueSourceStops(connector, queue);
    }

    /**
     * SQS does not allow what the source has to do, also with credentials asked for anew.
     *
     * @param action the IAM action that is missing, e.g. {@code sqs:DeleteMessage}
     * @param answer what SQS said, without a full stop
     */
    public TerminalException notAllowed(String action, String answer) {
        return stop(
                AUTH,
                "SQS refuses the credentials for " + action + ": " + answer,
                SAFE,
                QueueStops.UNCHANGED + "check that the credentials are valid and allow the IAM action " + action
                        + " on this queue (a source needs sqs:ReceiveMessage, sqs:DeleteMessage,"
                        + " sqs:ChangeMessageVisibility and sqs:GetQueueAttributes, and on a queue encrypted with a KMS key"
                        + " also kms:Decrypt on the key); "
                        + QueueStops.CORRECTED);
    }

    /** The queue is not there, or was deleted less than a minute ago. */
    public TerminalException missing(String answer) {
        return stop(
                TARGET_MISSING,
                "the queue does not exist: " + answer,
                "messages whose records Kafka has are safe there; if the queue was deleted, what it still held"
                        + " went with it",
                "check sqs.queue.urls, sqs.region and sqs.endpoint: name a queue that exists there, or make it (SQS takes a"
                        + " name again 60 s after its deletion), "
                        + QueueStops.RESTART);
    }

    /** Five answers in a row were none of SQS's. */
    public TerminalException senseless(String answer) {
        return stop(
                PROTOCOL,
                "what answers is not SQS, or answers what makes no sense: " + answer,
                SAFE,
                "check that sqs.endpoint, and any proxy before it, leads to SQS or a server that speaks its JSON protocol, "
                        + QueueStops.RESTART);
    }

    /** SQS refuses a receive for what it is, and would again. */
    public TerminalException refused(String answer) {
        return stop(
                PROTOCOL,
                "SQS refuses what the source asks for: " + answer,
                SAFE,
                "check sqs.queue.urls, sqs.wait.time.seconds and sqs.visibility.timeout.seconds against what the server"
                        + " allows, "
                        + QueueStops.RESTART);
    }

    /** No receive got through for {@code retry.timeout.ms}. */
    public TerminalException exhausted(String lastFailure) {
        return stop(
                RETRIES_EXHAUSTED,
                "no receive has succeeded for retry.timeout.ms; the last failure: " + lastFailure,
                SAFE,
                "check that sqs.endpoint is reachable and the queue answers, " + QueueStops.RESTART
                        + "; retry.timeout.ms=-1 retries without end");
    }

    /**
     * No delete got through for {@code retry.timeout.ms}, and as many messages are held as may be.
     *
     * @param held how many
     */
    public TerminalException ledgerStuck(int held, String lastFailure) {
        return stop(
                LEDGER_STUCK,
                "no message could be deleted for retry.timeout.ms, and " + held
                        + " are held, as many as may be (sqs.max.held.messages, and 10 before the first commit after a"
                        + " start); the last failure: " + lastFailure,
                SAFE + "; those that could not be deleted are recognised and not written again in the next four starts",
                "find out why SQS does not delete (rights to sqs:DeleteMessage, a network path that lets only some requests"
                        + " through, a visibility timeout shorter than a commit takes), " + QueueStops.RESTART
                        + "; a larger sqs.max.held.messages, up to 10000, bridges longer failures, and retry.timeout.ms=-1"
                        + " waits without end");
    }

    /** A record was dropped between the task and Kafka, and {@code on.unconfirmed.record} is {@code fail}. */
    public TerminalException unconfirmed(String messageId) {
        return stop(
                UNCONFIRMED_RECORD,
                "the record of message " + messageId
                        + " did not reach Kafka: a transform or a converter dropped it, or Kafka's producer refused it and"
                        + " errors.tolerance let it pass",
                SAFE + "; " + STAYS,
                "if such messages are to be dropped on purpose, set on.unconfirmed.record=delete, or keep to leave them in"
                        + " the queue (on a FIFO queue that reorders their group); otherwise correct the transform or the"
                        + " converter, "
                        + QueueStops.RESTART);
    }

    /**
     * A record is larger than the producer is set up to take, so that it was not handed over.
     *
     * @param bytes as the producer counts them, headers included
     * @param limit what {@code producer.override.max.request.size} is
     */
    public TerminalException tooLarge(String messageId, long bytes, long limit) {
        return stop(
                RECORD_TOO_LARGE,
                "the record of message " + messageId + " has " + bytes
                        + " bytes, and Kafka's producer takes at most " + limit
                        + " (producer.override.max.request.size)",
                SAFE + "; " + STAYS,
                "set producer.override.max.request.size, and the topic's max.message.bytes, to more than " + bytes
                        + ", " + QueueStops.RESTART);
    }

    /** @param reason why the message is no record, without a full stop and without its content */
    public TerminalException unmappable(String messageId, String reason) {
        return stop(
                UNMAPPABLE_RECORD,
                "message " + messageId + " cannot be written to Kafka: " + reason,
                SAFE + "; " + STAYS,
                "correct its sender; to go on without the message take it out of the queue (receive it by hand and delete"
                        + " it, or let the queue's redrive policy move it to a dead-letter queue), "
                        + QueueStops.RESTART);
    }

    /** As {@link #unmappable}, for a value that is no text where text is asked for. */
    public TerminalException notText(String messageId) {
        return stop(
                UNMAPPABLE_RECORD,
                "message " + messageId
                        + " cannot be written to Kafka: its value is not UTF-8, and value.type is 'string'",
                SAFE + "; " + STAYS,
                "set value.type=bytes, with value.converter=org.apache.kafka.connect.converters.ByteArrayConverter, or take"
                        + " the message out of the queue, "
                        + QueueStops.RESTART);
    }

    /**
     * What Connect has stored of a slot is not ours, so that it is not known which messages were produced.
     *
     * @param partition the slot as Connect has it
     * @param nobodys   what stands in a slot that is not used; Connect cannot empty every one
     * @param problem   without a full stop
     */
    public TerminalException unreadable(Map<String, ?> partition, Map<String, ?> nobodys, String problem) {
        return stop(
                WATERMARK_UNKNOWN,
                "what is stored of the slot " + partition.values() + " does not say which message's record Kafka has: "
                        + problem,
                "nothing was received",
                "stop the connector, forget the slot, resume it; should the message it stood for still be in the queue, it is"
                        + " written to Kafka again\nto forget it: " + offsets.store(partition, nobodys));
    }

    private TerminalException stop(TerminalCode code, String seen, String safe, String remedy) {
        return TerminalException.of(code, seen)
                .where("queue '" + queue + "'")
                .safe(safe)
                .remedy(remedy)
                .build();
    }
}
