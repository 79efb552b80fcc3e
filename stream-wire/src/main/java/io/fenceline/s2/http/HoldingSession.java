package io.fenceline.s2.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;

/**
 * An I/O session that holds what is written back for a while, so that much of it goes to the kernel in one call.
 *
 * <p>Rests on how the library asks for output: whoever has written asks to be called when the socket can take more, and
 * only takes that back ({@link #clearEvent}) when there is nothing left to write. Then what is held goes out; as long as
 * the socket does not take all of it the request stands.
 *
 * <p>Threads as of any session: writes and events under its lock.
 */
abstract class HoldingSession extends ForwardingSession {

    HoldingSession(IOSession session) {
        super(session);
    }

    /** Lets out what is held; called under the lock. True if the socket took everything. */
    abstract boolean flush() throws IOException;

    @Override
    public void clearEvent(int op) {
        getLock().lock();
        try {
            if ((op & SelectionKey.OP_WRITE) == 0 || flush()) {
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
            if (isOpen()) {
                flush();
            }
        } catch (IOException e) {
            // what is left for a peer that is gone
        } finally {
            getLock().unlock();
        }
    }
}
