package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.queue.SendStop.Why;
import io.fenceline.retry.Patience;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueSettings;
import java.util.function.DoubleSupplier;

/** How one queue is set up: what is done about an answer. Pure; owned by who asks. */
final class QueueQuestion {

    /** What to do now. */
    sealed interface Step {

        /** It is known. */
        record Known(QueueSettings settings) implements Step {}

        /**
         * Ask again after that many nanoseconds.
         *
         * @param why for people
         */
        record Pause(long nanos, String why) implements Step {}

        /** It will not be known: an operator has to look at it. */
        record Unusable(SendStop reason) implements Step {}
    }

    private final Patience patience;
    private int denials;
    private int senseless;

    /** @param random for pauses, values from 0 to below 1 */
    QueueQuestion(RetrySettings retries, DoubleSupplier random) {
        this.patience = new Patience(retries, random);
    }

    Step on(QueueInspection inspection, long now) {
        if (inspection instanceof QueueInspection.Seen seen) {
            return new Step.Known(seen.settings());
        }
        if (!(inspection instanceof QueueInspection.Unseen unseen)) {
            throw new AssertionError(inspection);
        }
        return switch (unseen.answer()) {
            case HELD_BACK, UNREACHABLE, SERVER_ERROR, NO_ANSWER -> again(unseen, now);
            case THROTTLED, OVER_LIMIT -> new Step.Pause(patience.excusedPause(), describe(unseen));
            case SENSELESS -> ++senseless < Outbox.MAX_SENSELESS ? again(unseen, now) : unusable(Why.SENSELESS, unseen);
            // Credentials are asked for anew once.
            case DENIED -> ++denials < Outbox.MAX_DENIALS ? again(unseen, now) : unusable(Why.DENIED, unseen);
            case MISSING -> unusable(Why.MISSING, unseen);
            case REFUSED -> unusable(Why.SENSELESS, unseen);
        };
    }

    private Step again(QueueInspection.Unseen unseen, long now) {
        long pause = patience.pauseAfterFailure(0, now);
        return pause == 0 ? unusable(Why.EXHAUSTED, unseen) : new Step.Pause(pause, describe(unseen));
    }

    private static Step unusable(Why why, QueueInspection.Unseen unseen) {
        return new Step.Unusable(new SendStop(why, unseen.code(), unseen.message()));
    }

    private static String describe(QueueInspection.Unseen unseen) {
        return unseen.code() == null ? unseen.message() : unseen.code() + ": " + unseen.message();
    }
}
