package io.fenceline.s2.http;

import io.fenceline.s2.ServerError;
import io.fenceline.s2.wire.ReadDecoder;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.s2.wire.WireFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.jspecify.annotations.Nullable;

/** A read session over HTTP/2. What is granted becomes the stream's flow-control window; nothing else is granted. */
final class Http2ReadExchange extends Exchange implements ReadExchange, ReadDecoder.Sink {

    private static final int MAX_ERROR_BODY_BYTES = 8 << 10;

    private final String contentType;
    private final ReadDecoder decoder;
    private final Listener listener;
    private volatile boolean aborted;

    private final Object grants = new Object();
    // guarded by grants
    private @Nullable CapacityChannel window;
    private int notYetGranted;
    private long granted = INITIAL_GRANT;

    // I/O thread only
    private boolean reconnectAdvised;
    private int status;
    private long retryAfterMillis;
    private long received;
    /** Bytes of the body that belong to what was handed over. */
    private long used;

    private final ByteArrayOutputStream errorBody = new ByteArrayOutputStream();

    /** @param contentType of a successful answer */
    Http2ReadExchange(
            Origin origin,
            ConnectionPool pool,
            RequestHead head,
            String contentType,
            ReadDecoder decoder,
            Listener listener) {
        super(origin, pool, head);
        this.contentType = contentType;
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
    public void abort() {
        aborted = true;
        end(false);
    }

    // ------------------------------------------------------------------ the response

    @Override
    protected void onResponse(HttpResponse response, boolean more) throws IOException {
        status = response.getCode();
        retryAfterMillis = UnaryExchange.retryAfterMillis(response);
        if (status != 200) {
            return;
        }
        Header type = response.getFirstHeader("content-type");
        if (type == null || type.getValue() == null || !type.getValue().startsWith(contentType)) {
            throw broken(new WireFormatException(
                    "answer to a read session is " + (type == null ? "untyped" : type.getValue())));
        }
        if (!aborted) {
            listener.onEstablished();
        }
    }

    @Override
    protected void onBody(ByteBuffer source) throws IOException {
        if (status != 200) {
            byte[] chunk = new byte[Math.min(source.remaining(), MAX_ERROR_BODY_BYTES - errorBody.size())];
            source.get(chunk);
            source.position(source.limit());
            errorBody.write(chunk, 0, chunk.length);
            return;
        }
        received += source.remaining();
        try {
            decoder.decode(source, this);
        } catch (WireFormatException e) {
            throw broken(e);
        }
        long usedNow = received - decoder.pendingBytes();
        boolean starved = decoder.pendingBytes() > 0 && received == granted();
        if ((usedNow > used || starved) && !aborted && !isOver()) {
            int bytes = (int) (usedNow - used);
            used = usedNow;
            listener.onUsed(bytes, starved);
        }
    }

    @Override
    protected void onResponseEnd() {
        if (status != 200) {
            reject(ServerError.parse(status, errorBody.toByteArray(), retryAfterMillis));
        } else if (!decoder.isComplete()) {
            fail(new ConnectionClosedException("the response ended in the middle of the session"));
        } else if (end(!reconnectAdvised) && !aborted) {
            listener.onEnded();
        }
    }

    private void reject(ServerError error) {
        if (error.code().equals("server_draining")) {
            pool.evictIdle();
        }
        if (end(false) && !aborted) {
            listener.onRejected(error);
        }
    }

    /** Ends the exchange before the library hears of it: it would end it too, and with less to say. */
    private WireFormatException broken(WireFormatException cause) {
        fail(cause);
        return cause;
    }

    @Override
    protected void onFailure(TransportFailure failure) {
        if (!aborted) {
            listener.onBroken(failure);
        }
    }

    // ------------------------------------------------------------------ what the decoder finds

    @Override
    public void onRecords(List<SequencedRecord> records) {
        if (!aborted) {
            listener.onRecords(records);
        }
    }

    @Override
    public void onTail(StreamPosition tail) {
        if (!aborted) {
            listener.onTail(tail);
        }
    }

    @Override
    public void onHeartbeat(StreamPosition tail) {
        if (!aborted) {
            listener.onHeartbeat(tail);
        }
    }

    @Override
    public void onReconnectAdvised() {
        onGoingAway();
    }

    /** A read session never ends by itself, so a service that waits for what is under way would wait for ever. */
    @Override
    protected void onGoingAway() {
        pool.evictIdle();
        if (!reconnectAdvised && !aborted) {
            reconnectAdvised = true;
            listener.onReconnectAdvised();
        }
    }

    @Override
    public void onError(ServerError error) {
        reject(error);
    }
}
