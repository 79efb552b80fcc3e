package io.fenceline.connect.sink.stream;

import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import java.util.Objects;

/** What became of a checkpoint that a target sent for a stream it holds. Values. */
sealed interface CheckpointOutcome {

    void tell(Cases cases);

    /** One method for each outcome. */
    interface Cases {

        void installed(Installed done);

        void putOff(String reason);

        void unclear(String reason);

        void fenced(FencingToken actual);

        void reset(String seen);

        void missing(ServerError error);
    }

    /** It is in force. */
    record Installed(FencingToken token, Checkpoint checkpoint, AppendAck ack) implements CheckpointOutcome {
        @Override
        public void tell(Cases cases) {
            cases.installed(this);
        }
    }

    /** It certainly had no effect and may be sent again later. */
    record PutOff(String reason) implements CheckpointOutcome {
        @Override
        public void tell(Cases cases) {
            cases.putOff(reason);
        }
    }

    /** Its answer may be lost, or the tail moved under it: a new claim before any other append. */
    record Unclear(String reason) implements CheckpointOutcome {
        @Override
        public void tell(Cases cases) {
            cases.unclear(reason);
        }
    }

    /** Another token is in force. */
    record Fenced(FencingToken actual) implements CheckpointOutcome {
        @Override
        public void tell(Cases cases) {
            cases.fenced(actual);
        }
    }

    /** The stream is not the one we wrote to. */
    record Reset(String seen) implements CheckpointOutcome {
        @Override
        public void tell(Cases cases) {
            cases.reset(seen);
        }
    }

    /** The stream is gone. */
    record Missing(ServerError error) implements CheckpointOutcome {
        @Override
        public void tell(Cases cases) {
            cases.missing(error);
        }
    }

    /**
     * What an ack says: it counts only if it is one of the one record that was sent, at the position it was sent for
     * (INV-26). Any other is no answer, and the checkpoint may be in force, now or later.
     *
     * @param position where the checkpoint's fence had to go
     */
    static CheckpointOutcome acknowledged(AppendAck ack, FencingToken token, Checkpoint checkpoint, long position) {
        return ack.isOf(1, position)
                ? new Installed(token, checkpoint, ack)
                : new Unclear("its ack is of the records " + ack.span() + ", not of the one at " + position);
    }

    /** @param position where the checkpoint's fence had to go */
    static CheckpointOutcome failed(S2Exception failed, long position) {
        ServerError error = failed.serverError();
        if (error == null) {
            boolean neverSent =
                    failed.failure() != null && failed.failure().kind() == TransportFailure.Kind.NOT_CONNECTED;
            return neverSent
                    ? new PutOff(String.valueOf(failed.getMessage()))
                    : new Unclear(String.valueOf(failed.getMessage()));
        }
        String answered = String.valueOf(failed.getMessage());
        return switch (error.answer()) {
            case TOKEN_MISMATCH -> tokenInForce(Objects.requireNonNull(error.tokenMismatch()));
            case POSITION_MISMATCH -> {
                long tail = Objects.requireNonNull(error.seqNumMismatch());
                yield Long.compareUnsigned(tail, position) < 0
                        ? new Reset("the stream's next position is " + tail + ", we had written up to " + position)
                        : new Unclear(answered);
            }
            case STREAM_MISSING, STREAM_BEING_DELETED, BASIN_MISSING, BASIN_BEING_DELETED, NOT_FOUND ->
                new Missing(error);
            case CONFLICT, BUSY, DRAINING -> new PutOff(answered);
            case CREDENTIALS_REPLACED -> error.noSideEffects() ? new PutOff(answered) : new Unclear(answered);
            // What will not pass is left to a claim, which asks again and knows what to say.
            case UNAUTHENTICATED,
                    ACCESS_TOKEN_UNKNOWN,
                    FORBIDDEN,
                    OUT_OF_RANGE,
                    ALREADY_EXISTS,
                    KEY_REFUSED,
                    REQUEST_REFUSED,
                    CONTENT_REFUSED,
                    UNAVAILABLE,
                    STRANGE -> new Unclear(answered);
        };
    }

    private static CheckpointOutcome tokenInForce(FencingToken inForce) {
        return inForce.isNone()
                ? new Reset("no fencing token is in force on a stream that we had fenced: it was deleted and made"
                        + " again, or somebody cleared the fence")
                : new Fenced(inForce);
    }
}
