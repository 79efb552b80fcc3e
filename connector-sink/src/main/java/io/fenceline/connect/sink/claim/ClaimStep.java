package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;

/** What a {@link FenceClaim} or a {@link StopMarking} wants done next. */
public sealed interface ClaimStep {

    /** Append a fence that installs {@code token}, on condition that {@code expected} is in force. */
    record Fence(FencingToken token, FencingToken expected) implements ClaimStep {}

    /** Read up to {@code count} records from {@code seqNum}. */
    record Read(long seqNum, int count) implements ClaimStep {}

    /** Create the stream. */
    record Create() implements ClaimStep {}

    /** Wait, then call {@code onWaited}. */
    record Wait(long nanos, String reason) implements ClaimStep {}

    /** The end of every claim. */
    sealed interface Outcome extends ClaimStep {}

    /** The stream is ours. */
    record Owned(Ownership ownership) implements Outcome {}

    /** Another writer fenced the stream while we were claiming it; {@code holder} is its token. */
    record Outrun(FencingToken holder) implements Outcome {}

    /** The process was paused for too long to know that the partition is still ours; nothing was sent since. */
    record Expired() implements Outcome {}

    /** The claim cannot succeed. */
    record Refused(TerminalCode code, String seen, String advice) implements Outcome {

        /** It has been tried for too long. */
        public static Refused exhausted(Duration lasted, String lastFailure) {
            return new Refused(
                    TerminalCode.RETRIES_EXHAUSTED,
                    "no progress for " + lasted.toSeconds() + " s; last failure: " + lastFailure,
                    "check that S2 is reachable, then restart the task; retry.timeout.ms=-1 retries without end");
        }
    }

    /** The stream holds a mark of a lane that stopped, and nobody has decided since; nothing was changed. */
    record Marked(StopMark mark) implements Outcome {}

    /** The end of every {@link StopMarking}. */
    sealed interface MarkOutcome extends ClaimStep {}

    /** A stop mark is in force: who claims the stream next comes to the same stop. */
    record MarkLeft() implements MarkOutcome {}

    /** The stream is missing and stays so: who claims it next sees that by himself. */
    record MarkNeedless() implements MarkOutcome {}

    /** No mark of ours is known to be in force: the stop may not outlive the task. */
    record MarkNotLeft(String reason) implements MarkOutcome {}
}
