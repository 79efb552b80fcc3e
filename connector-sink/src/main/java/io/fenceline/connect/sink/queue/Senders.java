package io.fenceline.connect.sink.queue;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.queue.Notices.Notice;
import io.fenceline.sqs.QueueSender;
import io.fenceline.sqs.SendOutcome;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The threads of a task that send. Each takes a request from the outbox, sends it, says what came of it, and takes the next;
 * the lanes hear of it through the task's inbox. As many threads as the outbox has had work for at a time, up to the limit. One
 * that is idle waits until there is something to do; one of them also watches the time for all.
 *
 * <p>Any thread may call. The one lock here owns the outbox; no call to SQS is made under it, and nothing is logged.
 */
public final class Senders implements Dispatch, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Senders.class);

    private final String name;
    private final int most;
    private final QueueSender sender;
    private final TaskInbox inbox;
    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private final QueueCounters counters;
    private final RecentLatencies latencies;
    private final Consumer<Notice> operator;
    /** Of the task thread, so that what is logged here names the task. */
    private final @Nullable Map<String, String> logContext;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();

    // under the lock
    private final Outbox outbox;
    private final Notices notices = new Notices();
    private final SendTrouble trouble = new SendTrouble(notices::warn, notices::info);
    private int threads;
    private int idle;
    /** Waits for {@link #watched}; the other idle threads wait for a signal only. */
    private @Nullable Thread timekeeper;

    private long watched;

    private volatile boolean closed;
    private volatile @Nullable Throwable failure;

    /**
     * @param name       of the threads
     * @param lease      of the worker, by the clock {@code nanoTime}
     * @param nanoTime   monotonic clock
     * @param wallMillis wall clock, to be compared with records' timestamps
     * @param random     for pauses, values from 0 to below 1
     */
    Senders(
            String name,
            QueuePolicy policy,
            QueueSender sender,
            Lease lease,
            TaskInbox inbox,
            LongSupplier nanoTime,
            LongSupplier wallMillis,
            DoubleSupplier random,
            QueueCounters counters,
            RecentLatencies latencies) {
        this(
                name,
                policy,
                sender,
                lease,
                inbox,
                nanoTime,
                wallMillis,
                random,
                counters,
                latencies,
                notice -> notice.logTo(log));
    }

    /** @param operator is told; may take its time */
    Senders(
            String name,
            QueuePolicy policy,
            QueueSender sender,
            Lease lease,
            TaskInbox inbox,
            LongSupplier nanoTime,
            LongSupplier wallMillis,
            DoubleSupplier random,
            QueueCounters counters,
            RecentLatencies latencies,
            Consumer<Notice> operator) {
        this.name = name;
        this.most = policy.maxInFlight();
        this.sender = sender;
        this.inbox = inbox;
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        this.counters = counters;
        this.latencies = latencies;
        this.operator = operator;
        this.logContext = MDC.getCopyOfContextMap();
        this.outbox = new Outbox(policy, lease, random, counters, notices::warn);
    }

    /** What is in flight, and what waits. Any thread reads them. */
    List<Gauge> gauges() {
        return outbox.figures().gauges(nanoTime);
    }

    // ------------------------------------------------------------------ what lanes do

    @Override
    public void add(List<OutboxMessage> messages) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            for (OutboxMessage message : messages) {
                outbox.add(message, now);
            }
            callOne();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush(OutboxLane lane) {
        lock.lock();
        try {
            outbox.flush(lane);
            callOne();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void drop(OutboxLane lane) {
        lock.lock();
        try {
            outbox.drop(lane, nanoTime.getAsLong());
            callOne();
        } finally {
            lock.unlock();
        }
    }

    /** The worker has called, and the lease was renewed. */
    public void onCall() {
        lock.lock();
        try {
            // also for what was handed over while nothing could go
            callOne();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void throwIfDead() {
        Throwable dead = failure;
        if (dead != null) {
            throw new ConnectException(
                    "a thread of this task that sends to SQS has ended by a failure of its own (" + dead
                            + "); restart the task: what was not committed is sent again",
                    dead);
        }
    }

    /** Nothing more is sent. Waits for nothing: a thread that is sending ends when its call does. Idempotent. */
    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------ under the lock

    /** If there is something to do, or a moment to wait for that nobody waits for, somebody looks. */
    private void callOne() {
        long now = nanoTime.getAsLong();
        long within = outbox.wakeWithin(now);
        boolean wanted = within == 0 || (within < Long.MAX_VALUE && isSoonest(now + within));
        if (closed || !wanted) {
            return;
        }
        if (idle > 0) {
            work.signal();
        } else if (threads < most) {
            Thread thread = new Thread(this::run, name + "-" + ++threads);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private boolean isSoonest(long moment) {
        return timekeeper == null || moment - watched < 0;
    }

    // ------------------------------------------------------------------ a sender thread

    private void run() {
        try {
            if (logContext != null) {
                MDC.setContextMap(logContext);
            }
            for (SendRequest request = next(); request != null; request = next()) {
                attempt(request);
            }
        } catch (Throwable e) {
            // Also an Error: a request without an answer would hold its groups, and the task would stand still.
            failure = e;
            close();
            log.error(
                    "{} has ended, and with it the task", Thread.currentThread().getName(), e);
        }
    }

    /** Waits for it; null at the end. Who leaves with a request leaves what else there is to do to another. */
    private @Nullable SendRequest next() throws InterruptedException {
        lock.lock();
        try {
            while (!closed) {
                long now = nanoTime.getAsLong();
                SendRequest request = outbox.take(now);
                if (request != null) {
                    callOne();
                    return request;
                }
                await(outbox.wakeWithin(now), now);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void await(long within, long now) throws InterruptedException {
        idle++;
        try {
            if (within < Long.MAX_VALUE && isSoonest(now + within)) {
                timekeeper = Thread.currentThread();
                watched = now + within;
                work.awaitNanos(within);
            } else {
                work.await();
            }
        } finally {
            idle--;
            if (timekeeper == Thread.currentThread()) {
                timekeeper = null;
            }
        }
    }

    private void attempt(SendRequest request) {
        long began = nanoTime.getAsLong();
        SendOutcome outcome = sender.send(request.queue(), request.messages(), () -> mayGo(request));
        long ended = nanoTime.getAsLong();
        latencies.add(ended - began);
        List<OutboxMessage> done;
        List<Notice> told;
        lock.lock();
        try {
            done = outbox.answered(request, outcome, ended);
            if (trouble.hear(request.queue(), outcome, ended)) {
                counters.failures.increment();
            }
            told = notices.take();
        } finally {
            lock.unlock();
        }
        told.forEach(operator);
        if (!done.isEmpty()) {
            inbox.post(() -> Returned.toLanes(done));
        }
    }

    private boolean mayGo(SendRequest request) {
        if (closed) {
            return false;
        }
        boolean goes;
        List<Notice> told;
        lock.lock();
        try {
            goes = outbox.mayGo(request, nanoTime.getAsLong(), wallMillis.getAsLong());
            told = notices.take();
        } finally {
            lock.unlock();
        }
        told.forEach(operator);
        return goes;
    }
}
