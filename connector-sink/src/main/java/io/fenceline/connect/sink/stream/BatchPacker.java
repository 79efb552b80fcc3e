package io.fenceline.connect.sink.stream;

import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Packs a lane's records into batches. A batch is open, then waits, then is out, then is settled, in offset order. A waiting batch stays while an errant record ahead of it is on its way to the
 * dead letter queue: the stream's last offset would say to the next owner that the record was dealt with.
 *
 * <p>Owned by the task thread.
 */
final class BatchPacker {

    /** A batch that takes no more records, and what it settles. */
    record Packed(AppendBatch batch, OffsetTracker.Entry entry) {}

    private static final int SMALLEST_BUFFER = 2048;

    /** A task under load comes back to a partition after about 1 MiB of each of the others. */
    private static final Duration LONGEST_FILLING = Duration.ofMillis(500);

    private final int maxRecords;
    private final int maxBytes;
    private final FramePool frames;
    private final OffsetTracker offsets;
    private final ArrayDeque<Packed> waiting = new ArrayDeque<>();

    private @Nullable AppendBatch openBatch;
    private OffsetTracker.@Nullable Entry openEntry;
    private long openedAt;
    /** The batch before the open one took all it could: its partition had more than that. */
    private boolean behindFull;
    /** Records came since {@link #isDue} was asked last. */
    private boolean grown;

    private int batchesOut;
    private long heldBytes;
    private int typicalFrame = SMALLEST_BUFFER;

    /** @param maxBytes metered bytes of one batch */
    BatchPacker(int maxRecords, int maxBytes, FramePool frames, OffsetTracker offsets) {
        this.offsets = offsets;
        this.frames = frames;
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    /**
     * Adds the record that {@code draft} describes; an open batch that has no room for it waits from now on.
     *
     * @return whether a batch came to wait by this
     */
    boolean add(RecordDraft draft, long offset, @Nullable Long timestamp, long now) {
        AppendBatch batch = openBatch;
        OffsetTracker.Entry entry = openEntry;
        boolean sealed = false;
        if (batch == null || entry == null || !batch.tryAdd(draft)) {
            sealed = seal();
            behindFull = sealed;
            batch = new AppendBatch(maxRecords, maxBytes, typicalFrame, frames);
            if (!batch.tryAdd(draft)) {
                throw new IllegalStateException(
                        "a record that fits the limits does not fit an empty batch, at offset " + offset);
            }
            entry = offsets.open(offset);
            openBatch = batch;
            openEntry = entry;
            openedAt = now;
        }
        int bytes = draft.meteredSize();
        entry.extend(offset, timestamp, bytes);
        heldBytes += bytes;
        grown = true;
        return sealed;
    }

    /** The open batch, if there is one, takes no more records. */
    boolean seal() {
        AppendBatch batch = openBatch;
        OffsetTracker.Entry entry = openEntry;
        if (batch == null || entry == null) {
            return false;
        }
        openBatch = null;
        openEntry = null;
        waiting.addLast(new Packed(batch, entry));
        return true;
    }

    /** Takes the next batch that may be sent, null if there is none. */
    @Nullable
    Packed next() {
        Packed first = waiting.peekFirst();
        if (first == null || offsets.reportIsOutBefore(first.entry())) {
            return null;
        }
        waiting.removeFirst();
        batchesOut++;
        typicalFrame = typicalFrame(first.entry().bytes(), first.batch().recordCount());
        return first;
    }

    /** First buffer of the next batch: what the last one took, so that a busy target does not grow buffers. */
    private static int typicalFrame(long meteredBytes, int records) {
        return (int) Math.max(SMALLEST_BUFFER, meteredBytes + 16L * records + 128);
    }

    /** A batch that was out is durable. */
    void settled(Packed batch) {
        batchesOut--;
        heldBytes -= batch.entry().bytes();
    }

    /** Forgets everything that is not settled. */
    void drop() {
        waiting.forEach(packed -> packed.batch().release());
        waiting.clear();
        if (openBatch != null) {
            openBatch.release();
        }
        openBatch = null;
        openEntry = null;
        batchesOut = 0;
        heldBytes = 0;
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    boolean hasOpen() {
        return openBatch != null;
    }

    /**
     * Whether the open batch should wait for no more records. It goes at once if nothing is out, since nothing gives it
     * time to grow, and otherwise after the linger. While the task has more than it can do, records wait in any case,
     * and what counts is that batches are full: one behind a full one is the beginning of what the next fetch brings,
     * and any other waits for the next {@code put} to bring the rest of what was fetched, and for whatever is out.
     *
     * @param heldBack the partition is paused until records of it are settled; more than it can do for this lane alone
     */
    boolean isDue(long now, Duration linger, boolean busy, boolean heldBack) {
        boolean grew = grown;
        grown = false;
        if (openBatch == null || !waiting.isEmpty()) {
            return false;
        }
        boolean lingered = lingersFor(now, linger) == 0;
        if (!(busy || heldBack) || linger.isZero()) {
            return batchesOut == 0 || lingered;
        }
        if (heldBack && batchesOut == 0) {
            // nothing else of it can be settled, so it would wait for nothing
            return true;
        }
        if (behindFull) {
            return lingered && lingersFor(now, LONGEST_FILLING) == 0;
        }
        return batchesOut == 0 && (!grew || lingered);
    }

    /** Nanoseconds the open batch may still wait for more. */
    long lingersFor(long now, Duration linger) {
        return Math.max(0, linger.toNanos() - (now - openedAt));
    }

    /** Metered bytes of records accepted and not yet durable. */
    long heldBytes() {
        return heldBytes;
    }
}
