package io.fenceline.s2.http;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.Lock;
import jdk.net.ExtendedSocketOptions;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.Command;
import org.apache.hc.core5.reactor.IOEventHandler;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * An I/O session that acknowledges what it reads at once (TCP_QUICKACK). Servers that leave Nagle's algorithm on hold
 * back each small frame, so each append ack, until the previous one is acknowledged, and the kernel delays that by
 * 40 ms. The option does not last, so it is set after each read. Where the platform lacks it, reads stay as they are.
 */
final class QuickAckSession implements IOSession {

    private static final @Nullable SocketOption<Boolean> QUICKACK = quickAckOption();

    private final IOSession session;
    private final @Nullable SocketChannel socket;
    private boolean unsupported;

    QuickAckSession(IOSession session) {
        this.session = session;
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
        int n = session.read(target);
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

    @Override
    public int write(ByteBuffer source) throws IOException {
        return session.write(source);
    }

    @Override
    public String getId() {
        return session.getId();
    }

    @Override
    public IOEventHandler getHandler() {
        return session.getHandler();
    }

    @Override
    public void upgrade(IOEventHandler handler) {
        session.upgrade(handler);
    }

    @Override
    public Lock getLock() {
        return session.getLock();
    }

    @Override
    public void enqueue(Command command, Command.Priority priority) {
        session.enqueue(command, priority);
    }

    @Override
    public boolean hasCommands() {
        return session.hasCommands();
    }

    @Override
    public Command poll() {
        return session.poll();
    }

    @Override
    public ByteChannel channel() {
        return session.channel();
    }

    @Override
    public SocketAddress getRemoteAddress() {
        return session.getRemoteAddress();
    }

    @Override
    public SocketAddress getLocalAddress() {
        return session.getLocalAddress();
    }

    @Override
    public int getEventMask() {
        return session.getEventMask();
    }

    @Override
    public void setEventMask(int ops) {
        session.setEventMask(ops);
    }

    @Override
    public void setEvent(int op) {
        session.setEvent(op);
    }

    @Override
    public void clearEvent(int op) {
        session.clearEvent(op);
    }

    @Override
    public boolean isOpen() {
        return session.isOpen();
    }

    @Override
    public void close() {
        session.close();
    }

    @Override
    public void close(CloseMode mode) {
        session.close(mode);
    }

    @Override
    public Status getStatus() {
        return session.getStatus();
    }

    @Override
    public Timeout getSocketTimeout() {
        return session.getSocketTimeout();
    }

    @Override
    public void setSocketTimeout(Timeout timeout) {
        session.setSocketTimeout(timeout);
    }

    @Override
    public long getLastReadTime() {
        return session.getLastReadTime();
    }

    @Override
    public long getLastWriteTime() {
        return session.getLastWriteTime();
    }

    @Override
    public long getLastEventTime() {
        return session.getLastEventTime();
    }

    @Override
    public void updateReadTime() {
        session.updateReadTime();
    }

    @Override
    public void updateWriteTime() {
        session.updateWriteTime();
    }

    @Override
    public String toString() {
        return session.toString();
    }
}
