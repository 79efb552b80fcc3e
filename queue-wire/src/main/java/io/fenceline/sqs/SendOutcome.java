package io.fenceline.sqs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of one attempt to send a request. Never null, never an exception: see {@link QueueSender#send}. */
public sealed interface SendOutcome {

    /** SQS answered entry by entry: as many outcomes as the request had messages, in their order. */
    record Answered(List<Entry> entries) implements SendOutcome {}

    /**
     * The request failed as a whole, and all of its messages with it.
     *
     * @param answer  what that means
     * @param code    the error code SQS gave, null without an answer of SQS's
     * @param message for people; names the endpoint or SQS's request id where it is known
     */
    record Failed(QueueAnswer answer, @Nullable String code, String message) implements SendOutcome {}

    /** What came of one message. */
    sealed interface Entry {

        /**
         * SQS holds it, now or since an earlier attempt with the same deduplication id.
         *
         * @param sequenceNumber FIFO queues only, and not every server gives it
         */
        record Accepted(String messageId, @Nullable String sequenceNumber) implements Entry {}

        /** It was not taken, or SQS does not say. {@link QueueAnswer#REFUSED} is the sender's fault. */
        record NotTaken(QueueAnswer answer, String code, String message) implements Entry {}
    }
}
