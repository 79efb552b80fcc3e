package io.fenceline.connect.s2;

import io.fenceline.connect.DecimalDigits;
import io.fenceline.connect.RecordId;
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

    /** Null unless the first header is a readable {@code kafka.id}: somebody else wrote the record. */
    public static @Nullable RecordOrigin of(List<Header> headers) {
        if (!isNamed(headers, 0, StreamHeaders.ID)) {
            return null;
        }
        RecordId id = RecordId.parse(headers.get(0).value()).orElse(null);
        if (id == null) {
            return null;
        }
        if (!isNamed(headers, 1, StreamHeaders.TIMESTAMP)) {
            return new RecordOrigin(id, null);
        }
        String digits = new String(headers.get(1).value(), StandardCharsets.UTF_8);
        long timestamp = DecimalDigits.read(digits, 0, digits.length());
        return new RecordOrigin(id, timestamp < 0 ? null : timestamp);
    }

    static boolean isNamed(List<Header> headers, int index, byte[] name) {
        return index < headers.size() && Arrays.equals(headers.get(index).name(), name);
    }
}
