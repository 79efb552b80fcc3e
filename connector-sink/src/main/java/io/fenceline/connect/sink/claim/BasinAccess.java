package io.fenceline.connect.sink.claim;

import io.fenceline.append.StreamAccess;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.StreamPosition;
import java.util.concurrent.CompletableFuture;

/**
 * What the sink asks of S2: unary calls and append exchanges, by stream name. Any thread may call; nothing blocks; futures
 * fail with an {@link io.fenceline.s2.S2Exception} and complete on any thread.
 */
public interface BasinAccess extends AutoCloseable {

    CompletableFuture<AppendAck> append(String stream, AppendBatch frozen);

    CompletableFuture<ReadBatch> read(String stream, long seqNum, int count, int bytes);

    /** The durable tail. */
    CompletableFuture<StreamPosition> checkTail(String stream);

    /** False if the stream exists already, with whatever configuration. */
    CompletableFuture<Boolean> createStream(String stream);

    CompletableFuture<StreamConfig> streamConfig(String stream);

    AppendExchange openAppend(String stream, AppendExchange.Listener listener);

    /** Basin and endpoint, for messages; no secrets. */
    String describeTarget();

    @Override
    void close();

    /** One stream, as an append session wants it. */
    default StreamAccess stream(String stream) {
        return new StreamAccess() {
            @Override
            public String name() {
                return stream;
            }

            @Override
            public AppendExchange openAppend(AppendExchange.Listener listener) {
                return BasinAccess.this.openAppend(stream, listener);
            }

            @Override
            public CompletableFuture<ReadBatch> read(long seqNum, int count, int bytes) {
                return BasinAccess.this.read(stream, seqNum, count, bytes);
            }
        };
    }
}
