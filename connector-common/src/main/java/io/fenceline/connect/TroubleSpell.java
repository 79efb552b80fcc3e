package io.fenceline.connect;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * When an operator is told of something that fails and is tried again: at once, then once a minute at most, and when it works again
 * if the trouble was told. Pure; one owner at a time. Moments are of one monotonic clock, in nanoseconds.
 */
public final class TroubleSpell {

    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private long toldAt;
    private int untold;
    /** Nothing has succeeded without a failure {@link #since}. */
    private boolean troubled;

    private long since;
    /** The operator knows of it. */
    private boolean told;

    public TroubleSpell(long now) {
        this.toldAt = now - EVERY_NANOS;
    }

    /** It has failed. @return failures since the operator was last told, this one included, if it is to be told now; else 0 */
    public int failed(long now) {
        if (!troubled) {
            troubled = true;
            since = now;
        }
        untold++;
        if (now - toldAt < EVERY_NANOS) {
            return 0;
        }
        int failures = untold;
        toldAt = now;
        untold = 0;
        told = true;
        return failures;
    }

    /** It has succeeded. @return seconds the trouble lasted, if there was one and the operator knows of it */
    public OptionalLong succeeded(long now) {
        boolean ends = troubled && told;
        if (troubled) {
            troubled = false;
            told = false;
        }
        return ends ? OptionalLong.of(TimeUnit.NANOSECONDS.toSeconds(now - since)) : OptionalLong.empty();
    }
}
