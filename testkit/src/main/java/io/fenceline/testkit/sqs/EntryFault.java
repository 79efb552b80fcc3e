package io.fenceline.testkit.sqs;

/** Something that goes wrong with one entry of a {@code SendMessageBatch} whose request is well. */
public sealed interface EntryFault {

    /** Listed as failed. With {@code applied} the message is stored all the same. */
    record Failed(String code, String message, boolean senderFault, boolean applied) implements EntryFault {}

    /** The answer does not name the entry. */
    record Unlisted(boolean applied) implements EntryFault {}

    /** Stored, and listed as successful twice. */
    record ListedTwice() implements EntryFault {}

    /** Stored, and listed as successful and as failed. */
    record ListedAsBoth() implements EntryFault {}

    /** Stored, and the digest of the body is another's. */
    record WrongDigest() implements EntryFault {}

    /** Stored, and listed under an id the request does not have. */
    record ForeignId() implements EntryFault {}

    /** The sender's fault: SQS would refuse the entry again. */
    static EntryFault refused() {
        return new Failed("InvalidMessageContents", "Invalid characters found", true, false);
    }

    /** Not the sender's fault, and nothing was stored. */
    static EntryFault internalError() {
        return new Failed("InternalError", "We encountered an internal error. Please try again.", false, false);
    }

    /** Not the sender's fault, and the message was stored. */
    static EntryFault internalErrorApplied() {
        return new Failed("InternalError", "We encountered an internal error. Please try again.", false, true);
    }

    static EntryFault throttled() {
        return new Failed("ThrottlingException", "Rate exceeded", false, false);
    }
}
