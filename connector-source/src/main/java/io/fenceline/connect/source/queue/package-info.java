/**
 * A queue's messages between SQS and Kafka: received, handed over, confirmed, deleted, exactly once. Knows no records of Connect's.
 * Start at {@link io.fenceline.connect.source.queue.QueueCustody}.
 */
@NullMarked
package io.fenceline.connect.source.queue;

import org.jspecify.annotations.NullMarked;
