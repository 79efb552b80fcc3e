package io.fenceline.connect.source.queue;

import io.fenceline.connect.source.queue.ReceiveOrder.Attempt;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.ReceiveOutcome;
import io.fenceline.sqs.ReceiveRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When to receive, and how much. Until Connect has answered once after a start there is one receive at a time and ten messages at
 * most, so that a crash loop does not push a whole queue over its {@code maxReceiveCount}.
 */
final class ReceivePlan {

    /** Held at most before Connect's first answer. */
    static final int MOST_BEFORE_AN_ANSWER = 10;

    /** SQS gives the same messages for five minutes; the rest is for the call (API reference, ReceiveRequestAttemptId). */
    private static final long ATTEMPT_NANOS = TimeUnit.MINUTES.toNanos(4);

    /** Another queue of the task hands over, and nobody tells this one. */
    private static final long BUDGET_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    /** Taken for the size of a message before the first has come. */
    private static final long FIRST_SIZE = 256 << 10;

    private static final long SHORTEST_SLOW_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final CustodyPolicy policy;
    private final long visibility;
    private final BodyBudget budget;
    private final String attempts;
    final CallPatience patience;

    final List<ReceiveOrder> open = new ArrayList<>();
    private long number;
    private int reserved;
    long lastPolled;
    boolean confirmedOnce;
    /** The largest message of late. */
    private long largest = FIRST_SIZE;

    private boolean budgetSpent;

    /** A poll whose answer was lost, to be made once more. */
    @Nullable
    ReceiveOrder lost;

    boolean anyLost;
    long lastLostAt;
    /** The latest beginning of a receive that was answered; of this start before there is one. */
    long answeredBegun;

    long slowNotBefore;

    /** @param attempts begins the attempt ids of this start, and of no other */
    ReceivePlan(CustodyPolicy policy, BodyBudget budget, String attempts, DoubleSupplier random, long now) {
        this.policy = policy;
        this.visibility = policy.visibility().toNanos();
        this.budget = budget;
        this.attempts = attempts;
        this.patience = new CallPatience(QueueAction.RECEIVE, policy.retries(), random);
        this.lastPolled = now;
        this.slowNotBefore = now;
        this.answeredBegun = now;
    }

    // ------------------------------------------------------------------ what it is told

    void polled(long now) {
        lastPolled = now;
    }

    /** The task hands over; else nothing is received and nothing kept hidden, for others to have it. */
    boolean isPolled(long now) {
        return now - lastPolled <= 2 * visibility;
    }

    /** Connect has said what became of a record. */
    void confirmedOnce() {
        confirmedOnce = true;
    }

    // ------------------------------------------------------------------ orders

    /** How many more may be asked for. */
    private int room(int held) {
        return mostHeld() - held - reserved;
    }

    private int mostHeld() {
        return confirmedOnce ? policy.maxHeld() : Math.min(MOST_BEFORE_AN_ANSWER, policy.maxHeld());
    }

    /** Nothing more can be held. */
    boolean isFull(int held) {
        return held >= mostHeld();
    }

    /**
     * @param held    messages held
     * @param helps   whether receiving helps although nothing more can be held: newer handles may come
     * @param changes deletes and changes of visibility begun so far
     */
    @Nullable
    ReceiveOrder next(int held, boolean helps, long changes, long now) {
        if (patience.pausesFor(now) > 0 || !isPolled(now) || open.size() >= mostOpen()) {
            return null;
        }
        int room = room(held);
        if (room <= 0) {
            return helps && open.isEmpty() && slowNotBefore - now <= 0 ? slow(changes, now) : null;
        }
        ReceiveOrder again = again(room, changes, now);
        if (again != null) {
            return opened(again);
        }
        int count = budget.reserve(Math.min(room, ReceiveRequest.MOST_MESSAGES), largest);
        budgetSpent = count == 0;
        return budgetSpent
                ? null
                : opened(new ReceiveOrder(++number, count, attempt(changes, now), now, count, count * largest));
    }

