package io.fenceline.append.machine;

import java.util.function.DoubleSupplier;

/** Delays between attempts: doubling from a minimum to a cap, jittered into the upper half. Owned by the machine. */
final class Backoff {

    private final long minNanos;
    private final long maxNanos;
    private final DoubleSupplier random;
    private int failures;

    /** @param random values from 0 to below 1 */
    Backoff(long minNanos, long maxNanos, DoubleSupplier random) {
        this.minNanos = minNanos;
        this.maxNanos = maxNanos;
        this.random = random;
    }

    /** Failures since the last progress. */
    int failures() {
        return failures;
    }

    void reset() {
        failures = 0;
    }

    /** Counts a failure and returns the delay until the next attempt, never below {@code atLeastNanos}. */
    long afterFailure(long atLeastNanos) {
        failures++;
        long base = minNanos;
        for (int i = 1; i < failures && base < maxNanos; i++) {
            base = Math.min(maxNanos, base << 1);
        }
        long jittered = base / 2 + (long) (random.getAsDouble() * (base - base / 2));
        return Math.max(jittered, atLeastNanos);
    }
}
