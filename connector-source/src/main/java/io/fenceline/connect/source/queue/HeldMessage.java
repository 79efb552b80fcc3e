package io.fenceline.connect.source.queue;

import io.fenceline.sqs.ReceivedMessage;

/**
 * A message to hand over, and the slot that will name it. Immutable.
 *
 * @param size bytes as SQS counts them, counted once
 */
public record HeldMessage(ReceivedMessage message, Slot slot, int size) {}
