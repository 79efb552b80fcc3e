/**
 * SQS on the wire: queues, messages, and one call that is one attempt and at most one HTTP request. What an answer means is
 * said here ({@link io.fenceline.sqs.QueueAnswer}); what to do about it is the caller's. Knows no Kafka and no S2, and is the
 * only package that knows the AWS SDK.
 */
@org.jspecify.annotations.NullMarked
package io.fenceline.sqs;
