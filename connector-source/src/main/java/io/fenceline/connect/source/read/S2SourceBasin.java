package io.fenceline.connect.source.read;

import io.fenceline.s2.ReadStart;
import io.fenceline.s2.ReadTransport;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.StreamPage;
import io.fenceline.s2.http.ReadExchange;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** {@link SourceBasin} over an {@link S2Client}, which it closes. */
public final class S2SourceBasin implements SourceBasin {

    private final S2Client client;
    private final ReadTransport transport;

    public S2SourceBasin(S2Client client, ReadTransport transport) {
        this.client = client;
        this.transport = transport;
    }

    @Override
    public ReadExchange openRead(String stream, ReadStart start, ReadExchange.Listener listener) {
        return client.openRead(stream, start, transport, listener);
    }

    @Override
    public CompletableFuture<Optional<StreamInfo>> streamInfo(String stream) {
        return client.streamInfo(stream);
    }

    @Override
    public CompletableFuture<StreamPage> listStreams(String prefix, String startAfter) {
        return client.listStreams(prefix, startAfter);
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
