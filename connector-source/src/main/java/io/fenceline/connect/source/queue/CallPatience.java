package io.fenceline.connect.source.queue;

import io.fenceline.connect.source.queue.CustodyStop.Why;
import io.fenceline.retry.Patience;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueAnswer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long calls of one action pause after one that failed as a whole, and when there is no further one. Several calls are open
 * at a time: those that failed together count as one failure.
 */
final class CallPatience {

    /** Credentials are asked for anew after the first. */
    private static final int MAX_DENIALS = 2;

    /** Answers in a row that were none of SQS's. */
    private static final int MAX_SENSELESS = 5;

    private final QueueAction action;
    private final Patience patience;

    private boolean failing;
    /** When the last failure was counted; what had begun by then says nothing new. */
    private long countedAt;

    private long pausedUntil;
    private int denials;
    private int senseless;
    /** What the last failure said. */
    private @Nullable String lastCode;

    private String lastMessage = "";

    CallPatience(QueueAction action, RetrySettings retries, DoubleSupplier random) {
        this.action = action;
        this.patience = new Patience(retries, random);
    }

    /** A call was answered. */
    void succeeded() {
        failing = false;
        denials = 0;
        senseless = 0;
        patience.succeeded();
    }

    /** What SQS says of a failure, also of one that is no matter of the whole call. */
    void heard(@Nullable String code, String message) {
        lastCode = code;
        lastMessage = message;
    }

    /** @return why there is no further call; null if there is one after a pause */
    @Nullable
    CustodyStop failed(QueueAnswer answer, @Nullable String code, String message, long begun, long now) {
        heard(code, message);
        if (failing && begun - countedAt < 0) {
            return answer == QueueAnswer.MISSING ? stop(Why.MISSING) : null;
        }
        failing = true;
        countedAt = now;
        denials = answer == QueueAnswer.DENIED ? denials + 1 : 0;
        senseless = isSenseless(answer) ? senseless + 1 : 0;
        long pause =
                switch (answer) {
                    case THROTTLED, OVER_LIMIT, HELD_BACK -> patience.excusedPause();
                    default -> patience.pauseAfterFailure(0, now);
                };
        // also before a stop: calls go on if the queue has stopped for another reason before
        pausedUntil = now + pause;
        if (answer == QueueAnswer.MISSING) {
            return stop(Why.MISSING);
        }
        if (denials >= MAX_DENIALS) {
            return stop(Why.DENIED);
        }
        if (senseless >= MAX_SENSELESS) {
            return stop(answer == QueueAnswer.REFUSED ? Why.REFUSED : Why.SENSELESS);
        }
        return pause == 0 ? stop(Why.EXHAUSTED) : null;
    }

    /** A receive that SQS refuses for what it is would be refused again. Deletes are tried without end. */
    private boolean isSenseless(QueueAnswer answer) {
        return answer == QueueAnswer.SENSELESS || answer == QueueAnswer.REFUSED && action == QueueAction.RECEIVE;
    }

    /** Nanoseconds until the next call may begin, 0 if it may now. */
    long pausesFor(long now) {
        return failing ? Math.max(0, pausedUntil - now) : 0;
    }

    /** With what the last failure said. */
    CustodyStop stop(Why why) {
        return new CustodyStop(why, action.iam(), lastCode, lastMessage, null);
    }
}
