package io.fenceline.connect.sink.lane;

import java.util.ArrayDeque;
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
            return settled || (diverted != null && diverted.isDone());
        }
    }

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    /** Opens an entry for records that will go into one batch. */
    Entry openBatch(long offset) {
        Entry entry = new Entry(offset, null);
        entries.addLast(entry);
        return entry;
    }

    /** A record that was reported as errant. */
    void divert(long offset, @Nullable Future<?> outcome) {
        if (outcome != null && !outcome.isDone()) {
            entries.addLast(new Entry(offset, outcome));
        }
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
        return first;
    }

    private void prune() {
        for (Entry head = entries.peekFirst(); head != null && head.isSettled(); head = entries.peekFirst()) {
            entries.removeFirst();
        }
    }
}
