package io.fenceline.connect.source.read;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What has gone wrong with a stream since something of it was last heard, and what follows from that: how long to pause and
 * when to give up. Pure; owned by one thread.
 */
final class ReadTrouble {

    /** So many answers in a row that are not the protocol: it is not S2 that answers. */
    private static final int SENSELESS_LIMIT = 5;

    private final Duration backoffMin;
    private final Duration backoffMax;
    private final @Nullable Duration limit;
    private final RandomGenerator random;

    private int attempts;
    private int senseless;
    /** The time of {@link ReadPolicy#retryLimit} runs, since then. */
    private boolean lasting;

    private long since;
    private String last = "";

    ReadTrouble(ReadPolicy policy, RandomGenerator random) {
        this(policy.backoffMin(), policy.backoffMax(), policy.retryLimit(), random);
    }

    /** @param limit null: it never lasts too long */
    ReadTrouble(Duration backoffMin, Duration backoffMax, @Nullable Duration limit, RandomGenerator random) {
        this.backoffMin = backoffMin;
        this.backoffMax = backoffMax;
        this.limit = limit;
        this.random = random;
    }

    /**
     * One more attempt has failed.
     *
     * @return nanoseconds until the next one: exponential with full jitter above the minimum, and no less than was asked for;
     *         zero or less if there is none, because it has lasted too long. A pause S2 asks for is not ours to shorten: its
     *         time does not count. One of our own ends with the limit
     */
    long pauseAfter(String what, long now, long askedNanos) {
        if (!lasting) {
            lasting = true;
            since = now;
        }
        last = what;
        if (untilTooLong(now) <= 0) {
            return 0;
        }
        since += askedNanos;
        return Math.min(untilTooLong(now), Math.max(askedNanos, pause(attempts++)));
    }

    /** As above, but what has failed is no trouble of S2's: the time of {@link ReadPolicy#retryLimit} does not run. */
    long excusedPauseAfter(String what) {
        lasting = false;
        last = what;
        return pause(attempts++);
    }

    private long pause(int attempt) {
        long min = backoffMin.toNanos();
        long max = Math.max(min, backoffMax.toNanos());
        long ceiling = Math.min(max, min << Math.min(attempt, 20));
        return min + (long) (random.nextDouble() * (ceiling - min));
    }

    /** Counts an answer that is not the protocol; true: another attempt makes no sense. */
    boolean onSenseless() {
        return ++senseless >= SENSELESS_LIMIT;
    }

    /** Something that makes sense has arrived. */
    void onProgress() {
        attempts = 0;
        senseless = 0;
        lasting = false;
    }

    private long untilTooLong(long now) {
        return limit == null ? Long.MAX_VALUE : limit.toNanos() - (now - since);
    }

    long millis(long now) {
        return Math.max(0, (now - since) / 1_000_000);
    }

    /** The latest of it. */
    String last() {
        return last;
    }
}
