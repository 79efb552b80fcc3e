package io.fenceline.connect.sink.queue;

import io.fenceline.sqs.QueueUrl;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link Outbox} knows of one lane, from its first message until it is dropped. Belongs to the outbox.
 */
final class OutboxLane {

    /** Whom the lane's messages are returned to; on the task thread. */
    interface Receiver {

        /** Its fate is sealed: {@link OutboxMessage.Fate#ACCEPTED}, refused or skipped. */
        void onDone(OutboxMessage message);

        /** It cannot go on with these messages, for one reason. */
        void onStop(SendStop stop, List<OutboxMessage> messages);
    }

    final QueueUrl queue;
    final DoubtRange doubtRange;
    final Receiver receiver;

    /** Offsets of messages in doubt. */
    final TreeSet<Long> inDoubt = new TreeSet<>();
    /** For figures; any thread reads. */
    volatile int inDoubtCount;
    /** {@link #inDoubt} when a message stopped the lane; set before that is told. */
    long[] inDoubtAtStop = {};

    /** Nothing of it is sent any more. */
    boolean halted;
    /** Nothing of it is settled any more. */
    boolean dropped;

    /** What waits for its queue, null before its first message. */
    @Nullable
    QueueLines lines;

    OutboxLane(QueueUrl queue, DoubtRange doubtRange, Receiver receiver) {
        this.queue = queue;
        this.doubtRange = doubtRange;
        this.receiver = receiver;
    }
}
