package io.fenceline.append;

import java.time.Duration;

/** One daemon thread that drives any number of append sessions. Every method may be called from any thread. */
public final class SessionLoop implements AutoCloseable {

    public SessionLoop(String name) {}

    /** Opens a session. Nothing is connected before its first batch. */
    public AppendSession open(
            StreamAccess stream, AppendSessionConfig config, RecordMatcher matcher, AppendSessionListener listener) {
        throw new UnsupportedOperationException();
    }

    /** Runs a task on the loop thread; it must not block. */
    public void execute(Runnable task) {
        throw new UnsupportedOperationException();
    }

    /** Runs a task on the loop thread after a delay. */
    public Cancellable schedule(Duration delay, Runnable task) {
        throw new UnsupportedOperationException();
    }

    /** Aborts every session that is still open, then ends the thread. */
    @Override
    public void close() {}
}
