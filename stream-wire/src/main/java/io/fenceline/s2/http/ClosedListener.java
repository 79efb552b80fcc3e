package io.fenceline.s2.http;

import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.IOSessionListener;

/** Hears that a connection is closed, whichever side closed it. Called on an I/O thread. */
final class ClosedListener implements IOSessionListener {

    private final Runnable closed;

    ClosedListener(Runnable closed) {
        this.closed = closed;
    }

    @Override
    public void disconnected(IOSession session) {
        closed.run();
    }

    @Override
    public void connected(IOSession session) {}

    @Override
    public void startTls(IOSession session) {}

    @Override
    public void inputReady(IOSession session) {}

    @Override
    public void outputReady(IOSession session) {}

    @Override
    public void timeout(IOSession session) {}

    @Override
    public void exception(IOSession session, Exception cause) {}
}
