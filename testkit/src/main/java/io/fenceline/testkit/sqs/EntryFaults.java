package io.fenceline.testkit.sqs;

import org.jspecify.annotations.Nullable;

/** Says what goes wrong with parts of requests that are well as a whole. Each method answers null if nothing does. */
public interface EntryFaults {

    /** Nothing goes wrong. */
    EntryFaults NONE = new EntryFaults() {};

    /** With an entry of a {@code SendMessageBatch}. */
    default @Nullable EntryFault of(SentEntry entry) {
        return null;
    }

    /** With an entry of a {@code DeleteMessageBatch} or {@code ChangeMessageVisibilityBatch}. */
    default @Nullable EntryFault of(String operation, HandleEntry entry) {
        return null;
    }

    /** With a message that a {@code ReceiveMessage} is about to give out. */
    default @Nullable EntryFault of(QueuedMessage message) {
        return null;
    }
}
