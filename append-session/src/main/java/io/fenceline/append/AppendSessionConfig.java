package io.fenceline.append;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one append session behaves. Immutable; begin with {@link #fenced}, {@link #noSideEffects}, {@link #unguarded} or {@link #of}.
 *
 * @param retryPolicy      what to do about open outcomes
 * @param guard            conditions of every append; required for {@link RetryPolicy#FENCED}. With {@link RetryPolicy#ALL} a
 *                         guard makes the session resolve breaks as FENCED does
 * @param inflightMaxBytes most metered bytes sent and not acknowledged, however slow acks are; one batch is always admitted. A
 *                         session begins with {@link AppendSession#FIRST_WINDOW_BYTES}, if that is less
 * @param ackTimeout       silence, while something is in flight, after which the exchange counts as broken
 * @param openTimeout      time a new exchange has for its first sign of life
 * @param idleTimeout      after this long without work the exchange is ended; the next submit opens another
 * @param retries          how long to pause after a failure, and after which time without progress the session gives up
 */
public record AppendSessionConfig(
        RetryPolicy retryPolicy,
        @Nullable Guard guard,
        int inflightMaxBytes,
        Duration ackTimeout,
        Duration openTimeout,
        Duration idleTimeout,
        RetrySettings retries) {

    public AppendSessionConfig {
        if (retryPolicy == RetryPolicy.FENCED && guard == null) {
            throw new IllegalArgumentException("retry policy FENCED needs a guard");
        }
        requirePositive("ackTimeout", ackTimeout);
        requirePositive("openTimeout", openTimeout);
        requirePositive("idleTimeout", idleTimeout);
        if (inflightMaxBytes < 1) {
            throw new IllegalArgumentException("inflightMaxBytes must be positive: " + inflightMaxBytes);
        }
    }

    /** Defaults for {@link RetryPolicy#FENCED}. */
    public static AppendSessionConfig fenced(Guard guard) {
        return of(RetryPolicy.FENCED, guard);
    }

    /** Defaults for {@link RetryPolicy#NO_SIDE_EFFECTS}. */
    public static AppendSessionConfig noSideEffects(@Nullable Guard guard) {
        return of(RetryPolicy.NO_SIDE_EFFECTS, guard);
    }

    /** Defaults for {@link RetryPolicy#ALL} without conditions. */
    public static AppendSessionConfig unguarded() {
        return of(RetryPolicy.ALL, null);
    }

    /** Defaults for a policy that is known only when the program runs. */
    public static AppendSessionConfig of(RetryPolicy policy, @Nullable Guard guard) {
        return new AppendSessionConfig(
                policy,
                guard,
                64 << 20,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null));
    }

    public AppendSessionConfig withInflightMaxBytes(int bytes) {
        return new AppendSessionConfig(retryPolicy, guard, bytes, ackTimeout, openTimeout, idleTimeout, retries);
    }

    public AppendSessionConfig withTimeouts(Duration ack, Duration open, Duration idle) {
        return new AppendSessionConfig(retryPolicy, guard, inflightMaxBytes, ack, open, idle, retries);
    }

    public AppendSessionConfig withRetries(RetrySettings settings) {
        return new AppendSessionConfig(
                retryPolicy, guard, inflightMaxBytes, ackTimeout, openTimeout, idleTimeout, settings);
    }

    public AppendSessionConfig withBackoff(Duration min, Duration max) {
        return withRetries(new RetrySettings(min, max, retries.timeout()));
    }

    /** @param timeout null: never give up */
    public AppendSessionConfig withRetryTimeout(@Nullable Duration timeout) {
        return withRetries(new RetrySettings(retries.backoffMin(), retries.backoffMax(), timeout));
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive: " + value);
        }
    }
}
