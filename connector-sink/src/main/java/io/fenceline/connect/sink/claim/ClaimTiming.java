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

    /** Nanoseconds left to a claim that has failed since then, zero or less if there are none; Long.MAX_VALUE: no limit. */
    long untilGivenUp(long failingSince, long now) {
        return retryLimit.isNegative() ? Long.MAX_VALUE : retryLimit.toNanos() - (now - failingSince);
    }

    long searchLimitNanos() {
        return searchLimit.toNanos();
    }

    /** Exponential with jitter between half and the whole of it. */
    long backoffNanos(int attempt, RandomGenerator random) {
        long ceiling = Math.min(backoffMax.toNanos(), backoffMin.toNanos() << Math.min(attempt - 1, 20));
        return ceiling / 2 + (long) (random.nextDouble() * (ceiling - ceiling / 2));
    }
}
