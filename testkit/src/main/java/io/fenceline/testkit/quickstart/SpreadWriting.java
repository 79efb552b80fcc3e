package io.fenceline.testkit.quickstart;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes numbered records to a far side in a thread of its own, spread over some seconds: a burst would be through before anything
 * could be killed in its middle. Thread-safe.
 */
final class SpreadWriting {

    private static final long TICK_MILLIS = 50;

    /** Writes some records and returns when the far side has acknowledged them all. */
    interface Part {

        /** @param from the first of them, {@code to} the one behind the last; they are counted from 0 on */
        void write(long from, long to);
    }

    private final String target;
    private final long count;
    private final Part part;
    private final AtomicLong written = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /**
     * @param target for people: "S2"
     * @param part   calls {@link #add} for what is acknowledged; called by the writing thread alone
     */
    SpreadWriting(String target, long count, Part part) {
        this.target = target;
        this.count = count;
        this.part = part;
    }

    void start() {
        Thread thread = new Thread(this::write, "writer");
        thread.setDaemon(true);
        thread.start();
    }

    /** How many there are to write. */
    long count() {
        return count;
    }

    /** So many more are acknowledged. */
    void add(int records) {
        written.addAndGet(records);
    }

    /** The same as {@link #acknowledged}, whatever may have failed. */
    long written() {
        return written.get();
    }

    /** Records the far side has acknowledged. */
    long acknowledged() {
        Exception failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("cannot write to " + target + ": " + failed, failed);
        }
        return written.get();
    }

    private void write() {
        try {
            long start = System.nanoTime();
            double perSecond = count / Records.SECONDS;
            long next = 0;
            while (next < count) {
                long due = Math.min(count, 1 + (long) ((System.nanoTime() - start) / 1e9 * perSecond));
                if (due > next) {
                    part.write(next, due);
                    next = due;
                }
                Thread.sleep(TICK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }
}
