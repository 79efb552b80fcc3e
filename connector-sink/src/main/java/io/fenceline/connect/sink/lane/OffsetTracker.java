package io.fenceline.connect.sink.lane;

import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Which offsets of a lane are not settled yet: with a target, or on their way to the dead letter queue. Entries are in the
 * order of their first offsets, may lie within one another, and are settled in any order. Belongs to the task thread.
 *
 * <pre>
 *            ┌─ settle ──────────────────────────────────────────► SETTLED
 *   OPEN ────┼─ refuse ─► REFUSED ── its report is safe ─────────► (counts as settled)
 *            └─ drop ────────────────────────────────────────────► DROPPED, as from REFUSED
 * </pre>
 */
public final class OffsetTracker {

    private enum Fate {
        /** With the target, or errant since it was written. */
        OPEN,
        /** Durable. */
        SETTLED,
        /** Errant by the target's word: it waits for its report, or stops the lane. */
        REFUSED,
        /** Forgotten: nothing that is heard of it counts. */
        DROPPED
    }

    /** A run of records with one fate. */
    public static final class Entry {
        private final long firstOffset;
        private long lastOffset;
        private long bytes;
        private @Nullable Long lastTimestamp;

        private Fate fate = Fate.OPEN;
        /** Of an errant record, null while there is none. */
        private @Nullable Future<?> report;

        private Entry(long offset) {
            this.firstOffset = offset;
            this.lastOffset = offset;
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
            return fate == Fate.SETTLED || (report != null && isSafe(report));
        }

        @Override
        public String toString() {
            return (firstOffset == lastOffset ? "offset " : "offsets " + firstOffset + " to ") + lastOffset;
        }
    }

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    /** Entries that have a report. */
    private int reports;
    /** First offset of the last entry since {@link #drop}, -1 if there was none. */
    private long lastOpened = -1;

    /**
     * Opens an entry for records that will be settled together, the first of them at {@code offset}.
     *
     * @throws IllegalStateException an entry opened since {@link #drop} does not begin below it
     */
    public Entry open(long offset) {
        if (offset <= lastOpened) {
            throw new IllegalStateException("an entry at offset " + offset + " was opened behind one at offset "
                    + lastOpened + ": what lies between would be committed too early");
        }
        lastOpened = offset;
        Entry entry = new Entry(offset);
        entries.addLast(entry);
        return entry;
    }

    /**
     * A record that was reported as errant.
     *
     * @return whether the report is still out, and everything behind it waits
     */
    public boolean divert(long offset, @Nullable Future<?> outcome) {
        if (outcome == null || isSafe(outcome)) {
            return false;
        }
        reported(open(offset), outcome);
        return true;
    }

    /**
     * The target will not write the entry's record: it is settled once it is {@link #reported}.
     *
     * @return false if it was dropped, and nothing is to be done about it
     * @throws IllegalStateException it was settled or refused before
     */
    boolean refuse(Entry entry) {
        return switch (entry.fate) {
            case OPEN -> {
                entry.fate = Fate.REFUSED;
                yield true;
            }
            case DROPPED -> false;
            case SETTLED, REFUSED ->
                throw new IllegalStateException(entry + " was refused, and is " + entry.fate + " already");
        };
    }

    /** The record of an entry was reported as errant: the entry counts as settled when {@code outcome} is. */
    void reported(Entry entry, @Nullable Future<?> outcome) {
        if (outcome == null) {
            entry.fate = Fate.SETTLED;
        } else {
            entry.report = outcome;
            reports++;
        }
        prune();
    }

    /** Whether a record ahead of this entry is on its way to the dead letter queue. */
    public boolean reportIsOutBefore(Entry entry) {
        prune();
        if (reports > 0) {
            for (Entry ahead : entries) {
                if (ahead == entry) {
                    return false;
                }
                if (ahead.report != null && !ahead.isSettled()) {
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
        return head == null || head.report == null ? null : failureOf(head.report);
    }

    /**
     * The entry's records are durable. Nothing happens if it was dropped.
     *
     * @throws IllegalStateException it was refused before
     */
    public void settle(Entry entry) {
        switch (entry.fate) {
            case OPEN -> {
                entry.fate = Fate.SETTLED;
                prune();
            }
            case SETTLED, DROPPED -> {}
            case REFUSED -> throw new IllegalStateException(entry + " was settled, and is REFUSED already");
        }
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
        entries.forEach(entry -> entry.fate = Fate.DROPPED);
        entries.clear();
        reports = 0;
        lastOpened = -1;
        return first;
    }

    private void prune() {
        for (Entry head = entries.peekFirst(); head != null && head.isSettled(); head = entries.peekFirst()) {
            entries.removeFirst();
            reports -= head.report == null ? 0 : 1;
        }
    }

    private static boolean isSafe(Future<?> report) {
        return report.isDone() && failureOf(report) == null;
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
