package io.fenceline.s2;

import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.StreamPosition;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One basin of S2: unary calls and append exchanges. Never retries. Any thread may call; futures complete on a transport
 * thread, so what is chained to them must not block. Every failed future fails with an {@link S2Exception}.
 */
public final class S2Client implements AutoCloseable {

    private final S2ClientConfig config;

    public S2Client(S2ClientConfig config) {
        this.config = config;
    }

    /** Appends a frozen batch; the answer is the ack, a 412 is a {@link ServerError}. */
    public CompletableFuture<AppendAck> append(String stream, AppendBatch frozen) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads from a position without waiting; at most 1000 records and 1 MiB come back. A position at or above the tail
     * is a 416 whose {@link ServerError#tail} says where the tail is.
     */
    public CompletableFuture<ReadBatch> read(String stream, long seqNum, int count, int bytes) {
        throw new UnsupportedOperationException();
    }

    /** The durable tail. */
    public CompletableFuture<StreamPosition> checkTail(String stream) {
        throw new UnsupportedOperationException();
    }

    /** Creates the stream with the basin's defaults; false, and nothing changed, if it exists. */
    public CompletableFuture<Boolean> createStream(String stream) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<StreamConfig> streamConfig(String stream) {
        throw new UnsupportedOperationException();
    }

    /** The stream's entry in the basin's listing, empty if there is none. */
    public CompletableFuture<Optional<StreamInfo>> streamInfo(String stream) {
        throw new UnsupportedOperationException();
    }

    /** Succeeds if the basin can be reached with these credentials. */
    public CompletableFuture<Void> ping() {
        throw new UnsupportedOperationException();
    }

    /** Starts an append exchange on a connection of its own; it may be given batches at once. */
    public AppendExchange openAppend(String stream, AppendExchange.Listener listener) {
        throw new UnsupportedOperationException();
    }

    /** Basin and endpoint, for messages; no secrets. */
    public String describeTarget() {
        return "basin " + config.basin() + " at " + Endpoint.parse(config.basinEndpoint(), config.basin());
    }

    /** Cuts what is still under way and stops the transport threads. */
    @Override
    public void close() {}
}
