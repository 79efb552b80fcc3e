package io.fenceline.append;

import io.fenceline.s2.ServerError;
import io.fenceline.s2.wire.FencingToken;
import org.jspecify.annotations.Nullable;

/** Why a session is over. The first reason stands; every ticket that was open has been completed before it is told. */
public sealed interface SessionEnd {

    /** What was seen and what it means, for an operator. Never contains a token or record contents. */
    String describe();

    /** {@link AppendSession#close} was called and everything submitted is acknowledged. */
    record Closed() implements SessionEnd {
        @Override
        public String describe() {
            return "closed, everything submitted is acknowledged";
        }
    }

    /** {@link AppendSession#abort} was called. */
    record Aborted() implements SessionEnd {
        @Override
        public String describe() {
            return "aborted by its owner";
        }
    }

    /** Another writer has fenced the stream; nothing of ours can be written any more. Do not claim again on reflex. */
    record Fenced(FencingToken actual) implements SessionEnd {
        @Override
        public String describe() {
            return "another writer has fenced the stream";
        }

        /** A token is what opens the stream to a writer: not printed. */
        @Override
        public String toString() {
            return "Fenced[]";
        }
    }

    /**
     * The position chain is broken by something that is not foreign data: command records, records that can no longer be
     * read, or a refusal of a batch that an earlier attempt may have written. A new claim settles it and costs nobody anything.
     *
     * @param actual    the stream's next position as far as known
     * @param doubtFrom the lowest position at which a batch of this session may stand, or may land yet, that was neither
     *     acknowledged nor found; Long.MAX_VALUE if there is none. What cannot be read below it was nothing of ours
     */
    record TailMoved(long actual, long doubtFrom, String detail) implements SessionEnd {
        @Override
        public String describe() {
            return "a new claim is needed, the stream is at " + actual + ": " + detail;
        }
    }

    /** Somebody who ignores the fence has written data where ours belonged. */
    record ForeignWriter(long seqNum, String detail) implements SessionEnd {
        @Override
        public String describe() {
            return "a record at " + seqNum + " is not ours: " + detail;
        }
    }

    /**
     * The stream lost its past: re-created, truncated or restored.
     *
     * @param expected the position we stood at
     * @param actual   the position the stream is at, -1 if that is not known
     */
    record StreamReset(long expected, long actual, String detail) implements SessionEnd {
        @Override
        public String describe() {
            return "the stream was at " + expected + " or above and is " + (actual < 0 ? "another one" : "at " + actual)
                    + " now: " + detail;
        }
    }

    /** A record with the identity of ours and another content stands where ours belonged. */
    record IdConflict(long seqNum, String detail) implements SessionEnd {
        @Override
        public String describe() {
            return "the record at " + seqNum + " has our record's id and another content: " + detail;
        }
    }

    /** Stream or basin does not exist, or is being deleted. */
    record TargetMissing(ServerError error) implements SessionEnd {
        @Override
        public String describe() {
            return "the stream or its basin is missing or being deleted: " + error.describe();
        }
    }

    /** The credentials were refused twice. */
    record AuthFailed(ServerError error) implements SessionEnd {
        @Override
        public String describe() {
            return "the credentials were refused: " + error.describe();
        }
    }

    /** The service refuses the content of the oldest open batch. It is not in the stream; those behind it failed with it. */
    record Rejected(ServerError error) implements SessionEnd {
        @Override
        public String describe() {
            return "the service refuses the batch: " + error.describe();
        }
    }

    /** Policy {@link RetryPolicy#NO_SIDE_EFFECTS}: an attempt ended and left open whether batches were written. */
    record InDoubt(String detail) implements SessionEnd {
        @Override
        public String describe() {
            return "the outcome is open: " + detail;
        }
    }

    /** No progress for longer than the retry timeout. */
    record RetriesExhausted(String detail, @Nullable Throwable lastFailure) implements SessionEnd {
        @Override
        public String describe() {
            return "gave up: " + detail;
        }
    }

    /** The peer repeatedly sent what is not the protocol. */
    record ProtocolFailed(String detail) implements SessionEnd {
        @Override
        public String describe() {
            return "the service's answers make no sense: " + detail;
        }
    }
}
