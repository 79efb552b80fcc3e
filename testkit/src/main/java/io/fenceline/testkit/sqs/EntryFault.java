package io.fenceline.testkit.sqs;

/**
 * Something that goes wrong with one entry of a batch, or with one message of a receive, whose request is well. "Done" is stored,
 * deleted, hidden for another time, or given out.
 */
public sealed interface EntryFault {

    /** Listed as failed. With {@code applied} it is done all the same. Of entries only. */
    record Failed(String code, String message, boolean senderFault, boolean applied) implements EntryFault {}

    /** The answer does not name it. A message that is {@code applied} is hidden as if it had been given out. */
    record Unlisted(boolean applied) implements EntryFault {}

    /** Done, and listed as successful twice; a message is given out twice in one answer. */
    record ListedTwice() implements EntryFault {}

    /** Done, and listed as successful and as failed. Of entries only. */
    record ListedAsBoth() implements EntryFault {}

    /** Done, and the digest of the body is another's. Of sends and receives. */
    record WrongDigest() implements EntryFault {}

    /** Done, and listed under an id the request does not have. Of entries only. */
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

    /** What a FIFO queue says of a handle whose time is over, whether it is or not; nothing is done. */
    static EntryFault expiredHandle() {
        return new Failed(
                "InvalidParameterValue",
                "Value of a handle for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
                true,
                false);
    }

    /** What is said of a handle that is none, whether it is or not; nothing is done. */
    static EntryFault unknownHandle() {
        return new Failed("ReceiptHandleIsInvalid", "The input receipt handle is invalid.", true, false);
    }

    /** The policy does not allow the action; nothing is done. */
    static EntryFault denied() {
        return new Failed("AccessDenied", "Access to the resource is denied.", true, false);
    }
}
