package io.fenceline.s2.wire;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes written once and kept in pieces, each twice as large as the one before, up to a limit. What is written is never
 * moved, so growing costs nothing, and no piece is as large as half a region of the G1 collector: an array of that size
 * is an allocation of its own kind there, and one for every batch keeps the collector marking all the time. Only a
 * record that is larger than a piece gets one of its own size. Owned by one thread at a time.
 */
final class FrameSegments {

    /** Eight HTTP/2 data frames of the usual size, and a quarter of G1's smallest humongous array. */
    static final int LARGEST = 128 << 10;

    private static final int SMALLEST = 128;

    private final List<byte[]> full = new ArrayList<>(12);
    /** Bytes in use of the pieces in {@link #full}. */
    private final List<Integer> lengths = new ArrayList<>(12);

    private final int spare;
    private byte[] current;
    /** Where {@link #out} begins in the current piece. */
    private int start;

    private CodedOutputStream out;

    /**
     * @param start    bytes left free at the beginning, for a header
     * @param expected size of all of it, as far as known; it may become more or less
     * @param spare    room always left behind what is reserved
     */
    FrameSegments(int start, int expected, int spare) {
        this.spare = spare;
        this.current = new byte[Math.max(start + spare, Math.min(Math.max(expected, SMALLEST), LARGEST))];
        this.start = start;
        this.out = CodedOutputStream.newInstance(current, start, current.length - start);
    }

    /** One piece that is complete. */
    FrameSegments(byte[] bytes) {
        this.spare = 0;
        this.current = bytes;
        this.start = bytes.length;
        this.out = CodedOutputStream.newInstance(current, start, 0);
    }

    /** Where to write the next bytes, with room for that many in one piece. */
    CodedOutputStream reserve(int bytes) {
        if (out.spaceLeft() < bytes + spare) {
            full.add(current);
            lengths.add(used());
            current = new byte[Math.max(bytes + spare, Math.min(2 * current.length, LARGEST))];
            start = 0;
            out = CodedOutputStream.newInstance(current);
        }
        return out;
    }

    /** The piece in which everything begins. */
    byte[] first() {
        return full.isEmpty() ? current : full.get(0);
    }

    List<ByteBuffer> buffers() {
        List<ByteBuffer> buffers = new ArrayList<>(full.size() + 1);
        for (int i = 0; i < full.size(); i++) {
            buffers.add(ByteBuffer.wrap(full.get(i), 0, lengths.get(i)));
        }
        buffers.add(ByteBuffer.wrap(current, 0, used()));
        return buffers;
    }

    void writeTo(OutputStream target, int from) throws IOException {
        int skip = from;
        for (ByteBuffer buffer : buffers()) {
            int skipped = Math.min(skip, buffer.remaining());
            target.write(buffer.array(), skipped, buffer.remaining() - skipped);
            skip -= skipped;
        }
    }

    byte[] toByteArray(int from) {
        List<ByteBuffer> buffers = buffers();
        byte[] all = new byte[buffers.stream().mapToInt(ByteBuffer::remaining).sum()];
        ByteBuffer target = ByteBuffer.wrap(all);
        buffers.forEach(target::put);
        return from == 0 ? all : Arrays.copyOfRange(all, from, all.length);
    }

    private int used() {
        return start + out.getTotalBytesWritten();
    }
}
