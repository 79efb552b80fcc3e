package io.fenceline.connect.source;

import io.fenceline.connect.TerminalException;
import org.jspecify.annotations.Nullable;

/**
 * One of the things a task reads, as Connect calls them: it has records in an order of its own, and may come to an end. Owned by
 * the task thread.
 *
 * @param <R> what its records are handed to
 */
public interface SourcePartition<R> {

    /** There is something to take: records, or the end. */
    boolean isReady();

    /**
     * Hands over records until {@code allowance} is spent, the next one is not admitted, or nothing more is there.
     *
     * @param allowance of which nothing is used yet; what is handed over is counted in it
     */
    void take(Allowance allowance, R receiver);

    /** The end was reached: nothing more is handed over. */
    boolean isOver();

    /** Why it is over; null if it is simply not ours any more. */
    @Nullable
    TerminalException failure();
}
