package io.fenceline.s2.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.GatheringByteChannel;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.ProtocolIOSession;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.reactor.ssl.SSLSessionInitializer;
import org.apache.hc.core5.reactor.ssl.SSLSessionVerifier;
import org.apache.hc.core5.reactor.ssl.TlsDetails;
import org.apache.hc.core5.util.Timeout;

/**
 * What the HTTP/2 library writes to on a connection without TLS: it keeps data frames as references to the memory they
 * came in, and hands many of them to the kernel in one call, so that nothing copies them on the way. The library sees a
 * {@link GatheringByteChannel} and leaves out its own buffer. What is small, or not data, is copied.
 */
final class GatheringSession extends HoldingSession implements ProtocolIOSession, GatheringByteChannel {

    /** Frames go out together up to that many bytes. */
    static final int HELD_BYTES = 256 << 10;

    static final int SMALL_BYTES = 2 << 10;

    private final ProtocolIOSession session;
    private final GatheringByteChannel socket;
    private final OutputMeter meter;

    /** What is held, from {@link #first} to before {@link #end}. */
    private ByteBuffer[] held = new ByteBuffer[8];

    private int first;
    private int end;
    private long heldBytes;

    GatheringSession(ProtocolIOSession session, GatheringByteChannel socket, OutputMeter meter) {
        super(session);
        this.session = session;
        this.socket = socket;
        this.meter = meter;
    }

    /** Takes a frame's head and its payload: all of it, or nothing while the socket does not take what is held. */
    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        getLock().lock();
        try {
            if (heldBytes >= HELD_BYTES) {
                flush();
                if (heldBytes >= HELD_BYTES) {
                    return 0;
                }
            }
            long taken = 0;
            for (int i = offset; i < offset + length; i++) {
                taken += hold(sources[i]);
            }
            meter.take(taken);
            return taken;
        } finally {
            getLock().unlock();
        }
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    /** What the library had to keep in its own buffer, behind everything that is held. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        getLock().lock();
        try {
            return flush() ? super.write(source) : 0;
        } finally {
            getLock().unlock();
        }
    }

    private int hold(ByteBuffer source) {
        int bytes = source.remaining();
        if (bytes == 0) {
            return 0;
        }
        ByteBuffer mine = source.duplicate();
        if (bytes < SMALL_BYTES) {
            mine = ByteBuffer.allocate(bytes).put(mine).flip();
        }
        source.position(source.limit());
        if (end == held.length) {
            makeRoom();
        }
        held[end++] = mine;
        heldBytes += bytes;
        return bytes;
    }

    private void makeRoom() {
        int count = end - first;
        ByteBuffer[] target = count > held.length / 2 ? new ByteBuffer[2 * held.length] : held;
        System.arraycopy(held, first, target, 0, count);
        Arrays.fill(target, count, Math.max(count, Math.min(end, target.length)), null);
        held = target;
        first = 0;
        end = count;
    }

    @Override
    boolean flush() throws IOException {
        while (heldBytes > 0) {
            long n = socket.write(held, first, end - first);
            if (n <= 0) {
                return false;
            }
            heldBytes -= n;
            meter.depart(n);
            while (first < end && !held[first].hasRemaining()) {
                held[first++] = null;
            }
        }
        first = 0;
        end = 0;
        return true;
    }

    @Override
    public void setEvent(int op) {
        getLock().lock();
        try {
            // whoever asked first has woken the selector, and what was asked for stands until it is cleared
            if (!isAskedFor(op)) {
                super.setEvent(op);
            }
        } finally {
            getLock().unlock();
        }
    }

    private boolean isAskedFor(int op) {
        try {
            return (getEventMask() & op) == op;
        } catch (CancelledKeyException closed) {
            return false;
        }
    }

    @Override
    public NamedEndpoint getInitialEndpoint() {
        return session.getInitialEndpoint();
    }

    @Override
    public void startTls(
            SSLContext context,
            NamedEndpoint endpoint,
            SSLBufferMode bufferMode,
            SSLSessionInitializer initializer,
            SSLSessionVerifier verifier,
            Timeout handshakeTimeout) {
        throw new UnsupportedOperationException("what is held would go out unencrypted");
    }

    @Override
    public TlsDetails getTlsDetails() {
        return session.getTlsDetails();
    }
}
