package io.fenceline.connect.source.read;

import io.fenceline.s2.ReadStart;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.StreamPage;
import io.fenceline.s2.http.ReadExchange;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What the source asks of S2, by stream name. Any thread may call; nothing blocks; futures fail with an
 * {@link io.fenceline.s2.S2Exception} and complete on any thread.
 */
public interface SourceBasin extends AutoCloseable {

    /** Starts a read session that follows the stream. */
    ReadExchange openRead(String stream, ReadStart start, ReadExchange.Listener listener);

    /** The stream's entry in the listing, empty if there is none. */
    CompletableFuture<Optional<StreamInfo>> streamInfo(String stream);

    /** A page of the listing behind {@code startAfter}. */
    CompletableFuture<StreamPage> listStreams(String prefix, String startAfter);

    /** Basin and endpoint, for messages; no secrets. */
    String describeTarget();

    @Override
    void close();
}
