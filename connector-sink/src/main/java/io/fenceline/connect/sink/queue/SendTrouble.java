package io.fenceline.connect.sink.queue;

import io.fenceline.connect.TroubleSpell;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the operator of attempts that fail, of each queue once a minute at most, and when its messages are accepted again. What
 * stops a lane is told by its stop, and a refusal of one message by its report. Pure; one owner at a time.
 */
final class SendTrouble {

    /** Of each queue. */
    private final Map<String, TroubleSpell> spells = new HashMap<>();

    private final Consumer<String> warnings;
    private final Consumer<String> notices;

    SendTrouble(Consumer<String> warnings, Consumer<String> notices) {
        this.warnings = warnings;
        this.notices = notices;
    }

    /** @return whether the attempt failed, as a whole or for one of its messages */
    boolean hear(QueueUrl queue, SendOutcome outcome, long now) {
        String trouble = troubleIn(outcome);
        if (trouble != null) {
            failed(queue, trouble, now);
        } else if (outcome instanceof SendOutcome.Answered) {
            accepted(queue, now);
        }
        return trouble != null;
    }

    private void failed(QueueUrl queue, String trouble, long now) {
        int failures = spells.computeIfAbsent(queue.text(), text -> new TroubleSpell(now))
                .failed(now);
        if (failures > 0) {
            warnings.accept(queue + ": " + trouble + " (" + failures
                    + (failures == 1 ? " attempt has" : " attempts have")
                    + " failed since the last such line); the messages wait for another attempt");
        }
    }

    private void accepted(QueueUrl queue, long now) {
        TroubleSpell spell = spells.get(queue.text());
        if (spell != null) {
            spell.succeeded(now)
                    .ifPresent(
                            seconds -> notices.accept(queue + ": SQS accepts messages again, after " + seconds + " s"));
        }
    }

    private static @Nullable String troubleIn(SendOutcome outcome) {
        if (outcome instanceof SendOutcome.Failed failed) {
            return isTrouble(failed.answer()) ? failed.message() : null;
        }
        if (outcome instanceof SendOutcome.Answered answered) {
            for (SendOutcome.Entry entry : answered.entries()) {
                if (entry instanceof SendOutcome.Entry.NotTaken not && isTrouble(not.answer())) {
                    return "SQS failed a message with " + not.code() + ": " + not.message();
                }
            }
        }
        return null;
    }

    private static boolean isTrouble(QueueAnswer answer) {
        return switch (answer) {
            case HELD_BACK, REFUSED, MISSING -> false;
            case UNREACHABLE, THROTTLED, OVER_LIMIT, DENIED, SERVER_ERROR, NO_ANSWER, SENSELESS -> true;
        };
    }
}
