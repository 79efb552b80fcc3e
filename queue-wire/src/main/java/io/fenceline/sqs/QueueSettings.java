package io.fenceline.sqs;

import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a queue is set up, as SQS says ({@code GetQueueAttributes}). A change takes up to a minute to show. Immutable.
 *
 * @param arn                        null if the server does not say
 * @param contentBasedDeduplication  FIFO: a message without a deduplication id gets a hash of its body
 * @param deduplicationScope         FIFO: where two messages with one deduplication id are one
 * @param maximumMessageSize         bytes of body and attributes; 1,048,576 if the server does not say
 * @param visibilityTimeout          of a received message; 30 s if the server does not say
 * @param maxReceiveCount            receives before a message goes to the queue's dead-letter queue; empty without one
 */
public record QueueSettings(
        @Nullable String arn,
        boolean fifo,
        boolean contentBasedDeduplication,
        DeduplicationScope deduplicationScope,
        int maximumMessageSize,
        Duration visibilityTimeout,
        OptionalInt maxReceiveCount) {

    /** Largest message any queue takes, and SQS's default since August 2025. */
    public static final int LARGEST_MESSAGE = 1_048_576;

    /** Where a deduplication id is unique. */
    public enum DeduplicationScope {
        /** In the whole queue. */
        QUEUE,
        /** Within each message group. */
        MESSAGE_GROUP
    }
}
