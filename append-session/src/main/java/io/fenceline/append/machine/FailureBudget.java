package io.fenceline.append.machine;

import io.fenceline.append.SessionEnd;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a session has failed since it last made progress, how long it waits before the next attempt, and when it has failed
 * enough. Progress is a settled batch, nothing less. Owned by the machine.
 */
final class FailureBudget {

    static final int MAX_PROTOCOL_FAILURES = 5;
    static final int MAX_AUTH_FAILURES = 2;

    private final Backoff backoff;
    /** Long.MAX_VALUE: never. */
    private final long retryTimeout;

    private int protocolFailures;
    private int authFailures;
    private @Nullable String lastFailure;
    private @Nullable Throwable lastCause;
    /** When progress was last made, or work last began; pauses the service asked for are added. */
    private long stalledSince;

    FailureBudget(Backoff backoff, long retryTimeout) {
        this.backoff = backoff;
        this.retryTimeout = retryTimeout;
    }

    /** There was nothing to do, and now there is. */
    void workBegins(long now) {
        stalledSince = now;
    }

    void progress(long now) {
        backoff.reset();
        protocolFailures = 0;
        authFailures = 0;
        stalledSince = now;
    }

    /** Counts an answer that makes no sense; true once there were too many. */
    boolean makesNoSense() {
        protocolFailures++;
        return protocolFailures >= MAX_PROTOCOL_FAILURES;
    }

    int senseless() {
        return protocolFailures;
    }

    /** Counts credentials that were refused; true once there is no hope left that others come. */
    boolean refusesAuth() {
        authFailures++;
        return authFailures >= MAX_AUTH_FAILURES;
    }

    /**
     * Counts an attempt. Its failure ends the session if the time is over then, and nothing else does: a pause the service
     * asked for is not ours to shorten, so its time does not count, and a pause of our own ends with the time at the latest.
     *
     * @return nanoseconds until the next one; zero or less if there is none
     */
    long failed(String failure, @Nullable Throwable cause, long retryAfter, long now) {
        lastFailure = failure;
        lastCause = cause;
        long delay = backoff.afterFailure(retryAfter);
        if (untilSpent(now) <= 0) {
            return 0;
        }
        stalledSince += retryAfter;
        return Math.min(delay, untilSpent(now));
    }

    /** Attempts that failed since the last progress. */
    int attempts() {
        return backoff.failures();
    }

    /** Nanoseconds until the session has stood still for too long, zero or less if it has. */
    private long untilSpent(long now) {
        return Deadline.remaining(stalledSince, retryTimeout, now);
    }

    SessionEnd exhausted(long now) {
        return new SessionEnd.RetriesExhausted(
                "no progress for " + Duration.ofNanos(now - stalledSince) + " and " + attempts() + " attempts; last: "
                        + lastFailure,
                lastCause);
    }
}
