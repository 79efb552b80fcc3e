package io.fenceline.append.machine;

import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.RecordDraft;
import java.nio.charset.StandardCharsets;

/** Batches of numbered records. */
public final class NumberedBatches {

    private NumberedBatches() {}

    /** Records with the bodies {@code firstId}, {@code firstId + 1}, … */
    public static AppendBatch of(int firstId, int records) {
        AppendBatch batch = new AppendBatch(1000, 1 << 20, 256);
        RecordDraft draft = new RecordDraft();
        for (int i = 0; i < records; i++) {
            byte[] body = Integer.toString(firstId + i).getBytes(StandardCharsets.US_ASCII);
            if (!batch.tryAdd(draft.reset().body(body, 0, body.length))) {
                throw new IllegalArgumentException("too many records for one batch");
            }
        }
        return batch;
    }
}
