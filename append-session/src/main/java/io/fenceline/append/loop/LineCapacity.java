package io.fenceline.append.loop;

import java.time.Duration;

/**
 * How much of what is in flight is on its way, and does not wait in the service: what is acknowledged in the time of the
 * fastest ack. The best of the last two intervals counts, as batches may come in bursts, and one goes alone at times. Without
 * acks it stays as it is. Owned by the loop thread; times are nanoseconds of its clock.
 */
final class LineCapacity {

    private static final long INTERVAL_NANOS = Duration.ofMillis(250).toNanos();

    private long acknowledged;
    private long intervalBegan;
    private long best;
    private long bestBefore;

    LineCapacity(long now) {
        this.intervalBegan = now;
    }

    /** Bytes acknowledged so far. */
    long acknowledged() {
        return acknowledged;
    }

    void count(long bytes) {
        acknowledged += bytes;
    }

    /**
     * A batch came back.
     *
     * @param since   what was acknowledged since it was started, itself included
     * @param latency how long that was
     * @param fastest how long the fastest ack takes; an interval is not shorter
     */
    void learn(long now, long since, long latency, long fastest) {
        if (latency <= 0) {
            return;
        }
        if (now - intervalBegan >= Math.max(INTERVAL_NANOS, fastest)) {
            bestBefore = best;
            best = 0;
            intervalBegan = now;
        }
        best = Math.max(best, (long) ((double) since * fastest / latency));
    }

    long bytes() {
        return Math.max(best, bestBefore);
    }
}
