package io.fenceline.sqs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of one attempt to receive. Never null, never an exception. */
public sealed interface ReceiveOutcome {

    /** The queue answered; without messages if none came in time. */
    record Received(List<ReceivedMessage> messages) implements ReceiveOutcome {}

    /**
     * No messages, and where {@link QueueAnswer#isInDoubt} some may be hidden for a visibility timeout without our knowledge.
     *
     * @param answer  what that means
     * @param code    the error code SQS gave, null without an answer of SQS's
     * @param message for people; names the endpoint or SQS's request id where it is known
     */
    record Failed(QueueAnswer answer, @Nullable String code, String message) implements ReceiveOutcome {}
}
