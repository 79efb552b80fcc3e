package io.fenceline.append;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.ReadBatch;
import java.util.concurrent.CompletableFuture;

/** One stream reached through an {@link S2Client}. Any thread. */
public final class S2StreamAccess implements StreamAccess {

    private final S2Client client;
    private final String stream;

    public S2StreamAccess(S2Client client, String stream) {
        this.client = client;
        this.stream = stream;
    }

    @Override
    public String name() {
        return stream;
    }

    @Override
    public AppendExchange openAppend(AppendExchange.Listener listener) {
        return client.openAppend(stream, listener);
    }

    @Override
    public CompletableFuture<ReadBatch> read(long seqNum, int count, int bytes) {
        return client.read(stream, seqNum, count, bytes);
    }
}
