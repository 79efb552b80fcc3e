package io.fenceline.sqs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of one attempt to delete messages or to change their visibility, by handles. Never null, never an exception. */
public sealed interface HandleOutcome {

    /** SQS answered entry by entry: as many outcomes as there were handles, in their order. */
    record Answered(List<Entry> entries) implements HandleOutcome {}

    /**
     * The request failed as a whole.
     *
     * @param answer  what that means
     * @param code    the error code SQS gave, null without an answer of SQS's
     * @param message for people; names the endpoint or SQS's request id where it is known
     */
    record Failed(QueueAnswer answer, @Nullable String code, String message) implements HandleOutcome {}

    /** What came of one handle. */
    sealed interface Entry {

        /** Done. A standard queue says so of a delete with an outdated handle, too, without effect (API reference, DeleteMessage). */
        record Done() implements Entry {}

        /** The message's visibility timeout was over, so that this handle is worth nothing any more; the message is still there. */
        record Lapsed(String code, String message) implements Entry {}

        /** The handle is not one of a message in the queue: deleted before, or received again since, or never ours. */
        record Unknown(String code, String message) implements Entry {}

        /** It was not done, or SQS does not say. */
        record NotDone(QueueAnswer answer, String code, String message) implements Entry {}
    }
}
