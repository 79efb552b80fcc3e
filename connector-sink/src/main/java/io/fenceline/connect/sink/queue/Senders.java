package io.fenceline.connect.sink.queue;

import io.fenceline.connect.CallThreads;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.queue.Notices.Notice;
import io.fenceline.sqs.QueueSender;
import io.fenceline.sqs.SendOutcome;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a task that send. Each takes a request from the outbox, sends it, says what came of it, and takes the next;
 * the lanes hear of it through the task's inbox.
 *
 * <p>Any thread may call. The one lock here owns the outbox; no call to SQS is made under it, and nothing is logged.
 */
public final class Senders implements Dispatch, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Senders.class);

    private final QueueSender sender;
    private final TaskInbox inbox;
    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private final QueueCounters counters;
    private final RecentLatencies latencies;
    private final Consumer<Notice> operator;

    private final ReentrantLock lock = new ReentrantLock();

    // under the lock
    private final Outbox outbox;
    private final Notices notices = new Notices();
    private final SendTrouble trouble = new SendTrouble(notices::warn, notices::info);
    private final CallThreads<SendRequest> threads;

    private volatile boolean closed;

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
        this.sender = sender;
        this.inbox = inbox;
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        this.counters = counters;
        this.latencies = latencies;
        this.operator = operator;
        this.outbox = new Outbox(policy, lease, random, counters, notices::warn);
        this.threads = new CallThreads<>(name, policy.maxInFlight(), lock, nanoTime, new Requests());
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
            threads.lookAgain();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush(OutboxLane lane) {
        lock.lock();
        try {
            outbox.flush(lane);
            threads.lookAgain();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void drop(OutboxLane lane) {
        lock.lock();
        try {
            outbox.drop(lane, nanoTime.getAsLong());
            threads.lookAgain();
        } finally {
            lock.unlock();
        }
    }

    /** The worker has called, and the lease was renewed. */
    public void onCall() {
        lock.lock();
        try {
            // also for what was handed over while nothing could go
            threads.lookAgain();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void throwIfDead() {
        Throwable dead = threads.failure();
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
            threads.close();
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------ what threads do

    private final class Requests implements CallThreads.Calls<SendRequest> {
        @Override
        public @Nullable SendRequest next(long now) {
            return outbox.take(now);
        }

        @Override
        public long within(long now) {
            return outbox.wakeWithin(now);
        }

        @Override
        public void make(SendRequest request) {
            attempt(request);
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
        if (closed || threads.failure() != null) {
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
