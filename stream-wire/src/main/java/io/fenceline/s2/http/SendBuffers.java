package io.fenceline.s2.http;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct buffers that connections borrow while they have something to send, so that idle ones hold none. About as many
 * are needed as there are I/O threads; more are made when sockets are slow, and not kept. Any thread.
 */
final class SendBuffers {

    private final int bytes;
    private final int keep;
    // guarded by this
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();

    SendBuffers(int bytes, int keep) {
        this.bytes = bytes;
        this.keep = keep;
    }

    /** An empty buffer. */
    ByteBuffer take() {
        synchronized (this) {
            ByteBuffer last = free.pollLast();
            if (last != null) {
                return last;
            }
        }
        return ByteBuffer.allocateDirect(bytes);
    }

    /** Takes back a buffer nobody else uses. */
    synchronized void release(ByteBuffer buffer) {
        if (free.size() < keep) {
            free.addLast(buffer.clear());
        }
    }
}
