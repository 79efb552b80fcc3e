package io.fenceline.connect;

import io.fenceline.s2.wire.Header;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a record on S2 came from, as its headers say.
 *
 * @param id        the Kafka record's coordinates
 * @param timestamp the Kafka record's timestamp in milliseconds, null if it had none
 */
public record RecordOrigin(RecordId id, @Nullable Long timestamp) {

    /** Null if the headers carry no readable {@code kafka.id}: somebody else wrote the record. */
    public static @Nullable RecordOrigin of(List<Header> headers) {
        RecordId id = null;
        Long timestamp = null;
        for (Header header : headers) {
            if (id == null && Arrays.equals(header.name(), ReservedHeaders.ID_BYTES)) {
                id = RecordId.parse(header.value()).orElse(null);
            } else if (timestamp == null && Arrays.equals(header.name(), ReservedHeaders.TIMESTAMP_BYTES)) {
                String digits = new String(header.value(), StandardCharsets.US_ASCII);
                long parsed = RecordId.parseDecimal(digits, 0, digits.length());
                timestamp = parsed < 0 ? null : Long.valueOf(parsed);
            }
        }
        return id == null ? null : new RecordOrigin(id, timestamp);
    }
}
