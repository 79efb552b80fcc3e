package io.fenceline.append.machine;

import io.fenceline.append.SessionEnd;
import io.fenceline.retry.Patience;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.wire.Answer;
import org.jspecify.annotations.Nullable;

/**
 * How a session has failed since it last made progress, and when it has failed enough. Progress is a settled batch, nothing
 * less, and time without progress counts from where work began. Owned by the machine.
 */
final class FailureBudget {

    private final Patience patience;
    private final RefusalCount refusals = new RefusalCount();

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
        refusals.forget();
    }

    /** Counts a refusal, or with {@link Answer#STRANGE} whatever is not the protocol; true once it will not pass by itself. */
    boolean believes(Answer answer) {
        return refusals.believes(answer);
    }

    int senseless() {
        return refusals.strange();
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
