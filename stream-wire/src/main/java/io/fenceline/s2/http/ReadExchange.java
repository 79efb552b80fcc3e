package io.fenceline.s2.http;

import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;

/**
 * One read session on the wire, on a connection of its own. It knows no retries and no continuity: what it reads it hands
 * over in order. The service sends no more than it was granted, so what is granted and not yet used up bounds what this
 * process has to hold.
 *
 * <p>Methods return at once and may be called from any thread. Exactly one of {@link SessionListener#onRejected},
 * {@link SessionListener#onEnded} and {@link SessionListener#onBroken} is called, last, unless {@link #abort} came first.
 */
public interface ReadExchange {

    /** Bytes of body that a new exchange is granted without being asked. */
    int INITIAL_GRANT = ConnectionPool.INITIAL_WINDOW_BYTES;

    /** Lets the service send {@code bytes} more of the body. */
    void grant(int bytes);

    /** Cuts the exchange; the connection is discarded. No callback follows once this returned, except one under way. */
    void abort();

    /** Called on a transport thread; must not block. */
    interface Listener extends SessionListener {

        /** Records in stream order, commands among them. */
        void onRecords(List<SequencedRecord> records);

        /** The stream's tail as the service knew it when it sent the records before. */
        void onTail(StreamPosition tail);

        /** Nothing below {@code tail} will come any more: it was delivered before, or it is gone. */
        void onHeartbeat(StreamPosition tail);

        /**
         * What was granted has been used up by this much; follows the callbacks above.
         *
         * @param wireBytes bytes of the body that belong to what was handed over since the last call
         * @param starved   all that was granted has arrived and the last record of it is not complete: without another grant
         *                  nothing happens any more
         */
        void onUsed(int wireBytes, boolean starved);
    }
}
