package io.fenceline.s2.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * An I/O session that hands several HTTP/2 frames to the kernel at once. The library writes each frame, 16 KiB of data
 * with most servers, by itself; on a fast network the system calls cost more than everything else a record goes through
 * here.
 *
 * <p>For connections with TLS, whose records these frames are; without it see {@link GatheringSession}.
 *
 * <p>Rests on how the library asks for output: whoever has written asks to be called when the socket can take more, and
 * only takes that back ({@link #clearEvent}) when there is nothing left to write. Then what is held goes out; as long as
 * the socket does not take all of it the request stands. Small writes go through at once while nothing is held. The
 * buffer is borrowed for as long as something is in it.
 *
 * <p>Threads as of any session: writes and events under its lock.
 */
final class CoalescingSession extends ForwardingSession {

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
                flush(buffer);
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
    public void clearEvent(int op) {
        getLock().lock();
        try {
            if ((op & SelectionKey.OP_WRITE) == 0) {
                super.clearEvent(op);
            } else if (isEmpty() || flush(held)) {
                giveBack();
                super.clearEvent(op);
            }
        } catch (IOException e) {
            // reaches the handler as a failed write does, and the session is closed
            throw new UncheckedIOException(e.getMessage(), e);
        } finally {
            getLock().unlock();
        }
    }

    @Override
    public void close() {
        close(CloseMode.GRACEFUL);
    }

    @Override
    public void close(CloseMode mode) {
        if (mode == CloseMode.GRACEFUL) {
            flushQuietly();
        }
        super.close(mode);
    }

    private void flushQuietly() {
        getLock().lock();
        try {
            if (!isEmpty() && isOpen()) {
                flush(held);
            }
        } catch (IOException e) {
            // a farewell to a peer that is gone
        } finally {
            getLock().unlock();
        }
    }

    private void giveBack() {
        ByteBuffer buffer = held;
        if (buffer != null) {
            held = null;
            buffers.giveBack(buffer);
        }
    }

    private boolean isEmpty() {
        return held == null || held.position() == 0;
    }

    /** True if the socket took everything. */
    private boolean flush(@Nullable ByteBuffer buffer) throws IOException {
        if (buffer == null) {
            return true;
        }
        buffer.flip();
        try {
            super.write(buffer);
        } finally {
            buffer.compact();
        }
        return buffer.position() == 0;
    }
}
