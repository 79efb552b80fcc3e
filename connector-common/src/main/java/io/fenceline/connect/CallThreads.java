package io.fenceline.connect;

import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Threads that make blocking calls of one kind. Each takes a call under its owner's lock, makes it without the lock, says what
 * came of it, and takes the next. As many threads as there was work for at a time, up to the limit; one that is idle waits until
 * there is something to do, and one of them also watches the time for all.
 *
 * <p>The owner calls under its lock, but for {@link #failure}, which any thread may ask.
 *
 * @param <C> a call
 */
public final class CallThreads<C> {

    private static final Logger log = LoggerFactory.getLogger(CallThreads.class);

    /** Where calls come from and who makes them. */
    public interface Calls<C> {

        /** Under the lock. The next call; null if there is none now. */
        @Nullable
        C next(long now);

        /** Under the lock. Nanoseconds until {@link #next} may have one if nothing happens; 0 if it has one now. */
        long within(long now);

        /** Without the lock. Makes the call, which may block, and says under the lock what came of it. */
        void make(C call);
    }

    private final String name;
    private final int most;
    private final ReentrantLock lock;
    private final Condition work;
    private final LongSupplier nanoTime;
    private final Calls<C> calls;
    /** Of the thread that made this, the task's, so that what is logged names the task. */
    private final @Nullable Map<String, String> logContext;

    private int threads;
    private int idle;
    /** Waits for {@link #watched}; the other idle threads wait for a signal only. */
    private @Nullable Thread timekeeper;

    private long watched;
    private boolean closed;
    private volatile @Nullable Throwable failure;

    /**
     * @param name     of the threads
     * @param most     of them
     * @param lock     the owner's
     * @param nanoTime monotonic clock
     */
    public CallThreads(String name, int most, ReentrantLock lock, LongSupplier nanoTime, Calls<C> calls) {
        this.name = name;
        this.most = most;
        this.lock = lock;
        this.work = lock.newCondition();
        this.nanoTime = nanoTime;
        this.calls = calls;
        this.logContext = MDC.getCopyOfContextMap();
    }

    /** Something has changed: if there is a call to make, or a moment to wait for that nobody waits for, somebody looks. */
    public void lookAgain() {
        long now = nanoTime.getAsLong();
        long within = calls.within(now);
        boolean wanted = within == 0 || within < Long.MAX_VALUE && isSoonest(now + within);
        if (closed || !wanted) {
            return;
        }
        if (idle > 0) {
            work.signal();
        } else if (threads < most) {
            Thread thread = new Thread(this::run, name + "-" + (threads + 1));
            thread.setDaemon(true);
            thread.start();
            threads++;
        }
    }

    private boolean isSoonest(long moment) {
        return timekeeper == null || moment - watched < 0;
    }

    /** No further call is made. Waits for nothing: a thread that is in a call ends when the call does. Idempotent. */
    public void close() {
        closed = true;
        work.signalAll();
    }

    /** What ended one of the threads, and with it all; it is a failure of ours. Null if all are well. Any thread. */
    public @Nullable Throwable failure() {
        return failure;
    }

    private void run() {
        try {
            if (logContext != null) {
                MDC.setContextMap(logContext);
            }
            for (C call = next(); call != null; call = next()) {
                calls.make(call);
            }
        } catch (Throwable e) {
            // Also an Error: what the thread had in its hands would never be heard of again.
            failure = e;
            lock.lock();
            try {
                close();
            } finally {
                lock.unlock();
            }
            log.error(
                    "{} has ended, and with it the task", Thread.currentThread().getName(), e);
        }
    }

    /** Waits for it; null at the end. Who leaves with a call leaves what else there is to do to another. */
    private @Nullable C next() throws InterruptedException {
        lock.lock();
        try {
            while (!closed) {
                long now = nanoTime.getAsLong();
                C call = calls.next(now);
                if (call != null) {
                    lookAgain();
                    return call;
                }
                await(calls.within(now), now);
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
}
