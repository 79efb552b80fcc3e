package io.fenceline.retry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long to pause between attempts, and when to give up. Immutable.
 *
 * @param backoffMin pause after the first failure, and the shortest there is; above zero
 * @param backoffMax the longest pause of our own; not below {@code backoffMin}
 * @param timeout    time without success after which there is no further attempt; null: never
 */
public record RetrySettings(
        Duration backoffMin, Duration backoffMax, @Nullable Duration timeout) {

    public RetrySettings {
        if (backoffMin.isNegative() || backoffMin.isZero()) {
            throw new IllegalArgumentException("backoffMin must be positive: " + backoffMin);
        }
        if (backoffMax.compareTo(backoffMin) < 0) {
            throw new IllegalArgumentException("backoffMax " + backoffMax + " is below backoffMin " + backoffMin);
        }
        if (timeout != null && timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative, and null to try for ever: " + timeout);
        }
    }

    /** The same with pauses of our own that are no longer than that, and without an end. */
    public RetrySettings endlessWithPausesUpTo(Duration longest) {
        return new RetrySettings(shorter(backoffMin, longest), shorter(backoffMax, longest), null);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
