package io.fenceline.connect.sink.claim;

import io.fenceline.s2.NewStreamConfig;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.StreamPosition;
import java.util.concurrent.CompletableFuture;

/** A basin reached through an {@link S2Client}, which it owns. */
public final class S2BasinAccess implements BasinAccess {

    private final S2Client client;
    private final NewStreamConfig newStreams;

    /** @param newStreams what every stream gets that is created by way of this */
    public S2BasinAccess(S2Client client, NewStreamConfig newStreams) {
        this.client = client;
        this.newStreams = newStreams;
    }

    @Override
    public CompletableFuture<AppendAck> append(String stream, AppendBatch frozen) {
        return client.append(stream, frozen);
    }

    @Override
    public CompletableFuture<ReadBatch> read(String stream, long seqNum, int count, int bytes) {
        return client.read(stream, seqNum, count, bytes);
    }

    @Override
    public CompletableFuture<StreamPosition> checkTail(String stream) {
        return client.checkTail(stream);
    }

    @Override
    public CompletableFuture<Boolean> createStream(String stream) {
        return client.createStream(stream, newStreams);
    }

    @Override
    public CompletableFuture<StreamConfig> streamConfig(String stream) {
        return client.streamConfig(stream);
    }

    @Override
    public AppendExchange openAppend(String stream, AppendExchange.Listener listener) {
        return client.openAppend(stream, listener);
    }

    @Override
    public String describeTarget() {
        return client.describeTarget();
    }

    @Override
    public void close() {
        client.close();
    }
}
