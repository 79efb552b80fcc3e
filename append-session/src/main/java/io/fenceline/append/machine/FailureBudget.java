package io.fenceline.append.machine;

import io.fenceline.append.SessionEnd;
import io.fenceline.retry.Patience;
import org.jspecify.annotations.Nullable;

/**
 * How a session has failed since it last made progress, and when it has failed enough. Progress is a settled batch, nothing
 * less, and time without progress counts from where work began. Owned by the machine.
 */
final class FailureBudget {

    static final int MAX_PROTOCOL_FAILURES = 5;
    static final int MAX_AUTH_FAILURES = 2;

    private final Patience patience;

    private int protocolFailures;
    private int authFailures;

    FailureBudget(Patience patience) {
        this.patience = patience;
    }

    /** There was nothing to do, and now there is. */
    void workBegins(long now) {
        patience.runsFrom(now);
    }

    void progress(long now) {
        patience.succeeded();
        patience.runsFrom(now);
        protocolFailures = 0;
        authFailures = 0;
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

    /** As {@link Patience#pauseAfterFailure}. */
    long pauseAfterFailure(long retryAfterMillis, long now) {
        return patience.pauseAfterFailure(retryAfterMillis, now);
    }

    /** Attempts that failed since the last progress. */
    int attempts() {
        return patience.attempts();
    }

    SessionEnd exhausted(String lastFailure, @Nullable Throwable lastCause, long now) {
        return new SessionEnd.RetriesExhausted(
                "no progress for " + patience.lasted(now) + " and " + attempts() + " attempts; last: " + lastFailure,
                lastCause);
    }
}
