package io.fenceline.connect.sink.claim;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;

/**
 * How long a claim may try, a question about a stream, or a stop mark.
 *
 * @param retries     pauses between attempts, and the time without any success after which it gives up
 * @param searchLimit bound for reading backwards
 */
public record ClaimTiming(RetrySettings retries, Duration searchLimit) {

    long searchLimitNanos() {
        return searchLimit.toNanos();
    }
}
