package io.fenceline.append.machine;

import io.fenceline.s2.ServerError;

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
        if (error.tokenMismatch() != null) {
            return TOKEN_MISMATCH;
        }
        if (error.seqNumMismatch() != null) {
            return POSITION_MISMATCH;
        }
        if (error.retryable()) {
            if (!error.noSideEffects()) {
                return OPEN;
            }
            return error.code().equals("server_draining") ? SERVER_DRAINING : TRY_AGAIN;
        }
        // these are final by status alone: gateways answer them with bodies of their own
        if (error.refusesAccess()) {
            return AUTH;
        }
        if (error.status() == 404) {
            return TARGET_MISSING;
        }
        if (!error.noSideEffects()) {
            return STRANGE;
        }
        return error.code().endsWith("_deletion_pending") ? TARGET_MISSING : CONTENT;
    }
}
