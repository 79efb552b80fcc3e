/**
 * A Kafka record as it stands on SQS: {@link io.fenceline.connect.sqs.QueueRecordForm} writes it, under a group
 * ({@link io.fenceline.connect.sqs.MessageGroups}) and an identity ({@link io.fenceline.connect.sqs.DeduplicationId}) on FIFO
 * queues. What an operator reads when a queue's records cannot go on is in {@link io.fenceline.connect.sqs.QueueStops}.
 */
@NullMarked
package io.fenceline.connect.sqs;

import org.jspecify.annotations.NullMarked;
