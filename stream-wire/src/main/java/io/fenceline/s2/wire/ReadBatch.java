package io.fenceline.s2.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records in stream order (s2.proto {@code ReadBatch}); command records are among them.
 *
 * @param records possibly empty
 * @param tail    the stream's tail, where the service says it; null otherwise
 */
public record ReadBatch(
        List<SequencedRecord> records, @Nullable StreamPosition tail) {

    public ReadBatch {
        records = List.copyOf(records);
    }
}
