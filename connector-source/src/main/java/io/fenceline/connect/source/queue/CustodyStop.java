package io.fenceline.connect.source.queue;

import org.jspecify.annotations.Nullable;

/**
 * Why a queue is over. A value.
 *
 * @param action    the IAM action that failed, e.g. {@code sqs:DeleteMessage}; null for {@link Why#UNCONFIRMED}
 * @param code      SQS's error code of the last answer, null if there was none
 * @param message   for people: what the last answer said, empty if there was none
 * @param messageId of {@link Why#UNCONFIRMED}, else null
 */
public record CustodyStop(
        Why why,
        @Nullable String action,
        @Nullable String code,
        String message,
        @Nullable String messageId) {

    public enum Why {
        DENIED,
        MISSING,
        /** Answers that are not SQS's, several in a row. */
        SENSELESS,
        /** Receives that SQS refuses for what they are, several in a row. */
        REFUSED,
        /** Receiving has failed for {@code retry.timeout.ms}. */
        EXHAUSTED,
        /** No delete has succeeded for {@code retry.timeout.ms}, and no more messages can be held. */
        LEDGER_STUCK,
        /** A record was dropped, and {@code on.unconfirmed.record} is {@code fail}. */
        UNCONFIRMED
    }

    static CustodyStop unconfirmed(String messageId) {
        return new CustodyStop(Why.UNCONFIRMED, null, null, "", messageId);
    }
}
