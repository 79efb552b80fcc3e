package io.fenceline.connect.sink.lane;

import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Which offsets of a lane are not settled yet: with a target, or on their way to the dead letter queue. Entries are in the
 * order of their first offsets, which may lie within one another, and are settled in any order. Belongs to the task thread.
 */
public final class OffsetTracker {

    /** A run of records with one fate. */
    public static final class Entry {
        private final long firstOffset;
        private long lastOffset;
        private long bytes;
        private @Nullable Long lastTimestamp;

        private boolean settled;
        private final @Nullable Future<?> diverted;

        private Entry(long offset, @Nullable Future<?> diverted) {
            this.firstOffset = offset;
            this.lastOffset = offset;
            this.diverted = diverted;
        }

        public long firstOffset() {
            return firstOffset;
        }

        public long lastOffset() {
            return lastOffset;
        }

        /** Kafka timestamp of the record at {@link #lastOffset}, null if it has none. */
        public @Nullable Long lastTimestamp() {
            return lastTimestamp;
        }

        /** As the target counts them. */
        public long bytes() {
            return bytes;
        }

        /** One more record, behind those it has. */
        public void extend(long offset, @Nullable Long timestamp, long moreBytes) {
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

    /** Opens an entry for records that will be settled together, the first of them at {@code offset}. */
    public Entry open(long offset) {
        Entry entry = new Entry(offset, null);
        entries.addLast(entry);
        return entry;
    }

    /**
     * A record that was reported as errant.
     *
     * @return whether the report is still out, and everything behind it waits
     */
    public boolean divert(long offset, @Nullable Future<?> outcome) {
        Entry entry = new Entry(offset, outcome);
        if (outcome == null || entry.isSettled()) {
            return false;
        }
        entries.addLast(entry);
        reports++;
        return true;
    }

    /** Whether a record ahead of this entry is on its way to the dead letter queue. */
    public boolean reportIsOutBefore(Entry entry) {
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
    public @Nullable Throwable failedReport() {
        prune();
        Entry head = reports > 0 ? entries.peekFirst() : null;
        return head == null || head.diverted == null ? null : failureOf(head.diverted);
    }

    /** The entry's records are durable. */
    public void settle(Entry entry) {
        entry.settled = true;
        prune();
    }

    /** First offset that is not settled, -1 if there is none. */
    public long firstUnsettled() {
        prune();
        Entry head = entries.peekFirst();
        return head == null ? -1 : head.firstOffset;
    }

    public boolean isEmpty() {
        prune();
        return entries.isEmpty();
    }

    /** Forgets everything unsettled; returns the first such offset, -1 if there was none. */
    public long drop() {
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
