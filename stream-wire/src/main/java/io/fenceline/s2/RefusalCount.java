package io.fenceline.s2;

import io.fenceline.s2.wire.Answer;

/**
 * Counts refusals that may be gone at the next attempt, and says when one is to be believed: the same for every request to
 * S2 that a task makes. What a person waits for and can repeat (a validation, an offset request, a comparison) asks once.
 * Owned by one thread.
 */
public final class RefusalCount {

    /** Credentials are looked at afresh by each request: one refusal may be a rotation under way. */
    public static final int REFUSALS_OF_RIGHTS = 2;

    /** So many answers that are not the protocol, with no success between them: it is not S2 that answers. */
    public static final int STRANGE_ANSWERS = 5;

    private int rights;
    private int strange;

    /** Counts one more answer; true: the next attempt will end the same way, unless something is done about it. */
    public boolean believes(Answer answer) {
        return switch (answer) {
            case UNAUTHENTICATED, ACCESS_TOKEN_UNKNOWN, FORBIDDEN -> ++rights >= REFUSALS_OF_RIGHTS;
            case STRANGE -> ++strange >= STRANGE_ANSWERS;
            case CREDENTIALS_REPLACED, CONFLICT, BUSY, DRAINING, UNAVAILABLE -> false;
            case TOKEN_MISMATCH,
                    POSITION_MISMATCH,
                    OUT_OF_RANGE,
                    STREAM_MISSING,
                    STREAM_BEING_DELETED,
                    BASIN_MISSING,
                    BASIN_BEING_DELETED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    KEY_REFUSED,
                    REQUEST_REFUSED,
                    CONTENT_REFUSED -> true;
        };
    }

    /** Answers that were not the protocol since {@link #forget}. */
    public int strange() {
        return strange;
    }

    /** Something has succeeded: whatever was refused before is over. */
    public void forget() {
        rights = 0;
        strange = 0;
    }
}
