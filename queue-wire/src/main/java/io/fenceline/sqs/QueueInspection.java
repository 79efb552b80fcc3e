package io.fenceline.sqs;

import org.jspecify.annotations.Nullable;

/** What came of one attempt to look at a queue. Never null, never an exception. */
public sealed interface QueueInspection {

    /** The queue exists, and we may look at it. */
    record Seen(QueueSettings settings) implements QueueInspection {}

    /**
     * We do not know.
     *
     * @param answer  what that means
     * @param code    the error code SQS gave, null without an answer of SQS's
     * @param message for people; names the endpoint or SQS's request id where it is known
     */
    record Unseen(QueueAnswer answer, @Nullable String code, String message) implements QueueInspection {}
}
