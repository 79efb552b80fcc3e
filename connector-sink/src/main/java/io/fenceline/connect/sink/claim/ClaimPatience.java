package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.ClaimStep.Refused;
import java.util.random.RandomGenerator;

/**
 * How long getting hold of a stream has been failing since anything of it succeeded, how long to pause before the next
 * attempt, and when that has gone on for too long. Pure; owned by one thread.
 */
public final class ClaimPatience {

    /** Credentials are looked at afresh by each request: one refusal may be a rotation under way. */
    public static final int AUTH_ATTEMPTS = 2;

    private final ClaimTiming timing;
    private final RandomGenerator random;

    private int attempts;
    private boolean failing;
    /** Pauses S2 has asked for are added. */
    private long failingSince;

    public ClaimPatience(ClaimTiming timing, RandomGenerator random) {
        this.timing = timing;
        this.random = random;
    }

    public void succeeded() {
        attempts = 0;
        failing = false;
    }

    /**
     * One more attempt has failed. A pause S2 asks for is not ours to shorten, so its time does not count; a pause of our own
     * ends with the time there is, so that there is a last attempt then.
     *
     * @return nanoseconds until the next attempt; zero or less if there is none
     */
    public long pauseAfterFailure(long askedMillis, long now) {
        if (!failing) {
            failing = true;
            failingSince = now;
        }
        if (timing.untilGivenUp(failingSince, now) <= 0) {
            return 0;
        }
        long asked = askedMillis * 1_000_000;
        failingSince += asked;
        attempts++;
        return Math.min(timing.untilGivenUp(failingSince, now), Math.max(asked, timing.backoffNanos(attempts, random)));
    }

    /** What it ends with when there is no further attempt. */
    public Refused exhausted(String lastFailure, long now) {
        return new Refused(
                TerminalCode.RETRIES_EXHAUSTED,
                "no progress for " + (now - failingSince) / 1_000_000_000 + " s; last failure: " + lastFailure,
                "check that S2 is reachable, then restart the task; retry.timeout.ms=-1 retries without end");
    }
}
