package io.fenceline.s2.http;

import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;

/**
 * One read session on the wire, on a connection of its own. It knows no retries and no continuity: what it reads it hands
 * over in order. What it is granted is memory: for what the service may send, for what has arrived and is not decoded, and
 * for what records take beyond their bytes once they are. So what is granted and not yet used up, and what was used up and
 * is still held, bound what this process has to hold. What does not fit stays as it arrived until more is granted.
 *
 * <p>Methods return at once and may be called from any thread. Exactly one of {@link SessionListener#onRejected},
 * {@link SessionListener#onEnded} and {@link SessionListener#onBroken} is called, last, unless {@link #abort} came first.
 */
public interface ReadExchange {

    /** Bytes that a new exchange is granted without being asked. */
    int INITIAL_GRANT = ConnectionPool.INITIAL_WINDOW_BYTES;

    /** Lets the exchange take {@code bytes} more of memory. What was held up is handed over by the calling thread. */
    void grant(int bytes);

    /** Cuts the exchange; the connection is discarded. No callback follows once this returned, except one under way. */
    void abort();

    /** Called on a transport thread, or in {@link #grant}, one call after the other; must not block. */
    interface Listener extends SessionListener {

        /**
         * Bytes of the body have arrived, whether or not anything is complete with them.
         *
         * @param inside the session is inside a record (or an event, or a compressed frame): its rest comes over this session
         *               or all of it again. Also said when that changes and nothing has arrived
         */
        void onReceived(int bytes, boolean inside);

        /** Records in stream order, commands among them. */
        void onRecords(List<SequencedRecord> records);

        /** The stream's tail as the service knew it when it sent the records before. */
        void onTail(StreamPosition tail);

        /** Nothing below {@code tail} will come any more: it was delivered before, or it is gone. */
        void onHeartbeat(StreamPosition tail);

        /**
         * What was granted has been used up by this much; follows the callbacks above.
         *
         * @param heldBytes memory of what was handed over since the last call, and no less than its bytes on the wire
         * @param needed    0, or: nothing more comes before all that was granted, the initial grant among it, is at least so
         *                  much
         * @param enough    and that is enough for what comes next
         */
        void onUsed(long heldBytes, long needed, boolean enough);
    }
}
