package io.fenceline.s2.http;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * An I/O session that acknowledges what it reads at once (TCP_QUICKACK). Servers that leave Nagle's algorithm on hold
 * back each small frame, so each append ack, until the previous one is acknowledged, and the kernel delays that by
 * 40 ms. The option does not last, so it is set after each read. Where the platform lacks it, reads stay as they are.
 */
final class QuickAckSession extends ForwardingSession {

    private static final @Nullable SocketOption<Boolean> QUICKACK = quickAckOption();

    private final @Nullable SocketChannel socket;
    private boolean unsupported;

    QuickAckSession(IOSession session) {
        super(session);
        this.socket = session.channel() instanceof SocketChannel channel ? channel : null;
    }

    private static @Nullable SocketOption<Boolean> quickAckOption() {
        try {
            return ExtendedSocketOptions.TCP_QUICKACK;
        } catch (LinkageError runtimeWithoutModule) {
            return null;
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int n = super.read(target);
        if (n > 0 && socket != null && QUICKACK != null && !unsupported) {
            try {
                socket.setOption(QUICKACK, true);
            } catch (UnsupportedOperationException e) {
                unsupported = true;
            } catch (IOException e) {
                // the socket is on its way out, the next read says so
            }
        }
        return n;
    }
}
