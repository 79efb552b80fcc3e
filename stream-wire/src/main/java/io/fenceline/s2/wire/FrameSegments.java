package io.fenceline.s2.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes written once and kept in pieces, each twice as large as the one before, up to a limit. What is written is never
 * moved, so growing costs nothing, and no piece is as large as half a region of the G1 collector: an array of that size
 * is an allocation of its own kind there, and one for every batch keeps the collector marking all the time. Pieces of the
 * largest size come from a {@link FramePool} if there is one. Only a record that is larger than a piece gets one of its
 * own size. Owned by one thread at a time.
 */
final class FrameSegments {

    /** Eight HTTP/2 data frames of the usual size, and a quarter of G1's smallest humongous array. */
    static final int LARGEST = 128 << 10;

    private static final int SMALLEST = 128;

    private final @Nullable FramePool pool;
    private final int spare;
    private final List<ByteBuffer> pieces = new ArrayList<>(12);
    /** Those of {@link #pieces} that the pool gets back. */
    private final List<ByteBuffer> pooled = new ArrayList<>(12);

    private ByteBuffer current;

    /**
     * @param start    bytes left free at the beginning, for a header
     * @param expected size of all of it, as far as known; it may become more or less
     * @param spare    room always left behind what is reserved
     */
    FrameSegments(int start, int expected, int spare, @Nullable FramePool pool) {
        this.pool = pool;
        this.spare = spare;
        this.current = piece(Math.max(start + spare, Math.min(Math.max(expected, SMALLEST), LARGEST)));
        current.position(start);
        pieces.add(current);
    }

    /** One piece that is complete. */
    FrameSegments(byte[] bytes) {
        this.pool = null;
        this.spare = 0;
        this.current = ByteBuffer.wrap(bytes).position(bytes.length);
        pieces.add(current);
    }

    /** Where to write the next bytes, with room for that many in one piece. */
    ByteBuffer reserve(int bytes) {
        if (current.remaining() < bytes + spare) {
            current = piece(Math.max(bytes + spare, Math.min(2 * current.capacity(), LARGEST)));
            pieces.add(current);
        }
        return current;
    }

    private ByteBuffer piece(int bytes) {
        if (pool == null || bytes != LARGEST) {
            return ByteBuffer.allocate(bytes);
        }
        ByteBuffer piece = pool.take();
        pooled.add(piece);
        return piece;
    }

    /** The piece in which everything begins. */
    ByteBuffer first() {
        return pieces.get(0);
    }

    /** What is written, to be read; changes to the buffers change nothing here. */
    List<ByteBuffer> buffers() {
        List<ByteBuffer> buffers = new ArrayList<>(pieces.size());
        for (ByteBuffer piece : pieces) {
            buffers.add(piece.duplicate().flip());
        }
        return buffers;
    }

    boolean hasPooled() {
        return !pooled.isEmpty();
    }

    /** Nobody reads this any more, and nobody may from now on. */
    void release() {
        if (pool != null) {
            pooled.forEach(pool::release);
        }
        pooled.clear();
        pieces.clear();
    }

    void writeTo(OutputStream target, int from) throws IOException {
        byte[] chunk = new byte[8192];
        int skip = from;
        for (ByteBuffer buffer : buffers()) {
            int skipped = Math.min(skip, buffer.remaining());
            buffer.position(skipped);
            skip -= skipped;
            while (buffer.hasRemaining()) {
                int n = Math.min(chunk.length, buffer.remaining());
                buffer.get(chunk, 0, n);
                target.write(chunk, 0, n);
            }
        }
    }

    byte[] toByteArray(int from) {
        List<ByteBuffer> buffers = buffers();
        byte[] all = new byte[buffers.stream().mapToInt(ByteBuffer::remaining).sum()];
        ByteBuffer target = ByteBuffer.wrap(all);
        buffers.forEach(target::put);
        return from == 0 ? all : Arrays.copyOfRange(all, from, all.length);
    }
}
