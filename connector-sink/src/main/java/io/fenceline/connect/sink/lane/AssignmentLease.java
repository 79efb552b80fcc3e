package io.fenceline.connect.sink.lane;

import java.time.Duration;

/**
 * When the task was last called by its worker. One that was not for long was paused (stopped process, long garbage collection,
 * hung callback) and cannot know whether its partitions are still its own: somebody else may have had them since.
 *
 * <p>Two questions are asked of it. {@link #holds}: may something be sent that the far side checks anyway? A claim that finds
 * the lease run out sends nothing, so that a zombie that wakes up does not take the stream from its successor; safety does not
 * rest on it, only good manners do. {@link #isProven}: may something be sent that nobody checks, as to a queue? The first call
 * after a pause proves nothing, since the worker itself has been asleep and hears of what it lost only from its group's
 * coordinator. So the task waits for as long as that takes. What it was given before then may have been sent by another owner
 * ({@link #isDoubtful}), also what comes after the pause: it may have been fetched before.
 *
 * <p>Renewed by the task thread, read by any.
 */
public final class AssignmentLease {

    /**
     * After a pause: some heartbeats (every three seconds by default), or one that is answered late. A consumer that is not in
     * its group any more has been told so then, and closes its partitions before it hands over anything else.
     */
    private static final Duration PROBATION = Duration.ofSeconds(10);

    private final long lengthNanos;
    private volatile long renewedAt;
    private volatile long provenFrom;
    private volatile int lapses;

    public AssignmentLease(Duration length, long now) {
        this.lengthNanos = length.toNanos();
        this.renewedAt = now;
        this.provenFrom = now;
    }

    /** The worker calls the task. Task thread only. */
    public void renew(long now) {
        if (!holds(now)) {
            // before the renewal, which others see first otherwise
            provenFrom = now + PROBATION.toNanos();
            lapses = lapses + 1;
        }
        renewedAt = now;
    }

    /** Whether the worker has called lately. */
    public boolean holds(long now) {
        return now - renewedAt <= lengthNanos;
    }

    /** Whether it has called lately, and for so long without a pause that it knows what is assigned to it. */
    public boolean isProven(long now) {
        return holds(now) && now - provenFrom >= 0;
    }

    /** Whether what the task was given at that moment may have had another owner until it was proven after the last pause. */
    public boolean isDoubtful(long givenAt) {
        return lapses > 0 && givenAt - provenFrom < 0;
    }

    /** How many pauses there were. */
    public int lapses() {
        return lapses;
    }
}
