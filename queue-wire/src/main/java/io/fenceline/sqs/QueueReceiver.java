package io.fenceline.sqs;

import java.time.Duration;
import java.util.List;

/**
 * Receives messages and settles them. Each call is one attempt, which is at most one HTTP request; it blocks for at most the
 * connect and request timeouts, and does not throw for anything SQS or the network do. Thread-safe.
 */
public interface QueueReceiver extends AutoCloseable {

    /**
     * {@code ReceiveMessage}; may take the request's wait longer than other calls. An answer with a message that cannot be right
     * (no id, no handle, another MD5, on a FIFO queue no group) is {@link QueueAnswer#SENSELESS} as a whole; what it held comes
     * again when its visibility is over.
     */
    ReceiveOutcome receive(QueueUrl queue, ReceiveRequest request);

    /**
     * {@code DeleteMessageBatch}. A server that refuses the whole request for a handle says of one handle what it says of the
     * request; of several it does not say which, so the request {@link HandleOutcome.Failed failed}: ask of each alone.
     *
     * @param handles 1 to {@link ReceiveRequest#MOST_MESSAGES}, different from each other
     */
    HandleOutcome delete(QueueUrl queue, List<String> handles);

    /**
     * {@code ChangeMessageVisibilityBatch}: the messages stay hidden for that long from now.
     *
     * @param handles    1 to {@link ReceiveRequest#MOST_MESSAGES}, different from each other
     * @param visibility whole seconds from 0, which gives them back, to 12 h after they were received
     */
    HandleOutcome changeVisibility(QueueUrl queue, List<String> handles, Duration visibility);

    /** Ends connections; calls under way fail at once. Idempotent. */
    @Override
    void close();
}
