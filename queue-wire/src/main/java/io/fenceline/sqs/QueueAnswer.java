package io.fenceline.sqs;

/**
 * What came of a call as a whole, or of one entry of it, as far as the caller has to tell it apart. The only place where SQS's
 * codes and statuses are read (API reference, SendMessageBatch and common errors, and what servers say in practice).
 */
public enum QueueAnswer {
    // ------------------------------------------------------------ the call certainly had no effect
    /** Held back by the caller's own gate at the last moment; nothing was put on the wire. */
    HELD_BACK(false),
    /** No connection, no TLS, host unknown: nothing was put on the wire. */
    UNREACHABLE(false),
    /** SQS or KMS asks to come back later. */
    THROTTLED(false),
    /** Too many messages in flight (receive), or a limit of the account. */
    OVER_LIMIT(false),
    /** The action is not allowed, or the credentials are unknown, expired, or could not be had. */
    DENIED(false),
    /** The queue does not exist, or was deleted less than a minute ago. */
    MISSING(false),
    /** SQS refuses the message or the request for what it is, and would again. */
    REFUSED(false),

    // ------------------------------------------------------------ the call may have had its effect
    /** Status 5xx, or a failure SQS does not put down to the sender. */
    SERVER_ERROR(true),
    /** The connection broke or the time was over after something may have been sent. */
    NO_ANSWER(true),
    /** An answer that is not SQS's, is cut off, or does not say what became of an entry. */
    SENSELESS(true);

    private final boolean inDoubt;

    QueueAnswer(boolean inDoubt) {
        this.inDoubt = inDoubt;
    }

    /** Whether the call may have had its effect all the same. */
    public boolean isInDoubt() {
        return inDoubt;
    }
}
