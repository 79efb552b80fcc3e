package io.fenceline.sqs;

import java.util.List;
import java.util.function.BooleanSupplier;

/** Sends messages to queues. Thread-safe. */
public interface QueueSender extends AutoCloseable {

    /**
     * One attempt, which is at most one HTTP request ({@code SendMessageBatch}); blocks for at most the connect and request
     * timeouts. Does not throw for anything SQS or the network do.
     *
     * @param messages 1 to {@link OutgoingMessage#MAX_PER_REQUEST}, sent in this order
     * @param gate     asked once, on the calling thread, as late as possible before the first byte; false keeps the request
     *                 off the wire ({@link QueueAnswer#HELD_BACK})
     */
    SendOutcome send(QueueUrl queue, List<OutgoingMessage> messages, BooleanSupplier gate);

    /** Ends connections; calls under way fail. Idempotent. */
    @Override
    void close();
}
