package io.fenceline.connect.source.read;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What other threads have to tell the task thread, and how it waits for that. Any thread posts; one thread takes. */
public final class PollInbox {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    // guarded by lock
    private ArrayDeque<Runnable> messages = new ArrayDeque<>();
    private boolean woken;

    // the taking thread only
    private ArrayDeque<Runnable> taken = new ArrayDeque<>();

    public void post(Runnable message) {
        lock.lock();
        try {
            messages.add(message);
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    /** What is posted and not drained yet. */
    int size() {
        lock.lock();
        try {
            return messages.size();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the current or the next {@link #await}. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Runs everything posted so far, in order. */
    public void drain() {
        lock.lock();
        try {
            ArrayDeque<Runnable> empty = taken;
            taken = messages;
            messages = empty;
        } finally {
            lock.unlock();
        }
        for (Runnable message = taken.poll(); message != null; message = taken.poll()) {
            message.run();
        }
    }

    /** Waits until there is something to drain, but no longer than this. */
    public void await(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (messages.isEmpty() && !woken && left > 0) {
                left = news.awaitNanos(left);
            }
            woken = false;
        } finally {
            lock.unlock();
        }
    }
}
