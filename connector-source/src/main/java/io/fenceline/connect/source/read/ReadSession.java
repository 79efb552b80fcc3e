package io.fenceline.connect.source.read;

import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A read exchange as its reader sees it: what it reports arrives on the task thread in pieces, and nothing arrives any more
 * once the reader has dropped it. Methods belong to the task thread; the callbacks to the transport's.
 */
final class ReadSession implements ReadExchange.Listener {

    /**
     * What arrived together.
     *
     * @param heartbeat nothing below it comes any more, and nothing above it is among {@code records}; null if not said
     * @param tail      the stream's tail, if it was said
     * @param bytes     what it takes of the memory granted to the session
     * @param needed    0, or: nothing more comes before {@link #granted} is so much
     * @param enough    and that is enough for what comes next
     */
    record Piece(
            List<SequencedRecord> records,
            @Nullable StreamPosition heartbeat,
            @Nullable StreamPosition tail,
            long bytes,
            long needed,
            boolean enough) {

        private boolean isMereHeartbeat() {
            return records.isEmpty() && heartbeat != null && needed == 0;
        }
    }

    /** Whom the reports are for; called on the task thread. */
    interface Owner {

        void onEstablished();

        /** The stream's tail as the service has just said it, ahead of the piece that has it. On a transport thread. */
        void onTailHeard(long seqNum);

        void onPiece(Piece piece);

        void onReconnectAdvised();

        void onRejected(ServerError error);

        void onEnded();

        void onBroken(TransportFailure failure);
    }

    /**
     * So many bytes are a sign of life though nothing is complete with them: a record of the largest size comes in the time of
     * {@link ReadPolicy#silenceLimit} only over a link of 50 kB/s, and slower ones deliver, too.
     */
    static final int LEAST_HEARD_BYTES = 1 << 10;

    private final PollInbox inbox;
    private final LongSupplier nanoTime;
    private final Owner owner;
    private final ReadExchange exchange;
    private boolean dropped;
    /** Granted, and not arrived or not reported yet. */
    private long outstanding = ReadExchange.INITIAL_GRANT;
    /** In all. */
    private long granted = ReadExchange.INITIAL_GRANT;

    /** Pieces and other events on their way to the task thread, in order; its own lock. */
    private final ArrayDeque<Object> news = new ArrayDeque<>();

    /** Written by the transport: when something complete was last heard, or enough of something that is not. */
    private volatile long heardAt;

    /** Written by the transport: it has begun something that came in part. */
    private volatile boolean inside;

    // transport thread only
    /** Arrived since {@link #heardAt}. */
    private long heardBytes;

    private List<SequencedRecord> records = List.of();
    private @Nullable StreamPosition heartbeat;
    private @Nullable StreamPosition tail;

    ReadSession(
            SourceBasin basin, String stream, ReadStart start, PollInbox inbox, LongSupplier nanoTime, Owner owner) {
        this.inbox = inbox;
        this.nanoTime = nanoTime;
        this.owner = owner;
        this.heardAt = nanoTime.getAsLong();
        this.exchange = basin.openRead(stream, start, this);
    }

    void grant(int bytes) {
        outstanding += bytes;
        granted += bytes;
        exchange.grant(bytes);
    }

    long outstanding() {
        return outstanding;
    }

    long granted() {
        return granted;
    }

    long heardAt() {
        return heardAt;
    }

    /** To drop it now would bring what has arrived of a record once more. */
    boolean isInside() {
        return inside;
    }

    /** Ends it at once; the reader hears nothing of it any more. */
    void drop() {
        dropped = true;
        exchange.abort();
    }

    // ------------------------------------------------------------------ reports, on a transport thread or in grant()

    @Override
    public void onEstablished() {
        heard();
        report(owner::onEstablished);
    }

    @Override
    public void onRecords(List<SequencedRecord> more) {
        if (heartbeat != null) {
            // records behind a heartbeat are another piece
            flush(0, 0, true);
        }
        if (records.isEmpty()) {
            records = more;
        } else {
            List<SequencedRecord> all = new ArrayList<>(records.size() + more.size());
            all.addAll(records);
            all.addAll(more);
            records = all;
        }
    }

    @Override
    public void onTail(StreamPosition position) {
        tail = position;
        owner.onTailHeard(position.seqNum());
    }

    @Override
    public void onHeartbeat(StreamPosition position) {
        heartbeat = position;
        tail = position;
        owner.onTailHeard(position.seqNum());
    }

    /** A slow link is no silence, but a peer that keeps us waiting with a byte now and then is. */
    @Override
    public void onReceived(int bytes, boolean insideNow) {
        inside = insideNow;
        heardBytes += bytes;
        if (heardBytes >= LEAST_HEARD_BYTES) {
            heard();
        }
    }

    private void heard() {
        heardAt = nanoTime.getAsLong();
        heardBytes = 0;
    }

    @Override
    public void onUsed(long heldBytes, long needed, boolean enough) {
        if (!records.isEmpty() || heartbeat != null || tail != null) {
            heard();
        }
        flush(heldBytes, needed, enough);
    }

    private void flush(long bytes, long needed, boolean enough) {
        Piece piece = new Piece(records, heartbeat, tail, bytes, needed, enough);
        records = List.of();
        heartbeat = null;
        tail = null;
        report(piece);
    }

    @Override
    public void onReconnectAdvised() {
        report(owner::onReconnectAdvised);
    }

    @Override
    public void onRejected(ServerError error) {
        handOverRest();
        report(() -> owner.onRejected(error));
    }

    @Override
    public void onEnded() {
        handOverRest();
        report(owner::onEnded);
    }

    @Override
    public void onBroken(TransportFailure failure) {
        handOverRest();
        report(() -> owner.onBroken(failure));
    }

    /** What was decoded together with the end. */
    private void handOverRest() {
        if (!records.isEmpty() || heartbeat != null) {
            flush(0, 0, true);
        }
    }

    /** The reader may not look for days, while its connector is paused: of heartbeats in a row one is kept. */
    private void report(Piece piece) {
        Piece merged = piece;
        boolean announced;
        synchronized (news) {
            announced = !news.isEmpty();
            if (news.peekLast() instanceof Piece last && last.isMereHeartbeat() && piece.isMereHeartbeat()) {
                news.removeLast();
                merged = new Piece(List.of(), piece.heartbeat(), piece.tail(), last.bytes() + piece.bytes(), 0, true);
            }
            news.addLast(merged);
        }
        if (!announced) {
            inbox.post(this::deliver);
        }
    }

    private void report(Runnable event) {
        boolean announced;
        synchronized (news) {
            announced = !news.isEmpty();
            news.addLast(event);
        }
        if (!announced) {
            inbox.post(this::deliver);
        }
    }

    /** On the task thread: whoever made the queue non-empty has posted this, so nothing is left behind. */
    private void deliver() {
        List<Object> all;
        synchronized (news) {
            all = new ArrayList<>(news);
            news.clear();
        }
        for (Object each : all) {
            if (dropped) {
                return;
            }
            if (each instanceof Piece piece) {
                outstanding -= piece.bytes();
                owner.onPiece(piece);
            } else {
                ((Runnable) each).run();
            }
        }
    }
}
