package io.fenceline.s2.http;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpConnection;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.frame.FrameType;
import org.apache.hc.core5.http2.frame.RawFrame;
import org.apache.hc.core5.http2.impl.nio.H2StreamListener;
import org.jspecify.annotations.Nullable;

/**
 * Hears on one connection that the peer is going away (GOAWAY without an error) and tells the exchange that has the
 * connection. The library keeps that to itself, and it does not end our own streams the peer says it will not look at.
 * Frames pass on the connection's I/O thread; the exchange is set by any thread.
 */
final class GoAwayListener implements H2StreamListener {

    private volatile @Nullable Exchange exchange;

    // I/O thread only
    private int newestStream;

    /** Whoever uses the connection from now on; null while it is idle. */
    void tell(@Nullable Exchange user) {
        exchange = user;
    }

    @Override
    public void onFrameOutput(HttpConnection connection, int streamId, RawFrame frame) {
        if (frame.isType(FrameType.HEADERS)) {
            newestStream = streamId;
        }
    }

    @Override
    public void onFrameInput(HttpConnection connection, int streamId, RawFrame frame) {
        if (!frame.isType(FrameType.GOAWAY)) {
            return;
        }
        ByteBuffer payload = frame.getPayload();
        Exchange user = exchange;
        if (payload == null || payload.remaining() < 8 || user == null) {
            return;
        }
        int lastServedStream = payload.getInt(payload.position()) & Integer.MAX_VALUE;
        int code = payload.getInt(payload.position() + 4);
        // with an error code the library ends every stream by itself
        if (code == H2Error.NO_ERROR.getCode()) {
            user.goAwayReceived(newestStream <= lastServedStream);
        }
    }

    @Override
    public void onHeaderInput(HttpConnection connection, int streamId, List<? extends Header> headers) {}

    @Override
    public void onHeaderOutput(HttpConnection connection, int streamId, List<? extends Header> headers) {}

    @Override
    public void onInputFlowControl(HttpConnection connection, int streamId, int delta, int actualSize) {}

    @Override
    public void onOutputFlowControl(HttpConnection connection, int streamId, int delta, int actualSize) {}
}
