package io.fenceline.s2.http;

import io.fenceline.s2.wire.ReadDecoder;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.s2.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * A read session over HTTP/2. What is granted becomes the stream's flow-control window as far as {@link ReadWindow} says;
 * nothing else is granted to the peer.
 */
final class Http2ReadExchange extends SessionExchange implements ReadExchange, ReadDecoder.Sink {

    /** What a run of records takes beside them: the lists and entries in which they wait. */
    private static final int RUN_BYTES = 160;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ReadDecoder decoder;
    private final Listener listener;

    /**
     * Whose turn it is to decode: the I/O thread's as bytes arrive, or that of whoever grants what was lacking. Never held
     * while the connection is used.
     */
    private final Object turn = new Object();
    // guarded by turn
    private final ReadWindow memory = new ReadWindow(INITIAL_GRANT);
    /** Arrived, and held up because memory lacked. */
    private final ArrayDeque<ByteBuffer> heldUp = new ArrayDeque<>();

    private boolean inside;
    private boolean recordsFound;
    private long neededAsSaid;

    private final Object grants = new Object();
    // guarded by grants
    private @Nullable CapacityChannel window;
    private int notYetGranted;

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
        int widened;
        try {
            synchronized (turn) {
                memory.grant(bytes);
                widened = decoder.lackingRoom() > 0 ? takeIn(NOTHING) : memory.widen(decoder.missingBytes(), true);
            }
        } catch (WireFormatException e) {
            fail(e);
            return;
        }
        widen(widened);
    }

    private void widen(int bytes) {
        if (bytes > 0) {
            synchronized (grants) {
                notYetGranted += bytes;
                passOn();
            }
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
        int widened;
        synchronized (turn) {
            memory.arrived(source.remaining());
            widened = takeIn(source);
        }
        widen(widened);
    }

    /** Decodes what has arrived for as long as there is memory for it; returns by how much the window is to be widened. */
    private int takeIn(ByteBuffer source) throws WireFormatException {
        int bytes = source.remaining();
        long used = 0;
        if (decoder.lackingRoom() > 0) {
            used += decode(NOTHING);
        }
        while (decoder.lackingRoom() == 0 && !heldUp.isEmpty() && !isOver()) {
            used += decode(heldUp.getFirst());
            if (!heldUp.getFirst().hasRemaining()) {
                heldUp.removeFirst();
            }
        }
        if (decoder.lackingRoom() == 0 && heldUp.isEmpty() && !isOver()) {
            used += decode(source);
        }
        if (source.hasRemaining()) {
            heldUp.addLast(ByteBuffer.allocate(source.remaining()).put(source).flip());
        }
        if (isAborted() || isOver()) {
            return 0;
        }
        int missing = decoder.missingBytes();
        long lacking = decoder.lackingRoom();
        // what is held up comes first: a wider window would take its room
        int widened = lacking > 0 ? 0 : memory.widen(missing, false);
        boolean nowInside = decoder.pendingBytes() > 0 || !heldUp.isEmpty();
        boolean enough = !decoder.mayExpand();
        if (lacking == 0 && nowInside && memory.isShortOf(missing)) {
            lacking = memory.lacking(missing, !enough);
        }
        if (bytes > 0 || nowInside != inside) {
            inside = nowInside;
            listener.onReceived(bytes, inside);
        }
        long needed = lacking > 0 ? memory.granted() + lacking : 0;
        boolean news = needed > 0 && needed != neededAsSaid;
        neededAsSaid = needed;
        if (used > 0 || news) {
            listener.onUsed(used, needed, enough);
        }
        return widened;
    }

    /** Returns what it has used up. */
    private long decode(ByteBuffer source) throws WireFormatException {
        int before = source.remaining() + decoder.pendingBytes();
        int reach = memory.reach();
        recordsFound = false;
        decoder.decode(source, memory.room(), reach, this);
        int wireBytes = before - source.remaining() - decoder.pendingBytes();
        long used = memory.decoded(wireBytes, decoder.handedOverBytes() + (recordsFound ? RUN_BYTES : 0));
        if (recordsFound && decoder.mayExpand()) {
            memory.unit(used);
        }
        return used;
    }

    /** If what was held up is left behind then the session has ended for its reader all the same: it goes on in another. */
    @Override
    protected boolean isComplete() {
        synchronized (turn) {
            return decoder.isComplete() || decoder.lackingRoom() > 0;
        }
    }

    // ------------------------------------------------------------------ what the decoder finds

    @Override
    public void onRecords(List<SequencedRecord> records) {
        recordsFound = true;
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
        onGoAway();
    }

    @Override
    public void onError(ServerError error) {
        reject(error);
    }
}
