package io.fenceline.connect.sink.lane;

import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Which offsets of a lane are not settled yet: queued or in flight to the stream, or on their way to the dead letter
 * queue. Entries are in offset order and are settled from the front. Belongs to the task thread.
 */
final class OffsetTracker {

    /** A run of records with one fate. */
    static final class Entry {
        final long firstOffset;
        long lastOffset;
        long bytes;
        /** Kafka timestamp of the record at {@link #lastOffset}, null if it has none. */
        @Nullable
        Long lastTimestamp;

        private boolean settled;
        private final @Nullable Future<?> diverted;

        private Entry(long offset, @Nullable Future<?> diverted) {
            this.firstOffset = offset;
            this.lastOffset = offset;
            this.diverted = diverted;
        }

        void extend(long offset, @Nullable Long timestamp, long moreBytes) {
            lastOffset = offset;
            lastTimestamp = timestamp;
            bytes += moreBytes;
        }

        private boolean isSettled() {
            return settled || (diverted != null && diverted.isDone() && failureOf(diverted) == null);
        }
    }

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    /** Entries that are reports of errant records. */
    private int reports;

    /** Opens an entry for records that will go into one batch. */
    Entry openBatch(long offset) {
        Entry entry = new Entry(offset, null);
        entries.addLast(entry);
        return entry;
    }

    /**
     * A record that was reported as errant.
     *
     * @return whether the report is still out, and everything behind it waits
     */
    boolean divert(long offset, @Nullable Future<?> outcome) {
        Entry entry = new Entry(offset, outcome);
        if (outcome == null || entry.isSettled()) {
            return false;
        }
        entries.addLast(entry);
        reports++;
        return true;
    }

    /** Whether a record ahead of this entry is on its way to the dead letter queue. */
    boolean reportIsOutBefore(Entry entry) {
        prune();
        if (reports > 0) {
            for (Entry ahead : entries) {
                if (ahead == entry) {
                    return false;
                }
                if (ahead.diverted != null && !ahead.isSettled()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Why the report of the first unsettled record failed, null if it did not. */
    @Nullable
    Throwable failedReport() {
        prune();
        Entry head = reports > 0 ? entries.peekFirst() : null;
        return head == null || head.diverted == null ? null : failureOf(head.diverted);
    }

    /** The entry's records are durable. */
    void settle(Entry entry) {
        entry.settled = true;
        prune();
    }

    /** First offset that is not settled, -1 if there is none. */
    long firstUnsettled() {
        prune();
        Entry head = entries.peekFirst();
        return head == null ? -1 : head.firstOffset;
    }

    boolean isEmpty() {
        prune();
        return entries.isEmpty();
    }

    /** Forgets everything unsettled; returns the first such offset, -1 if there was none. */
    long drop() {
        long first = firstUnsettled();
        entries.clear();
        reports = 0;
        return first;
    }

    private void prune() {
        for (Entry head = entries.peekFirst(); head != null && head.isSettled(); head = entries.peekFirst()) {
            entries.removeFirst();
            reports -= head.diverted == null ? 0 : 1;
        }
    }

    /** Null for a future that is not done or that succeeded. */
    private static @Nullable Throwable failureOf(Future<?> future) {
        if (!future.isDone()) {
            return null;
        }
        try {
            future.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (CancellationException e) {
            return e;
        } catch (InterruptedException e) {
            // A future that is done does not wait.
            Thread.currentThread().interrupt();
            return e;
        }
    }
}
