package io.fenceline.connect.sink.lane;

import java.time.Duration;

/**
 * When the task was last called by its worker. A claim that finds the lease run out was paused (stopped process, long
 * garbage collection, hung callback), cannot know whether the partition is still assigned, and sends nothing: a zombie
 * that wakes up must not take the stream from its successor. Safety does not rest on it, only good manners do.
 *
 * <p>Renewed by the task thread, read by the session loop.
 */
public final class AssignmentLease {

    private final long lengthNanos;
    private volatile long renewedAt;

    public AssignmentLease(Duration length, long now) {
        this.lengthNanos = length.toNanos();
        this.renewedAt = now;
    }

    public void renew(long now) {
        renewedAt = now;
    }

    public boolean holds(long now) {
        return now - renewedAt <= lengthNanos;
    }
}
