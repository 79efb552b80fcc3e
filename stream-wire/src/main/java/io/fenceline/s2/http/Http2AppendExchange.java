package io.fenceline.s2.http;

import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.S2sFrameReader;
import io.fenceline.s2.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * An append session over HTTP/2. Batches queue here and are pulled by the I/O thread as the connection takes them,
 * straight from the pieces of the batch's own frame.
 */
final class Http2AppendExchange extends SessionExchange implements AppendExchange {

    static final String CONTENT_TYPE = "s2s/proto";

    private final Listener listener;
    private final boolean compress;

    /** A batch to be written, or the rest of one. */
    private static final class Outgoing {
        final AppendBatch batch;
        final Deque<ByteBuffer> segments;
        /** Where its end is in the connection's output; known once all of it is handed over. */
        long mark;

        Outgoing(AppendBatch batch) {
            this.batch = batch;
            this.segments = new ArrayDeque<>(batch.segments());
        }
    }

    private final Queue<Outgoing> outgoing = new ConcurrentLinkedQueue<>();
    private volatile boolean endRequested;
    /** Null until the request has started; from then on the way to wake the I/O thread. */
    private volatile @Nullable DataStreamChannel channel;

    /** Set before the first {@link #produce}. */
    private volatile OutputMeter output = new OutputMeter();

    // I/O thread only
    private boolean requestEnded;
    /** Batches handed over in full of which the socket may not have taken everything. */
    private final Deque<Outgoing> departing = new ArrayDeque<>();

    private final S2sFrameReader frames = new S2sFrameReader();

    Http2AppendExchange(Origin origin, ConnectionPool pool, RequestHead head, boolean compress, Listener listener) {
        super(origin, pool, head, CONTENT_TYPE, listener);
        this.listener = listener;
        this.compress = compress;
    }

    @Override
    public void send(AppendBatch batch) {
        if (endRequested) {
            throw new IllegalStateException("the request body has ended");
        }
        if (compress) {
            batch.gzip();
        }
        batch.hold();
        outgoing.add(new Outgoing(batch));
        wake();
    }

    @Override
    public void end() {
        endRequested = true;
        wake();
    }

    /** A channel not seen here yet is seen by the first {@link #produce}, which looks at the queue after setting it. */
    private void wake() {
        DataStreamChannel open = channel;
        if (open != null && !isOver()) {
            open.requestOutput();
        }
    }

    @Override
    protected long bodyLength() {
        return -1;
    }

    @Override
    public int available() {
        if (requestEnded || isOver()) {
            return 0;
        }
        Outgoing next = outgoing.peek();
        return next != null ? next.segments.getFirst().remaining() : endRequested ? 1 : 0;
    }

    @Override
    public void produce(DataStreamChannel open) throws IOException {
        channel = open;
        for (Outgoing next = outgoing.peek(); next != null; next = outgoing.peek()) {
            if (!handOver(next.segments, open)) {
                return;
            }
            outgoing.remove();
            next.mark = output.mark();
            departing.add(next);
        }
        // looked at after the queue was found empty, so nothing sent before the end can be left behind
        if (endRequested && outgoing.isEmpty() && !requestEnded) {
            requestEnded = true;
            open.endStream();
        }
    }

    /** False if not everything was taken. Always leaves a segment in place of one that is not done. */
    private boolean handOver(Deque<ByteBuffer> segments, DataStreamChannel open) throws IOException {
        while (true) {
            ByteBuffer segment = segments.getFirst();
            while (segment.hasRemaining()) {
                if (isOver() || open.write(segment) == 0) {
                    return false;
                }
            }
            if (segments.size() == 1) {
                return true;
            }
            segments.removeFirst();
        }
    }

    /** Lets go of batches that nobody on this connection reads any more. */
    private void letGoOfDeparted() {
        for (Outgoing first = departing.peekFirst();
                first != null && output.hasDeparted(first.mark);
                first = departing.peekFirst()) {
            departing.removeFirst();
            first.batch.release();
        }
    }

    @Override
    protected void onConnected(Connection borrowed) {
        output = borrowed.output();
    }

    @Override
    protected boolean isRequestSent() {
        return requestEnded;
    }

    @Override
    protected void onSessionBody(ByteBuffer source) throws WireFormatException {
        for (S2sFrame frame = frames.read(source); frame != null && !isOver(); frame = frames.read(source)) {
            onFrame(frame);
        }
    }

    private void onFrame(S2sFrame frame) throws WireFormatException {
        if (frame.terminal()) {
            reject(frame.error());
        } else if (!isAborted()) {
            if (frame.reconnectAdvised()) {
                onAdvice();
            }
            letGoOfDeparted();
            listener.onAck(Messages.appendAck(frame.payload()), frame.reconnectAdvised());
        }
    }

    @Override
    protected boolean isComplete() {
        return !frames.isInsideFrame();
    }
}
