package io.fenceline.append;

import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.ReadBatch;
import java.util.concurrent.CompletableFuture;

/** What a session needs of one stream. Called on the session loop; must not block. */
public interface StreamAccess {

    /** Name for logs and messages. */
    String name();

    /** Opens an exchange; events may arrive on any thread, also before this returns. */
    AppendExchange openAppend(AppendExchange.Listener listener);

    /** Reads at most {@code count} records and {@code bytes} metered bytes from {@code seqNum} on, without waiting for more. */
    CompletableFuture<ReadBatch> read(long seqNum, int count, int bytes);
}
