package io.fenceline.s2.http;

import io.fenceline.s2.ServerError;
import io.fenceline.s2.wire.ReadDecoder;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.s2.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.jspecify.annotations.Nullable;

/** A read session over HTTP/2. What is granted becomes the stream's flow-control window; nothing else is granted. */
final class Http2ReadExchange extends SessionExchange implements ReadExchange, ReadDecoder.Sink {

    private final ReadDecoder decoder;
    private final Listener listener;

    private final Object grants = new Object();
    // guarded by grants
    private @Nullable CapacityChannel window;
    private int notYetGranted;
    private long granted = INITIAL_GRANT;

    // I/O thread only
    private long received;
    /** Bytes of the body that belong to what was handed over. */
    private long used;

    /** @param contentType of a successful answer */
    Http2ReadExchange(
            Origin origin,
            ConnectionPool pool,
            RequestHead head,
            String contentType,
            ReadDecoder decoder,
            Listener listener) {
        super(origin, pool, head, contentType, listener);
        this.decoder = decoder;
        this.listener = listener;
    }

    // ------------------------------------------------------------------ grants

    @Override
    public void grant(int bytes) {
        synchronized (grants) {
            granted += bytes;
            notYetGranted += bytes;
            passOn();
        }
    }

    /** The library calls this with every frame while less than half of the first grant is left, so before that is used up. */
    @Override
    public void updateCapacity(CapacityChannel channel) {
        synchronized (grants) {
            window = channel;
            passOn();
        }
    }

    private void passOn() {
        CapacityChannel open = window;
        if (open == null || notYetGranted == 0 || isOver()) {
            return;
        }
        int bytes = notYetGranted;
        notYetGranted = 0;
        try {
            open.update(bytes);
        } catch (IOException e) {
            // the connection is gone, which its own thread will say
        }
    }

    private long granted() {
        synchronized (grants) {
            return granted;
        }
    }

    // ------------------------------------------------------------------ the request: a head only

    @Override
    protected long bodyLength() {
        return 0;
    }

    @Override
    public int available() {
        return 0;
    }

    @Override
    public void produce(DataStreamChannel channel) {}

    @Override
    protected boolean isRequestSent() {
        return true;
    }

    // ------------------------------------------------------------------ the response

    @Override
    protected void onSessionBody(ByteBuffer source) throws WireFormatException {
        received += source.remaining();
        decoder.decode(source, this);
        long usedNow = received - decoder.pendingBytes();
        boolean starved = decoder.pendingBytes() > 0 && received == granted();
        if ((usedNow > used || starved) && !isAborted() && !isOver()) {
            int bytes = (int) (usedNow - used);
            used = usedNow;
            listener.onUsed(bytes, starved);
        }
    }

    @Override
    protected boolean isComplete() {
        return decoder.isComplete();
    }

    // ------------------------------------------------------------------ what the decoder finds

    @Override
    public void onRecords(List<SequencedRecord> records) {
        if (!isAborted()) {
            listener.onRecords(records);
        }
    }

    @Override
    public void onTail(StreamPosition tail) {
        if (!isAborted()) {
            listener.onTail(tail);
        }
    }

    @Override
    public void onHeartbeat(StreamPosition tail) {
        if (!isAborted()) {
            listener.onHeartbeat(tail);
        }
    }

    /** A read session never ends by itself, so a service that waits for what is under way would wait for ever. */
    @Override
    public void onReconnectAdvised() {
        onGoingAway();
    }

    @Override
    public void onError(ServerError error) {
        reject(error);
    }
}
