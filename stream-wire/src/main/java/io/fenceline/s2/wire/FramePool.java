package io.fenceline.s2.wire;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory for frames that is used over and over: pieces of {@link FrameSegments#LARGEST} bytes outside the heap, which the
 * socket takes as they are. New memory has to be cleared, collected and copied once more on its way out; used memory is
 * none of that, and likely still in the processor's cache, for the last piece given back is the first to be used again.
 *
 * <p>A piece comes back only when {@link AppendBatch} knows that nobody reads it any more; one that never does is left to
 * the garbage collector. What nobody has needed for a while is left to it as well. Any thread.
 */
public final class FramePool {

    private static final int PIECE_BYTES = FrameSegments.LARGEST;

    private final int keep;
    private final long patienceNanos;

    // guarded by this
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    /** Fewest pieces that were free since {@link #watchedSince}: that many nobody has needed. */
    private int idle;

    private boolean watching;
    private long watchedSince;

    /** The JVM had no more memory outside the heap when asked last. */
    private volatile boolean exhausted;

    private final AtomicInteger made = new AtomicInteger();

    /**
     * @param keepBytes     most bytes kept for later
     * @param patienceNanos how long what is not needed is kept
     */
    public FramePool(long keepBytes, long patienceNanos) {
        this.keep = (int) Math.min(Integer.MAX_VALUE, keepBytes / PIECE_BYTES);
        this.patienceNanos = patienceNanos;
    }

    /** A piece with unknown content. Where the JVM has no more memory for it outside the heap, it is of the heap. */
    ByteBuffer take() {
        synchronized (this) {
            ByteBuffer last = free.pollLast();
            if (last != null) {
                idle = Math.min(idle, free.size());
                return last.clear();
            }
        }
        made.incrementAndGet();
        if (!exhausted) {
            try {
                return ByteBuffer.allocateDirect(PIECE_BYTES);
            } catch (OutOfMemoryError outsideTheHeap) {
                // to learn this can take a second of waiting for the collector, so it is not tried again soon
                exhausted = true;
            }
        }
        return ByteBuffer.allocate(PIECE_BYTES);
    }

    /** The caller was the last who could read or write the piece. */
    synchronized void release(ByteBuffer piece) {
        if (free.size() < keep && piece.isDirect()) {
            free.addLast(piece);
        }
    }

    /** To be called now and then: lets go of what was not needed for a while. */
    public synchronized void trim(long now) {
        if (!watching) {
            watching = true;
            watchedSince = now;
        } else if (now - watchedSince >= patienceNanos) {
            exhausted = false;
            for (int i = 0; i < idle; i++) {
                free.removeFirst();
            }
            idle = free.size();
            watchedSince = now;
        }
    }

    /** Pieces made so far. */
    int made() {
        return made.get();
    }

    /** Bytes kept for later. */
    public synchronized long freeBytes() {
        return (long) free.size() * PIECE_BYTES;
    }
}
