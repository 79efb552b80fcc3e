package io.fenceline.s2.http;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;

/**
 * One append session on the wire: a request body of frames, a response body of acks, on a connection of its own.
 * It knows no retries and no conditions: what it is given it sends in order, what it reads it hands over in order.
 *
 * <p>Methods return at once and may be called from any one thread at a time. Exactly one of {@link SessionListener#onRejected},
 * {@link SessionListener#onEnded} and {@link SessionListener#onBroken} is called, last, unless {@link #abort} came first.
 */
public interface AppendExchange {

    /** Queues a frozen batch for writing. Bytes may leave the process at any moment from the start of this call. */
    void send(AppendBatch batch);

    /** Ends the request body behind everything sent so far; the remaining acks still arrive. */
    void end();

    /** Cuts the exchange; the connection is discarded. No callback follows once this returned, except one under way. */
    void abort();

    /** Called on a transport thread; must not block. */
    interface Listener extends SessionListener {

        /** One ack frame. With {@code reconnectAdvised} the service asks to move to a new connection. */
        void onAck(AppendAck ack, boolean reconnectAdvised);

        /**
         * The peer asked to move to a new connection without saying so on an ack (HTTP/2 GOAWAY). What was sent is still
         * answered. Called at most once.
         */
        @Override
        void onReconnectAdvised();
    }
}
