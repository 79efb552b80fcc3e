package io.fenceline.benchmarks;

import io.fenceline.s2.ReadStart;
import io.fenceline.s2.ReadTransport;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream from its beginning and stays with it; what was used up is granted again at once. Called on a transport
 * thread; any end before {@link #close} is a failure.
 */
abstract class StreamFollower implements ReadExchange.Listener, AutoCloseable {

    /** Beside the initial grant; as much as a source gives one stream of its own. */
    private static final int GRANT_BYTES = 8 << 20;

    private volatile @Nullable ReadExchange exchange;

    abstract void fail(String why);

    final void begin(S2Client client, String stream, ReadTransport transport) {
        ReadExchange opened = client.openRead(stream, new ReadStart.At(0), transport, this);
        exchange = opened;
        opened.grant(GRANT_BYTES);
    }

    @Override
    public final void close() {
        ReadExchange opened = exchange;
        if (opened != null) {
            opened.abort();
        }
    }

    @Override
    public final void onEstablished() {}

    @Override
    public final void onTail(StreamPosition tail) {}

    @Override
    public final void onHeartbeat(StreamPosition tail) {}

    @Override
    public final void onReceived(int bytes, boolean inside) {}

    /** What was handed over is dropped at once. */
    @Override
    public final void onUsed(long heldBytes, long needed, boolean enough) {
        ReadExchange opened = exchange;
        if (opened != null && heldBytes > 0) {
            opened.grant((int) heldBytes);
        }
    }

    @Override
    public final void onReconnectAdvised() {}

    @Override
    public final void onRejected(ServerError error) {
        fail(error.describe());
    }

    @Override
    public final void onEnded() {
        fail("the service ended the session");
    }

    @Override
    public final void onBroken(TransportFailure broken) {
        fail(broken.message());
    }
}
