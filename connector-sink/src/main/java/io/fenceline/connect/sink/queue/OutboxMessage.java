package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.sqs.OutgoingMessage;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** One record on its way to a queue. What it is does not change; what became of it belongs to the {@link Outbox}. */
final class OutboxMessage {

    enum Fate {
        /** Not known yet. */
        OPEN,
        /** SQS has it. */
        ACCEPTED,
        /** SQS refuses it for what it is; no attempt before may have been accepted, or the user does not mind. */
        REFUSED,
        /** Given up, as the policy for messages in doubt asks. */
        SKIPPED,
        /** The lane cannot go on with it. */
        STOPS
    }

    final OutboxLane lane;
    final OffsetTracker.Entry entry;
    /** As Kafka handed it over: what the dead letter queue is given. */
    final SinkRecord record;

    final long offset;
    /** Kafka's timestamp, negative if there is none. */
    final long timestamp;

    final OutgoingMessage message;
    /** Bytes of memory it holds, about. */
    final long heldBytes;

    /** When Kafka handed its record over. */
    long givenAt;

    /** When it was handed to the outbox, and as which. */
    long addedAt;

    long number;

    /** Where it waits, or waited; set when it is added. */
    @Nullable
    MessageLine line;

    /** An attempt may have been accepted; from {@link #since} on. */
    boolean started;

    long since;
    /** What {@link #since} becomes if the attempt under way may have been accepted. */
    long attemptSince;

    boolean inDoubt;
    /** Was named as one that an earlier task may have sent. */
    boolean named;
    /** Was held back as one of those. */
    boolean tooOld;
    /** Later ones of its group were accepted before it. */
    boolean overtaken;
    /** Goes in a request of its own: a request with it was refused as a whole. */
    boolean alone;

    Fate fate = Fate.OPEN;
    /** SQS's words about a refusal. */
    String answer = "";

    @Nullable
    SendStop stop;

    OutboxMessage(
            OutboxLane lane,
            OffsetTracker.Entry entry,
            SinkRecord record,
            long offset,
            OutgoingMessage message,
            long heldBytes) {
        this.lane = lane;
        this.entry = entry;
        this.record = record;
        this.offset = offset;
        Long stamp = record.timestamp();
        this.timestamp = stamp == null ? -1 : stamp;
        this.message = message;
        this.heldBytes = heldBytes;
    }

    boolean isOrdered() {
        return lane.queue.isFifo();
    }
}
