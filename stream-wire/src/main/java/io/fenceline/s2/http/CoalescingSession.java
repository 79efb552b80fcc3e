package io.fenceline.s2.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * An I/O session that hands several HTTP/2 frames to the kernel at once. The library writes each frame, 16 KiB of data
 * with most servers, by itself; on a fast network the system calls cost more than everything else a record goes through
 * here.
 *
 * <p>For connections with TLS, whose records these frames are; without it see {@link GatheringSession}.
 *
 * <p>Small writes go through at once while nothing is held. The buffer is borrowed for as long as something is in it.
 */
final class CoalescingSession extends HoldingSession {

    private static final int FRAME_BYTES = 9 + (16 << 10);
    static final int BUFFER_BYTES = 8 * FRAME_BYTES;
    static final int SMALL_BYTES = 2 << 10;

    private final SendBuffers buffers;
    /** Null while nothing is held. */
    private @Nullable ByteBuffer held;

    /** @param buffers of {@link #BUFFER_BYTES} */
    CoalescingSession(IOSession session, SendBuffers buffers) {
        super(session);
        this.buffers = buffers;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        getLock().lock();
        try {
            if (source.remaining() < SMALL_BYTES && isEmpty()) {
                return super.write(source);
            }
            ByteBuffer buffer = held;
            if (buffer == null) {
                // direct: the JDK would copy from the heap once more
                buffer = buffers.take();
                held = buffer;
            }
            if (source.remaining() > buffer.remaining()) {
                drain(buffer);
            }
            int taken = Math.min(source.remaining(), buffer.remaining());
            int end = source.limit();
            source.limit(source.position() + taken);
            buffer.put(source);
            source.limit(end);
            return taken;
        } finally {
            getLock().unlock();
        }
    }

    @Override
    boolean flush() throws IOException {
        ByteBuffer buffer = held;
        if (buffer == null) {
            return true;
        }
        if (!drain(buffer)) {
            return false;
        }
        held = null;
        buffers.release(buffer);
        return true;
    }

    private boolean isEmpty() {
        return held == null || held.position() == 0;
    }

    /** True if the socket took everything. */
    private boolean drain(ByteBuffer buffer) throws IOException {
        buffer.flip();
        try {
            super.write(buffer);
        } finally {
            buffer.compact();
        }
        return buffer.position() == 0;
    }
}
