package io.fenceline.testkit.s2;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that has to become durable, in order: writes to log files, and what may happen only behind them (acks,
 * refusals that rest on them, readers being told). With a thread of its own many writes share one force of the disk;
 * in memory everything is durable at once. Actions run with the server's lock held.
 */
final class Commits implements Closeable {

    private record Commit(@Nullable LogFile log, byte @Nullable [] entry, Runnable whenDurable) {}

    private final Object lock;
    private final @Nullable Thread writer;
    private final Consumer<IOException> onFailure;

    // guarded by lock
    private final Deque<Commit> waiting = new ArrayDeque<>();
    private boolean held;
    private boolean closed;

    private Commits(Object lock, boolean onDisk, Consumer<IOException> onFailure) {
        this.lock = lock;
        this.onFailure = onFailure;
        this.writer = onDisk ? new Thread(this::write, "s2-commits") : null;
        if (writer != null) {
            writer.setDaemon(true);
            writer.start();
        }
    }

    static Commits inMemory(Object lock) {
        return new Commits(lock, false, failure -> {});
    }

    /** @param onFailure told when the disk failed; nothing becomes durable any more */
    static Commits onDisk(Object lock, Consumer<IOException> onFailure) {
        return new Commits(lock, true, onFailure);
    }

    /** Runs the action behind everything submitted so far. */
    void then(Runnable whenDurable) {
        submit(null, null, whenDurable);
    }

    void submit(@Nullable LogFile log, byte @Nullable [] entry, Runnable whenDurable) {
        if (writer == null && !held) {
            whenDurable.run();
            return;
        }
        waiting.add(new Commit(log, entry, whenDurable));
        lock.notifyAll();
    }

    /** From now on nothing becomes durable. */
    void hold() {
        held = true;
    }

    void release() {
        held = false;
        if (writer == null) {
            List<Commit> due = List.copyOf(waiting);
            waiting.clear();
            due.forEach(commit -> commit.whenDurable().run());
        } else {
            lock.notifyAll();
        }
    }

    private void write() {
        try {
            for (List<Commit> due = next(); !due.isEmpty(); due = next()) {
                Set<LogFile> touched = new LinkedHashSet<>();
                for (Commit commit : due) {
                    if (commit.log() != null && commit.entry() != null) {
                        commit.log().append(commit.entry());
                        touched.add(commit.log());
                    }
                }
                for (LogFile log : touched) {
                    log.force();
                }
                synchronized (lock) {
                    due.forEach(commit -> commit.whenDurable().run());
                }
            }
        } catch (IOException e) {
            onFailure.accept(e);
        } catch (RuntimeException e) {
            // nothing behind it would ever be answered
            onFailure.accept(new IOException("what follows a write failed", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Blocks until something waits; empty once closed. */
    private List<Commit> next() throws InterruptedException {
        synchronized (lock) {
            while (!closed && (waiting.isEmpty() || held)) {
                lock.wait();
            }
            List<Commit> due = new ArrayList<>(waiting);
            waiting.clear();
            return due;
        }
    }

    /** Writes what waits, and ends. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        if (writer != null) {
            try {
                writer.join(5000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
