package io.fenceline.append.machine;

import io.fenceline.s2.wire.ServerError;

/** What an error of the service asks a session to do. It speaks of the batch it answers and of no other. */
enum Verdict {
    /** The fence is not ours any more. */
    TOKEN_MISMATCH,
    /** Our position is taken, or not reached. */
    POSITION_MISMATCH,
    /** No such stream or basin, or not for long. */
    TARGET_MISSING,
    /** Not with these credentials. */
    AUTH,
    /** Not with this content. */
    CONTENT,
    /** The server goes away; nothing was written. */
    SERVER_DRAINING,
    /** Nothing was written; worth another try. */
    TRY_AGAIN,
    /** Whether it was written is open. */
    OPEN,
    /** Not an answer this protocol has. Whether it was written is open. */
    STRANGE;

    static Verdict of(ServerError error) {
        return switch (error.answer()) {
            case TOKEN_MISMATCH -> TOKEN_MISMATCH;
            case POSITION_MISMATCH -> POSITION_MISMATCH;
            case STREAM_MISSING, STREAM_BEING_DELETED, BASIN_MISSING, BASIN_BEING_DELETED, NOT_FOUND -> TARGET_MISSING;
            case UNAUTHENTICATED, ACCESS_TOKEN_UNKNOWN, FORBIDDEN, CREDENTIALS_REPLACED -> AUTH;
            case ALREADY_EXISTS, KEY_REFUSED, REQUEST_REFUSED, CONTENT_REFUSED -> CONTENT;
            case DRAINING -> SERVER_DRAINING;
            case CONFLICT, BUSY -> TRY_AGAIN;
            case UNAVAILABLE -> OPEN;
            case OUT_OF_RANGE, STRANGE -> STRANGE;
        };
    }
}