    private int mostOpen() {
        return confirmedOnce ? policy.receivers() : 1;
    }

    private @Nullable Attempt attempt(long changes, long now) {
        return policy.fifo() ? new Attempt(attempts + "-" + number, now, changes) : null;
    }

    private ReceiveOrder slow(long changes, long now) {
        slowNotBefore = now + slowPause();
        return opened(new ReceiveOrder(++number, ReceiveRequest.MOST_MESSAGES, attempt(changes, now), now, 0, 0));
    }

    /** What is given back counts as received, so this is not done more often than it has to be. */
    private long slowPause() {
        return Math.max(SHORTEST_SLOW_PAUSE, visibility / 4);
    }

    /** The lost poll once more, if SQS still gives the same. */
    private @Nullable ReceiveOrder again(int room, long changes, long now) {
        ReceiveOrder before = lost;
        lost = null;
        if (before == null || before.attempt() == null) {
            return null;
        }
        Attempt attempt = before.attempt();
        if (now - attempt.first() > ATTEMPT_NANOS || attempt.changes() != changes || before.maxMessages() > room) {
            return null;
        }
        int count = budget.reserve(before.maxMessages(), largest);
        if (count < before.maxMessages()) {
            budget.change(-count * largest);
            return null;
        }
        return new ReceiveOrder(++number, count, attempt, now, count, count * largest);
    }

    /** Messages that may come with what is under way. */
    int reserved() {
        return reserved;
    }

    private ReceiveOrder opened(ReceiveOrder order) {
        open.add(order);
        reserved += order.slots();
        return order;
    }

    // ------------------------------------------------------------------ what came of them

    /** It was answered; called before its messages are looked at. */
    void answered(ReceiveOrder order) {
        closed(order);
        patience.succeeded();
        if (order.begun() - answeredBegun > 0) {
            answeredBegun = order.begun();
        }
    }

    /** A body was let go. */
    void madeRoom() {
        budgetSpent = false;
    }

    /** A message of that size has come. */
    void saw(int size) {
        // Falls by half within some ninety messages.
        largest = Math.max(Math.max(1, size), largest - largest / 128);
    }

    /** @return why nothing more can be received; null if it is tried again */
    @Nullable
    CustodyStop failed(ReceiveOrder order, ReceiveOutcome.Failed failure, long now) {
        closed(order);
        if (failure.answer().isInDoubt()) {
            anyLost = true;
            lastLostAt = now;
        }
        if (failure.answer() == QueueAnswer.NO_ANSWER) {
            lost = order;
        }
        return patience.failed(failure.answer(), failure.code(), failure.message(), order.begun(), now);
    }

    private void closed(ReceiveOrder order) {
        open.remove(order);
        reserved -= order.slots();
        budget.change(-order.bytes());
    }

    // ------------------------------------------------------------------ what can be concluded

    /** The answer to a receive that was under way then, or since, was lost. */
    boolean lostSince(long moment) {
        return anyLost && lastLostAt - moment >= 0;
    }

    /**
     * Whether what was visible {@code from} then on would have come, or did: a receive that began since was answered, everything
     * that began {@code until} then was, and no answer was lost too late for it to be visible again since.
     */
    boolean haveAnswered(long from, long until) {
        if (answeredBegun - from < 0 || anyLost && answeredBegun - (lastLostAt + visibility) < 0) {
            return false;
        }
        for (ReceiveOrder order : open) {
            if (order.begun() - until < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Nanoseconds until {@link #next} may have something, {@link Long#MAX_VALUE} if time alone does not change that. Never 0
     * when it has just had nothing.
     */
    long within(int held, boolean helps, long now) {
        if (!isPolled(now) || open.size() >= mostOpen()) {
            return Long.MAX_VALUE;
        }
        long pause = patience.pausesFor(now);
        if (room(held) > 0) {
            return budgetSpent ? Math.max(pause, BUDGET_PAUSE) : pause;
        }
        return helps && open.isEmpty() ? Math.max(pause, Math.max(0, slowNotBefore - now)) : Long.MAX_VALUE;
    }
}
