package io.fenceline.connect.source.s2;

import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/** Judges {@code PATCH} and {@code DELETE /connectors/…/offsets}; Connect itself stores what passes. */
final class OffsetRequest {

    private static final String FORM = "expected {\"offsets\":[{\"partition\":" + StreamPartition.FORM + ",\"offset\":"
            + SourceOffset.FORM + "}]}, or \"offset\":null for a reset";

    private OffsetRequest() {}

    /** @throws ConnectException if an offset would not be understood, or would be stored for nobody to find */
    static void check(S2SourceConfig config, Map<Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets) {
        offsets.forEach((partition, offset) -> {
            // a reset cleans up whatever is stored, under names of former configurations too
            if (offset != null) {
                check(config, partition, offset);
            }
        });
    }

    private static void check(S2SourceConfig config, @Nullable Map<String, ?> partition, Map<String, ?> offset) {
        if (partition == null) {
            throw refused("a partition is missing");
        }
        StreamPartition stream;
        try {
            stream = StreamPartition.decode(partition);
            SourceOffset.decode(offset);
        } catch (ConnectException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
        if (!stream.basin().equals(config.connection().basin())) {
            throw refused("'" + stream + "' is not in this connector's basin '"
                    + config.connection().basin() + "'");
        }
        if (!config.streams().includes(stream.stream())) {
            throw refused("'" + stream + "' is not one of this connector's streams");
        }
    }

    private static ConnectException refused(String what) {
        return new ConnectException("Offsets not changed: " + what + "; " + FORM);
    }
}
