package io.fenceline.connect.source.read;

import io.fenceline.s2.ReadStart;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.SequencedRecord;
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
     */
    record Piece(
            List<SequencedRecord> records,
            @Nullable StreamPosition heartbeat,
            @Nullable StreamPosition tail,
            int wireBytes,
            boolean starved) {

        private boolean isMereHeartbeat() {
            return records.isEmpty() && heartbeat != null && !starved;
        }
    }

    /** Whom the reports are for; called on the task thread. */
    interface Owner {

        void onEstablished();

        void onPiece(Piece piece);

        void onReconnectAdvised();

        void onRejected(ServerError error);

        void onEnded();

        void onBroken(TransportFailure failure);
    }

    private final PollInbox inbox;
    private final LongSupplier nanoTime;
    private final Owner owner;
    private final ReadExchange exchange;
    private boolean dropped;
    /** Granted, and not arrived or not reported yet. */
    private long outstanding = ReadExchange.INITIAL_GRANT;

    /** Pieces and other events on their way to the task thread, in order; its own lock. */
    private final ArrayDeque<Object> news = new ArrayDeque<>();

    /** Written by the transport: when something was last heard. */
    private volatile long heardAt;

    // transport thread only
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
        exchange.grant(bytes);
    }

    long outstanding() {
        return outstanding;
    }

    long heardAt() {
        return heardAt;
    }

    /** Ends it at once; the reader hears nothing of it any more. */
    void drop() {
        dropped = true;
        exchange.abort();
    }

    // ------------------------------------------------------------------ reports, on a transport thread

    @Override
    public void onEstablished() {
        heardAt = nanoTime.getAsLong();
        report(owner::onEstablished);
    }

    @Override
    public void onRecords(List<SequencedRecord> more) {
        if (heartbeat != null) {
            // records behind a heartbeat are another piece
            flush(0, false);
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
    }

    @Override
    public void onHeartbeat(StreamPosition position) {
        heartbeat = position;
        tail = position;
    }

    @Override
    public void onUsed(int wireBytes, boolean starved) {
        heardAt = nanoTime.getAsLong();
        flush(wireBytes, starved);
    }

    private void flush(int wireBytes, boolean starved) {
        Piece piece = new Piece(records, heartbeat, tail, wireBytes, starved);
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
            flush(0, false);
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
                merged = new Piece(
                        List.of(), piece.heartbeat(), piece.tail(), last.wireBytes() + piece.wireBytes(), false);
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
                outstanding -= piece.wireBytes();
                owner.onPiece(piece);
            } else {
                ((Runnable) each).run();
            }
        }
    }
}
