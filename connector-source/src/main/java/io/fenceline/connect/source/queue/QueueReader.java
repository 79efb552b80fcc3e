package io.fenceline.connect.source.queue;

import io.fenceline.connect.CallThreads;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.source.Allowance;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.connect.source.SourcePartition;
import io.fenceline.connect.sqs.QueueSourceStops;
import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.QueueReceiver;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceiveOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One queue of a task: a {@link QueueCustody} behind a lock, the threads that receive for it, and those that delete and extend. The
 * threads need nobody who polls: deletes and extensions go on while Connect commits, and while it pauses the task.
 *
 * <p>Methods of {@link SourcePartition} belong to the task thread; the others are for any. No call to SQS is made under the lock.
 */
public final class QueueReader implements SourcePartition<QueueReader.Receiver>, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(QueueReader.class);

    /** Receives the messages of {@link #take}. */
    @FunctionalInterface
    public interface Receiver {
        void accept(QueueReader from, HeldMessage message);
    }

    private final QueueUrl queue;
    private final CustodyPolicy policy;
    private final QueueReceiver sqs;
    private final PollInbox inbox;
    private final LongSupplier nanoTime;
    private final QueueSourceStops stops;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // under the lock
    private final QueueCustody custody;
    private int openChanges;
    private final CallThreads<ReceiveOrder> receivers;
    private final CallThreads<HandleChange> changers;

    private final QueueTrouble trouble;
    /** The task thread was told that there is something, and has not looked since. */
    private final AtomicBoolean announced = new AtomicBoolean();

    /**
     * Nothing is received before the first {@link #polled}.
     *
     * @param name   of the threads
     * @param budget for what waits to be handed over
     */
    QueueReader(
            QueueUrl queue,
            RecoveredLedger ledger,
            String name,
            CustodyPolicy policy,
            BodyBudget budget,
            ReaderServices services) {
        this.queue = queue;
        this.policy = policy;
        this.sqs = services.sqs();
        this.inbox = services.inbox();
        this.nanoTime = services.nanoTime();
        this.stops = QueueSourceStops.ofQueue(services.connector(), queue);
        this.trouble = new QueueTrouble(queue, log::warn, log::info);
        this.custody = new QueueCustody(
                policy,
                ledger,
                budget,
                services.newAttemptPrefix(),
                services.random(),
                services.counters(),
                nanoTime.getAsLong());
        this.receivers = new CallThreads<>(name + "-receive", policy.receivers(), lock, nanoTime, new Receives());
        this.changers = new CallThreads<>(name + "-change", policy.receivers(), lock, nanoTime, new Changes());
    }

    public QueueUrl queue() {
        return queue;
    }

    /** The number of this start, which goes into each source offset. */
    public long start() {
        return custody.start();
    }

    // ------------------------------------------------------------------ the task thread

    /** Connect calls {@code poll}. */
    public void polled() {
        change(now -> custody.polled(now));
    }

    /** {@code poll} returns. */
    public void pollReturned() {
        change(now -> custody.pollReturned());
    }

    @Override
    public boolean isReady() {
        lock.lock();
        try {
            announced.set(false);
            return custody.isReady() || custody.failure() != null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void take(Allowance allowance, Receiver receiver) {
        List<HeldMessage> taken = taken(allowance);
        int accepted = 0;
        try {
            // without the lock: bodies can be large
            for (HeldMessage message : taken) {
                receiver.accept(this, message);
                accepted++;
            }
        } finally {
            if (accepted < taken.size()) {
                giveBackBehind(taken.subList(accepted + 1, taken.size()));
            }
        }
    }

    /** One cannot be a record, which ends the task; those behind it shall not wait for their visibility timeout. */
    private void giveBackBehind(List<HeldMessage> innocent) {
        change(now -> innocent.forEach(held -> custody.takeBack(held.message().messageId())));
    }

    private List<HeldMessage> taken(Allowance allowance) {
        List<HeldMessage> taken = new ArrayList<>();
        change(now -> {
            HeldMessage next = custody.isReady() ? custody.peek() : null;
            while (next != null && !allowance.isSpent() && allowance.admits(next.size())) {
                taken.add(custody.handOver());
                allowance.use(next.size());
                next = custody.peek();
            }
        });
        return taken;
    }

    @Override
    public boolean isOver() {
        lock.lock();
        try {
            return custody.failure() != null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable TerminalException failure() {
        CustodyStop stop;
        int held;
        lock.lock();
        try {
            stop = custody.failure();
            held = custody.figures(nanoTime.getAsLong()).held();
        } finally {
            lock.unlock();
        }
        return stop == null ? null : inWords(stop, held);
    }

    private TerminalException inWords(CustodyStop stop, int held) {
        String action = String.valueOf(stop.action());
        return switch (stop.why()) {
            case DENIED -> stops.notAllowed(action, stop.message());
            case MISSING -> stops.missing(stop.message());
            case SENSELESS -> stops.senseless(stop.message());
            case REFUSED -> stops.refused(stop.message());
            case EXHAUSTED -> stops.exhausted(stop.message());
            case LEDGER_STUCK -> stops.ledgerStuck(held, stop.message());
            case UNCONFIRMED -> stops.unconfirmed(String.valueOf(stop.messageId()));
        };
    }

    /** @throws ConnectException a thread has ended by a failure of its own */
    public void throwIfDead() {
        Throwable dead = receivers.failure() == null ? changers.failure() : receivers.failure();
        if (dead != null) {
            throw new ConnectException(
                    "a thread of this task that works on queue '" + queue + "' has ended by a failure of its own ("
                            + dead + "); restart the task: nothing was deleted that Kafka does not have",
                    dead);
        }
    }

    // ------------------------------------------------------------------ what Connect says

    /** Connect has called {@code commit} on the thread that polls. */
    public void committed() {
        change(now -> custody.committed());
    }

    /** Kafka has the record. */
    public void confirmed(String messageId) {
        change(now -> custody.confirmed(messageId));
    }

    /** The record was dropped on its way. */
    public void dropped(String messageId) {
        change(now -> custody.dropped(messageId));
    }

    private interface Event {
        void at(long now);
    }

    private void change(Event event) {
        lock.lock();
        try {
            event.at(nanoTime.getAsLong());
            lookAgain();
        } finally {
            lock.unlock();
        }
    }

    private void lookAgain() {
        receivers.lookAgain();
        changers.lookAgain();
        if ((custody.isReady() || custody.failure() != null) && announced.compareAndSet(false, true)) {
            inbox.post(() -> {});
        }
    }

    // ------------------------------------------------------------------ what threads do

    private final class Receives implements CallThreads.Calls<ReceiveOrder> {
        @Override
        public @Nullable ReceiveOrder next(long now) {
            return custody.nextReceive(now);
        }

        @Override
        public long within(long now) {
            return custody.receiveWithin(now);
        }

        @Override
        public void make(ReceiveOrder order) {
            ReceiveOutcome outcome = sqs.receive(queue, order.request(policy));
            trouble.hear(outcome, nanoTime.getAsLong());
            // without the lock: bodies can be large
            List<SizedMessage> messages = outcome instanceof ReceiveOutcome.Received received
                    ? SizedMessage.of(received.messages())
                    : List.of();
            change(now -> {
                if (outcome instanceof ReceiveOutcome.Received) {
                    custody.received(order, messages, now);
                } else if (outcome instanceof ReceiveOutcome.Failed failed) {
                    custody.receiveFailed(order, failed, now);
                }
            });
        }
    }

    private final class Changes implements CallThreads.Calls<HandleChange> {
        @Override
        public @Nullable HandleChange next(long now) {
            HandleChange change = custody.nextChange(now);
            if (change == null) {
                // what was due may have been too late to be sent
                changed.signalAll();
            } else {
                openChanges++;
            }
            return change;
        }

        @Override
        public long within(long now) {
            return custody.changeWithin(now);
        }

        @Override
        public void make(HandleChange change) {
            HandleOutcome outcome = change.kind == HandleChange.Kind.DELETE
                    ? sqs.delete(queue, change.handles)
                    : sqs.changeVisibility(queue, change.handles, change.visibility);
            trouble.hear(change.kind.action(), outcome, nanoTime.getAsLong());
            change(now -> {
                openChanges--;
                custody.changed(change, outcome, now);
                changed.signalAll();
            });
        }
    }

    // ------------------------------------------------------------------ the end

    /** No further receive, and what was not handed over goes back; a receive that is under way ends with the client. */
    void stopReceiving() {
        change(now -> {
            receivers.close();
            custody.giveBackWaiting();
        });
    }

    /**
     * Waits until everything Kafka has is deleted and the rest given back, for that long at most. What was not deleted is by the
     * next start, which knows it from the ledger.
     */
    void awaitChanges(Duration most) {
        long end = nanoTime.getAsLong() + most.toNanos();
        lock.lock();
        try {
            long left = most.toNanos();
            while (left > 0 && (openChanges > 0 || custody.changeWithin(nanoTime.getAsLong()) == 0)) {
                changed.awaitNanos(left);
                left = end - nanoTime.getAsLong();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is asked of the queue. Waits for nothing. Idempotent. */
    @Override
    public void close() {
        lock.lock();
        try {
            receivers.close();
            changers.close();
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------ what operators see

    List<Gauge> gauges() {
        return List.of(
                gauge(
                        "messages-held",
                        "messages received and not yet done with; at most `sqs.max.held.messages`",
                        CustodyFigures::held),
                gauge("messages-waiting", "of these, those to be handed to Connect", CustodyFigures::waiting),
                gauge(
                        "messages-unconfirmed",
                        "of these, those whose records Connect has and has not confirmed",
                        CustodyFigures::unconfirmed),
                gauge(
                        "deletes-due",
                        "of these, those Kafka has that wait for their delete",
                        CustodyFigures::deletesDue),
                gauge(
                        "messages-awaiting-receive",
                        "of these, those that must be received again before they can be deleted",
                        CustodyFigures::awaitingHandle),
                gauge(
                        "slots-resting",
                        "of these, those deleted that may come again, because the delete could have been without effect",
                        CustodyFigures::resting),
                gauge(
                        "unconfirmed-age-ms",
                        "time since the oldest of the unconfirmed was handed to Connect; 0 if there is none",
                        figures -> TimeUnit.NANOSECONDS.toMillis(figures.oldestUnconfirmed())),
                gauge(
                        "ledger-stuck-ms",
                        "time for which no delete has succeeded while nothing more could be held; 0 if that is not so",
                        figures -> TimeUnit.NANOSECONDS.toMillis(figures.stuckFor())));
    }

    private Gauge gauge(String name, String description, ToLongFunction<CustodyFigures> value) {
        return new Gauge(name, description, () -> {
            lock.lock();
            try {
                return value.applyAsLong(custody.figures(nanoTime.getAsLong()));
            } finally {
                lock.unlock();
            }
        });
    }
}
