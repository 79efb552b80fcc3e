package io.fenceline.connect.source.queue;

import io.fenceline.connect.TroubleSpell;
import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceiveOutcome;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the operator of calls that fail, of each action once a minute at most, and when it works again. What stops the queue is
 * told by its stop. Thread-safe.
 */
final class QueueTrouble {

    private final QueueUrl queue;
    private final Consumer<String> warnings;
    private final Consumer<String> notices;
    /** Of each action. */
    private final Map<QueueAction, TroubleSpell> spells = new EnumMap<>(QueueAction.class);

    QueueTrouble(QueueUrl queue, Consumer<String> warnings, Consumer<String> notices) {
        this.queue = queue;
        this.warnings = warnings;
        this.notices = notices;
    }

    void hear(ReceiveOutcome outcome, long now) {
        if (outcome instanceof ReceiveOutcome.Failed failed) {
            failed(QueueAction.RECEIVE, failed.answer(), failed.message(), now);
        } else {
            succeeded(QueueAction.RECEIVE, now);
        }
    }

    void hear(QueueAction action, HandleOutcome outcome, long now) {
        if (outcome instanceof HandleOutcome.Failed failed) {
            failed(action, failed.answer(), failed.message(), now);
        } else if (outcome instanceof HandleOutcome.Answered answered) {
            HandleOutcome.Entry.NotDone not = firstNotDone(answered);
            if (not == null) {
                succeeded(action, now);
            } else {
                failed(action, not.answer(), "SQS failed a message with " + not.code() + ": " + not.message(), now);
            }
        }
    }

    private static HandleOutcome.Entry.@Nullable NotDone firstNotDone(HandleOutcome.Answered answered) {
        for (HandleOutcome.Entry entry : answered.entries()) {
            if (entry instanceof HandleOutcome.Entry.NotDone not) {
                return not;
            }
        }
        return null;
    }

    private void failed(QueueAction action, QueueAnswer answer, String message, long now) {
        if (answer == QueueAnswer.HELD_BACK || answer == QueueAnswer.MISSING) {
            return;
        }
        int failures = count(action, now);
        if (failures > 0) {
            warnings.accept(queue + ": " + action.iam() + ": " + message + " (" + failures
                    + (failures == 1 ? " call has" : " calls have")
                    + " failed since the last such line); it is tried again");
        }
    }

    private synchronized int count(QueueAction action, long now) {
        return spells.computeIfAbsent(action, any -> new TroubleSpell(now)).failed(now);
    }

    private void succeeded(QueueAction action, long now) {
        endOf(action, now)
                .ifPresent(seconds ->
                        notices.accept(queue + ": " + action.iam() + " succeeds again, after " + seconds + " s"));
    }

    private synchronized OptionalLong endOf(QueueAction action, long now) {
        TroubleSpell spell = spells.get(action);
        return spell == null ? OptionalLong.empty() : spell.succeeded(now);
    }
}
