package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.s2.StreamStops;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a {@link FenceClaim} or a {@link StopMarking} wants done next. */
public sealed interface ClaimStep {

    /** Calls the method for this step. */
    void tell(Cases cases);

    /** One method for each step, so that a new step does not compile before it is handled. */
    interface Cases {

        void fence(Fence fence);

        void read(Read read);

        void create(Create create);

        void pause(Wait wait);

        void end(End end);
    }

    /** Append a fence that installs {@code token}, on condition that {@code expected} is in force. */
    record Fence(FencingToken token, FencingToken expected) implements ClaimStep {
        @Override
        public void tell(Cases cases) {
            cases.fence(this);
        }
    }

    /** Read up to {@code count} records from {@code seqNum}. */
    record Read(long seqNum, int count) implements ClaimStep {
        @Override
        public void tell(Cases cases) {
            cases.read(this);
        }
    }

    /** Create the stream. */
    record Create() implements ClaimStep {
        @Override
        public void tell(Cases cases) {
            cases.create(this);
        }
    }

    /** Wait, then call {@code onWaited}. */
    record Wait(long nanos, String reason) implements ClaimStep {
        @Override
        public void tell(Cases cases) {
            cases.pause(this);
        }
    }

    /** Nothing is left to do. */
    sealed interface End extends ClaimStep {
        @Override
        default void tell(Cases cases) {
            cases.end(this);
        }
    }

    /** The end of every claim. */
    sealed interface Outcome extends End {

        /** Calls the method for this outcome. */
        void tell(OutcomeCases cases);
    }

    /** One method for each outcome of a claim, so that a new one does not compile before it is handled. */
    interface OutcomeCases {

        void owned(Ownership ownership);

        void outrun(FencingToken holder);

        void expired();

        void refused(Refused refused);

        void marked(StopMark mark);
    }

    /** The stream is ours. */
    record Owned(Ownership ownership) implements Outcome {
        @Override
        public void tell(OutcomeCases cases) {
            cases.owned(ownership);
        }
    }

    /** Another writer fenced the stream while we were claiming it; {@code holder} is its token. */
    record Outrun(FencingToken holder) implements Outcome {
        @Override
        public void tell(OutcomeCases cases) {
            cases.outrun(holder);
        }
    }

    /** The process was paused for too long to know that the partition is still ours; nothing was sent since. */
    record Expired() implements Outcome {
        @Override
        public void tell(OutcomeCases cases) {
            cases.expired();
        }
    }

    /**
     * The claim cannot succeed.
     *
     * @param streamMissing the stream does not exist or is being deleted, in a basin that is there
     */
    record Refused(TerminalCode code, String seen, String advice, boolean streamMissing) implements Outcome {

        public Refused(TerminalCode code, String seen, String advice) {
            this(code, seen, advice, false);
        }

        /** It has been tried for too long. */
        public static Refused exhausted(Duration lasted, String lastFailure) {
            return new Refused(
                    TerminalCode.RETRIES_EXHAUSTED,
                    "no progress for " + lasted.toSeconds() + " s; last failure: " + lastFailure,
                    StreamStops.remedy(TerminalCode.RETRIES_EXHAUSTED));
        }

        @Override
        public void tell(OutcomeCases cases) {
            cases.refused(this);
        }
    }

    /** The stream holds a mark of a lane that stopped, and nobody has decided since; nothing was changed. */
    record Marked(StopMark mark) implements Outcome {
        @Override
        public void tell(OutcomeCases cases) {
            cases.marked(mark);
        }
    }

    /** The end of every {@link StopMarking}. */
    sealed interface MarkOutcome extends End {

        /** Why the stop may not outlive the task; null if it will. */
        @Nullable
        String doubt();
    }

    /** A stop mark is in force: who claims the stream next comes to the same stop. */
    record MarkLeft() implements MarkOutcome {
        @Override
        public @Nullable String doubt() {
            return null;
        }
    }

    /** The stream is missing and stays so: who claims it next sees that by himself. */
    record MarkNeedless() implements MarkOutcome {
        @Override
        public @Nullable String doubt() {
            return null;
        }
    }

    /** No mark of ours is known to be in force: the stop may not outlive the task. */
    record MarkNotLeft(String reason) implements MarkOutcome {
        @Override
        public String doubt() {
            return reason;
        }
    }
}
