package io.fenceline.connect.source;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What other threads have to tell the task thread, and how it waits for that. Any thread posts; one thread takes. */
public final class PollInbox {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    // guarded by lock
    private ArrayDeque<Runnable> messages = new ArrayDeque<>();
    private boolean closed;

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
    public int size() {
        lock.lock();
        try {
            return messages.size();
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits any more, now or later. What is posted can still be drained. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    public boolean isClosed() {
        lock.lock();
        try {
            return closed;
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

    /** Waits that long whatever is posted, but no longer than until it is closed. */
    public void rest(long nanos) throws InterruptedException {
        await(nanos, false);
    }

    /** Waits until there is something to drain or it is closed, but no longer than this. */
    public void await(long nanos) throws InterruptedException {
        await(nanos, true);
    }

    private void await(long nanos, boolean messagesEndIt) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (!closed && !(messagesEndIt && !messages.isEmpty()) && left > 0) {
                left = news.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
