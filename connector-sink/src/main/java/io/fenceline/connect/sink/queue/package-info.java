/**
 * Kafka to SQS: what waits to be sent, which request it goes in, and what becomes of it after an answer ({@link
 * io.fenceline.connect.sink.queue.Outbox}, pure), the threads that send ({@link io.fenceline.connect.sink.queue.Senders}), and
 * what a lane sees of it ({@link io.fenceline.connect.sink.queue.QueueTarget}).
 */
@NullMarked
package io.fenceline.connect.sink.queue;

import org.jspecify.annotations.NullMarked;
