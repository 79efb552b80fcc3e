package io.fenceline.benchmarks;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.RecordDraft;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Fills streams with records nobody can compress, without headers, as an application's own records may be. */
final class StreamFiller {

    private static final int POOL_BYTES = 4 << 20;
    private static final int IN_FLIGHT = 4;

    private StreamFiller() {}

    static void fill(S2ClientConfig config, String prefix, int streams, int each, int size) {
        byte[] pool = new byte[POOL_BYTES + size];
        new Random(1).nextBytes(pool);
        RecordDraft draft = new RecordDraft();
        try (S2Client client = new S2Client(config);
                ProgressTicker ignored = ProgressTicker.on("filling the streams")) {
            for (int i = 0; i < streams; i++) {
                String stream = prefix + i;
                client.createStream(stream).join();
                ArrayDeque<CompletableFuture<?>> sent = new ArrayDeque<>();
                int made = 0;
                while (made < each) {
                    AppendBatch batch =
                            new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, AppendBatch.MAX_METERED_BYTES);
                    while (made < each) {
                        draft.reset().timestamp(1_700_000_000_000L).body(pool, (int) (made * 31L % POOL_BYTES), size);
                        if (!batch.tryAdd(draft)) {
                            break;
                        }
                        made++;
                    }
                    sent.add(client.append(stream, batch.freeze(OptionalLong.empty(), null)));
                    if (sent.size() > IN_FLIGHT) {
                        sent.remove().join();
                    }
                }
                sent.forEach(CompletableFuture::join);
            }
        }
    }
}
