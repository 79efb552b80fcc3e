package io.fenceline.connect.sink.claim;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a claim may try.
 *
 * @param backoffMin  first pause between attempts
 * @param backoffMax  longest pause between attempts
 * @param retryLimit  time without any success after which the claim gives up; negative: never
 * @param searchLimit bound for reading backwards
 */
public record ClaimTiming(Duration backoffMin, Duration backoffMax, Duration retryLimit, Duration searchLimit) {

    long retryLimitNanos() {
        return retryLimit.isNegative() ? -1 : retryLimit.toNanos();
    }

    long searchLimitNanos() {
        return searchLimit.toNanos();
    }

    /** Exponential with jitter between half and the whole of it; never below what the service asked for. */
    long backoffNanos(int attempt, long retryAfterMillis, RandomGenerator random) {
        long ceiling = Math.min(backoffMax.toNanos(), backoffMin.toNanos() << Math.min(attempt - 1, 20));
        long jittered = ceiling / 2 + (long) (random.nextDouble() * (ceiling - ceiling / 2));
        return Math.max(jittered, retryAfterMillis * 1_000_000);
    }
}
