package io.fenceline.connect.source.sqs;

import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/** Judges {@code PATCH} and {@code DELETE /connectors/…/offsets} of an SQS source; Connect itself stores what passes. */
final class SlotRequest {

    private static final String FORM = "expected {\"offsets\":[{\"partition\":" + SlotOffsets.PARTITION_FORM
            + ",\"offset\":" + SlotOffsets.OFFSET_FORM + "}]}, or \"offset\":null to forget the slot";

    private SlotRequest() {}

    /** @throws ConnectException if an offset would not be understood, or would be stored for nobody to find */
    static void check(SqsSourceConfig config, Map<Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets) {
        offsets.forEach((partition, offset) -> {
            // a reset cleans up whatever is stored, that of queues which are read no more too
            if (offset != null) {
                check(config, partition, offset);
            }
        });
    }

    private static void check(SqsSourceConfig config, @Nullable Map<String, ?> partition, Map<String, ?> offset) {
        if (partition == null) {
            throw refused("a partition is missing");
        }
        SlotOffsets.Place place;
        try {
            place = SlotOffsets.place(partition);
            SlotOffsets.check(offset);
        } catch (ConnectException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
        if (!config.queues().includes(place.queue())) {
            throw refused("'" + place.queue() + "' is not one of this connector's queues "
                    + config.queues().identities());
        }
    }

    private static ConnectException refused(String what) {
        return new ConnectException("Offsets not changed: " + what + "; " + FORM);
    }
}
