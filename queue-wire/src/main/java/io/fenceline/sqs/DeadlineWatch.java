package io.fenceline.sqs;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Ends attempts that are past their deadline: a socket's timeout starts again with every byte, and a server that sends one now
 * and then would hold a call for ever. One thread looks at the open attempts in fixed steps and rests while there are none, so
 * that an attempt costs two changes of a set and no timer. Thread-safe.
 */
final class DeadlineWatch implements AutoCloseable {

    private static final long SHORTEST_STEP = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_STEP = TimeUnit.MILLISECONDS.toNanos(250);

    private final Set<CallAttempt> open = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanoTime;
    private final long step;
    private final Thread thread;
    private volatile boolean resting;
    private volatile boolean closed;

    /** @param shortest the shortest time limit; it is kept to a twentieth, at best to 5 ms, at worst to 250 ms */
    DeadlineWatch(LongSupplier nanoTime, Duration shortest) {
        this.nanoTime = nanoTime;
        this.step = Math.max(SHORTEST_STEP, Math.min(LONGEST_STEP, shortest.toNanos() / 20));
        this.thread = new Thread(this::run, "fenceline-sqs-deadlines");
        thread.setDaemon(true);
        thread.start();
    }

    void begin(CallAttempt attempt) {
        open.add(attempt);
        // in this order on both sides: either the watch sees the attempt before it rests, or we see that it rests
        if (resting) {
            LockSupport.unpark(thread);
        }
        if (closed) {
            attempt.abort();
        }
    }

    void end(CallAttempt attempt) {
        open.remove(attempt);
    }

    private void run() {
        while (!closed) {
            resting = true;
            if (open.isEmpty()) {
                LockSupport.park(this);
            }
            resting = false;
            long now = nanoTime.getAsLong();
            for (CallAttempt attempt : open) {
                attempt.abortIfOverdue(now);
            }
            LockSupport.parkNanos(this, step);
        }
    }

    /** Ends what is open, and what begins later. Idempotent. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        for (CallAttempt attempt : open) {
            attempt.abort();
        }
    }
}
