package io.fenceline.retry;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * How long something has been failing since any of it last succeeded, how long to pause before the next attempt, and when
 * that has gone on for too long. Pure; owned by one thread. Times are nanoseconds of any monotonic clock.
 *
 * <p>The first pause is the shortest, each further one may be twice as long, up to the longest. A pause lies in the upper
 * half of what it may be, by chance, so that those who failed together do not come back together; it is never below the
 * shortest.
 *
 * <p>A pause the service asks for is not ours to shorten, so its time does not count. One of our own ends with the time there
 * is, so that there is a last attempt then.
 */
public final class Patience {

    /** Nothing lasts longer, which is 146 years: so sums do not overflow, and moments of a clock that wraps compare. */
    private static final long LONGEST = Long.MAX_VALUE / 2;

    private static final long NEVER = Long.MAX_VALUE;

    private final long shortest;
    private final long longest;
    private final long limit;
    private final DoubleSupplier random;

    private int attempts;
    /** What the last pause could have been at most, 0 before the first. */
    private long ceiling;
    /** The time of {@link #limit} runs, from {@link #since} on, without {@link #askedFor}. */
    private boolean running;

    private long since;
    private long askedFor;

    /** @param random values from 0 to below 1, for the jitter */
    public Patience(RetrySettings settings, DoubleSupplier random) {
        Duration timeout = settings.timeout();
        this.shortest = nanos(settings.backoffMin());
        this.longest = nanos(settings.backoffMax());
        this.limit = timeout == null ? NEVER : nanos(timeout);
        this.random = random;
    }

    /** Something has succeeded: pauses begin anew, and time runs from the next failure on. */
    public void succeeded() {
        attempts = 0;
        ceiling = 0;
        running = false;
    }

    /** Time runs from now on: what has begun has to succeed, not only what has failed. */
    public void runsFrom(long now) {
        running = true;
        since = now;
        askedFor = 0;
    }

    /**
     * One more attempt has failed.
     *
     * @param askedMillis the pause the service asks for, 0 or less if it asks for none
     * @return nanoseconds until the next attempt, never below what was asked for; 0 if there is none, because this has
     *         lasted too long
     */
    public long pauseAfterFailure(long askedMillis, long now) {
        long pause = nextPause();
        if (!running) {
            runsFrom(now);
        }
        if (left(now) <= 0) {
            return 0;
        }
        long asked = Math.min(LONGEST, TimeUnit.MILLISECONDS.toNanos(Math.max(0, askedMillis)));
        askedFor = Math.min(LONGEST, askedFor + asked);
        return Math.min(left(now), Math.max(asked, pause));
    }

    /**
     * One more attempt has failed, which is nobody's fault: it never lasts too long.
     *
     * @return nanoseconds until the next attempt
     */
    public long excusedPause() {
        running = false;
        return nextPause();
    }

    /** Attempts that failed since the last success. */
    public int attempts() {
        return attempts;
    }

    /** How long nothing has succeeded, without the pauses that were asked for. Means something behind a failure. */
    public Duration lasted(long now) {
        return Duration.ofNanos(Math.max(0, now - since - askedFor));
    }

    private long nextPause() {
        attempts++;
        ceiling = ceiling == 0 ? shortest : Math.min(longest, 2 * ceiling);
        long floor = Math.max(shortest, ceiling / 2);
        return floor + (long) (random.getAsDouble() * (ceiling - floor));
    }

    /** Zero or less: it has lasted too long. */
    private long left(long now) {
        return limit == NEVER ? NEVER : limit + askedFor - (now - since);
    }

    private static long nanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(LONGEST)) < 0 ? duration.toNanos() : LONGEST;
    }
}
