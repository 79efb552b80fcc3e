package io.fenceline.append.loop;

import java.time.Duration;

/**
 * How long an ack takes when nothing waits in the service: the fastest one of late. A faster one is believed at once. When for
 * a while none has come near it that was started with little in flight, it is in doubt: the service may be further away than
 * it was, or nearer and so busy that nobody sees it, and only a batch that goes alone can tell. Owned by the loop thread;
 * times are nanoseconds of its clock.
 */
final class FastestAck {

    private static final Duration A_WHILE = Duration.ofSeconds(10);

    /** To find out costs about two of its latencies, so it is done after many. */
    private static final int MANY = 128;

    private static final long UNKNOWN = Long.MAX_VALUE;

    private long latency = UNKNOWN;
    private boolean questioned;
    /** When the first ack came of those that say nothing for it. */
    private long questionedSince;

    /**
     * An ack came that late.
     *
     * @param quiet its batch was started when little was in flight
     */
    void saw(long now, long seen, boolean quiet) {
        if (latency == UNKNOWN || (quiet && seen - latency <= latency / 4)) {
            questioned = false;
        } else if (!questioned) {
            questioned = true;
            questionedSince = now;
        }
        latency = Math.min(latency, seen);
    }

    /** The batch that went alone was acknowledged that late, whatever was the fastest before. */
    void sawAlone(long seen) {
        latency = seen;
        questioned = false;
    }

    boolean isInDoubt(long now) {
        return questioned && now - questionedSince >= Math.max(A_WHILE.toNanos(), MANY * latency);
    }

    /** Nanoseconds; 0 before the first ack. */
    long nanos() {
        return latency == UNKNOWN ? 0 : latency;
    }
}
