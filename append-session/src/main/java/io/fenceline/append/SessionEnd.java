package io.fenceline.append;

import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import org.jspecify.annotations.Nullable;

/** Why a session is over. The first reason stands; every ticket that was open has been completed before it is told. */
public sealed interface SessionEnd {

    /** What was seen and what it means, for an operator. Never contains a token or record contents. */
    String describe();

    /** The state the session is in for good. */
    SessionState finalState();

    /** What failed last; null if nothing did, or nothing that was thrown. */
    default @Nullable Throwable cause() {
        return null;
    }

    /** Calls the method for this end. */
    void tell(Cases cases);

    /** One method for each end, so that a new end does not compile before it is handled. */
    interface Cases {

        void closed();

        void aborted();

        void fenced(FencingToken actual);

        void tailMoved(TailMoved moved);

        void failed(Failure failure);
    }

    /** {@link AppendSession#close} was called and everything submitted is acknowledged. */
    record Closed() implements SessionEnd {
        @Override
        public String describe() {
            return "closed, everything submitted is acknowledged";
        }

        @Override
        public SessionState finalState() {
            return SessionState.CLOSED;
        }

        @Override
        public void tell(Cases cases) {
            cases.closed();
        }
    }

    /** {@link AppendSession#abort} was called. */
    record Aborted() implements SessionEnd {
        @Override
        public String describe() {
            return "aborted by its owner";
        }

        @Override
        public SessionState finalState() {
            return SessionState.CLOSED;
        }

        @Override
        public void tell(Cases cases) {
            cases.aborted();
        }
    }

    /** Another writer has fenced the stream; nothing of ours can be written any more. Do not claim again on reflex. */
    record Fenced(FencingToken actual) implements SessionEnd {
        @Override
        public String describe() {
            return "another writer has fenced the stream";
        }

        @Override
        public SessionState finalState() {
            return SessionState.FENCED;
        }

        @Override
        public void tell(Cases cases) {
            cases.fenced(actual);
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

        @Override
        public SessionState finalState() {
            return SessionState.FAILED;
        }

        @Override
        public void tell(Cases cases) {
            cases.tailMoved(this);
        }
    }

    /** The session has failed, and another one is no remedy by itself: somebody has to decide. */
    sealed interface Failure extends SessionEnd {

        @Override
        default SessionState finalState() {
            return SessionState.FAILED;
        }

        @Override
        default void tell(SessionEnd.Cases cases) {
            cases.failed(this);
        }

        /** What the method for this failure gives. */
        <R> R map(Cases<R> cases);

        /** One method for each failure, so that a new failure does not compile before it is handled. */
        interface Cases<R> {

            R foreignWriter(ForeignWriter end);

            R streamReset(StreamReset end);

            R idConflict(IdConflict end);

            R targetMissing(TargetMissing end);

            R authFailed(AuthFailed end);

            R rejected(Rejected end);

            R inDoubt(InDoubt end);

            R retriesExhausted(RetriesExhausted end);

            R protocolFailed(ProtocolFailed end);
        }
    }

    /** Somebody who ignores the fence has written data where ours belonged. */
    record ForeignWriter(long seqNum, String detail) implements Failure {
        @Override
        public String describe() {
            return "a record at " + seqNum + " is not ours: " + detail;
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.foreignWriter(this);
        }
    }

    /**
     * The stream lost its past: re-created, truncated or restored.
     *
     * @param expected the position we stood at
     * @param actual   the position the stream is at, -1 if that is not known
     */
    record StreamReset(long expected, long actual, String detail) implements Failure {
        @Override
        public String describe() {
            return "the stream was at " + expected + " or above and is " + (actual < 0 ? "another one" : "at " + actual)
                    + " now: " + detail;
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.streamReset(this);
        }
    }

    /** A record with the identity of ours and another content stands where ours belonged. */
    record IdConflict(long seqNum, String detail) implements Failure {
        @Override
        public String describe() {
            return "the record at " + seqNum + " has our record's id and another content: " + detail;
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.idConflict(this);
        }
    }

    /** Stream or basin does not exist, or is being deleted. */
    record TargetMissing(ServerError error) implements Failure {
        @Override
        public String describe() {
            return "the stream or its basin is missing or being deleted: " + error.describe();
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.targetMissing(this);
        }
    }

    /** The credentials were refused twice. */
    record AuthFailed(ServerError error) implements Failure {
        @Override
        public String describe() {
            return "the credentials were refused: " + error.describe();
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.authFailed(this);
        }
    }

    /** The service refuses the content of the oldest open batch. It is not in the stream; those behind it failed with it. */
    record Rejected(ServerError error) implements Failure {
        @Override
        public String describe() {
            return "the service refuses the batch: " + error.describe();
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.rejected(this);
        }
    }

    /** Policy {@link RetryPolicy#NO_SIDE_EFFECTS}: an attempt ended and left open whether batches were written. */
    record InDoubt(String detail) implements Failure {
        @Override
        public String describe() {
            return "the outcome is open: " + detail;
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.inDoubt(this);
        }
    }

    /** No progress for longer than the retry timeout. */
    record RetriesExhausted(String detail, @Nullable Throwable lastFailure) implements Failure {
        @Override
        public String describe() {
            return "gave up: " + detail;
        }

        @Override
        public @Nullable Throwable cause() {
            return lastFailure;
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.retriesExhausted(this);
        }
    }

    /** The peer repeatedly sent what is not the protocol. */
    record ProtocolFailed(String detail) implements Failure {
        @Override
        public String describe() {
            return "the service's answers make no sense: " + detail;
        }

        @Override
        public <R> R map(Cases<R> cases) {
            return cases.protocolFailed(this);
        }
    }
}
