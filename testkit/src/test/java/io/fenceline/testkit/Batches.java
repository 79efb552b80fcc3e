package io.fenceline.testkit;

import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Frozen batches for tests. */
final class Batches {

    private Batches() {}

    static AppendBatch at(long position, String... bodies) {
        return frozen(OptionalLong.of(position), null, bodies);
    }

    static AppendBatch frozen(OptionalLong position, @Nullable FencingToken token, String... bodies) {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 256);
        RecordDraft draft = new RecordDraft();
        for (String body : bodies) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            if (!batch.tryAdd(draft.reset().timestamp(1).body(bytes, 0, bytes.length))) {
                throw new IllegalArgumentException("does not fit");
            }
        }
        return batch.freeze(position, token);
    }

    /** One record that fills a batch to the brim. */
    static AppendBatch largestAt(long position) {
        int size = AppendBatch.MAX_METERED_BYTES - 8;
        return at(position, "x".repeat(size));
    }

    /** 900 records of 1 KiB, all with the same {@link #noise}. */
    static AppendBatch noiseAt(long position, int seed, FramePool frames) {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 1 << 20, frames);
        RecordDraft draft = new RecordDraft();
        byte[] body = noise(seed);
        for (int i = 0; i < 900; i++) {
            if (!batch.tryAdd(draft.reset().timestamp(1).body(body, 0, body.length))) {
                throw new IllegalArgumentException("does not fit");
            }
        }
        return batch.freeze(OptionalLong.of(position), null);
    }

    static byte[] noise(int seed) {
        byte[] bytes = new byte[1024];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static AppendRecord record(String body) {
        return new AppendRecord(1L, List.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }
}
