package io.fenceline.connect.source.queue;

import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceiveOutcome;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the operator of calls that fail, of each action once a minute at most, and when it works again. What stops the queue is
 * told by its stop. Thread-safe.
 */
final class QueueTrouble {

    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Of one action. */
    private static final class Spell {
        private boolean troubled;
        private boolean toldOnce;
        private long since;
        private long toldAt;
        private int untold;
    }

    private final QueueUrl queue;
    private final Consumer<String> warnings;
    private final Consumer<String> notices;
    private final Spell[] spells = new Spell[QueueAction.values().length];

    QueueTrouble(QueueUrl queue, Consumer<String> warnings, Consumer<String> notices) {
        this.queue = queue;
        this.warnings = warnings;
        this.notices = notices;
        for (int i = 0; i < spells.length; i++) {
            spells[i] = new Spell();
        }
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
        String line = count(spells[action.ordinal()], message, action, now);
        if (line != null) {
            warnings.accept(line);
        }
    }

    private synchronized @Nullable String count(Spell spell, String message, QueueAction action, long now) {
        if (!spell.troubled) {
            spell.troubled = true;
            spell.since = now;
        }
        spell.untold++;
        if (spell.toldOnce && now - spell.toldAt < EVERY_NANOS) {
            return null;
        }
        String line = queue + ": " + action.iam() + ": " + message + " (" + spell.untold
                + (spell.untold == 1 ? " call has" : " calls have")
                + " failed since the last such line); it is tried again";
        spell.toldOnce = true;
        spell.toldAt = now;
        spell.untold = 0;
        return line;
    }

    private void succeeded(QueueAction action, long now) {
        long lasted = endOf(spells[action.ordinal()], now);
        if (lasted >= 0) {
            notices.accept(queue + ": " + action.iam() + " succeeds again, after "
                    + TimeUnit.NANOSECONDS.toSeconds(lasted) + " s");
        }
    }

    /** Negative if there was no trouble the operator knows of. */
    private synchronized long endOf(Spell spell, long now) {
        if (!spell.troubled) {
            return -1;
        }
        boolean told = spell.untold == 0 || spell.toldAt - spell.since >= 0;
        spell.troubled = false;
        spell.untold = 0;
        return told && spell.toldOnce ? Math.max(0, now - spell.since) : -1;
    }
}
