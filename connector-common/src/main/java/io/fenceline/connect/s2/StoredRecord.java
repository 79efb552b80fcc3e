package io.fenceline.connect.s2;

import io.fenceline.connect.RecordId;
import io.fenceline.connect.UserHeader;
import io.fenceline.s2.wire.Header;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record read from S2, with what {@link StreamRecordForm} put into its headers taken apart again. A record that does not begin
 * with a {@code kafka.id} of ours is someone else's: it has no id, no key and no timestamp, and its headers stay as they are.
 *
 * @param id        null for a record of another writer
 * @param timestamp Kafka's timestamp; null if the record had none
 * @param key       null if the record had none
 * @param value     null for a tombstone
 */
public record StoredRecord(
        @Nullable RecordId id,
        @Nullable Long timestamp,
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<UserHeader> headers) {

    /** Takes the headers and body of a data record apart; the arrays are shared, not copied. */
    public static StoredRecord of(List<Header> headers, byte[] body) {
        RecordOrigin origin = RecordOrigin.of(headers);
        if (origin == null) {
            return new StoredRecord(null, null, null, body, userHeaders(headers, 0, false));
        }
        int next = RecordOrigin.isNamed(headers, 1, StreamHeaders.TIMESTAMP) ? 2 : 1;
        byte[] key = null;
        if (RecordOrigin.isNamed(headers, next, StreamHeaders.KEY)) {
            key = headers.get(next).value();
            next++;
        }
        byte[] value = body;
        if (RecordOrigin.isNamed(headers, next, StreamHeaders.NULL_VALUE)) {
            value = null;
            next++;
        }
        return new StoredRecord(origin.id(), origin.timestamp(), key, value, userHeaders(headers, next, true));
    }

    private static List<UserHeader> userHeaders(List<Header> headers, int from, boolean withNullMarkers) {
        if (from >= headers.size()) {
            return List.of();
        }
        List<UserHeader> user = new ArrayList<>(headers.size() - from);
        for (Header header : headers.subList(from, headers.size())) {
            boolean marksNull = withNullMarkers && Arrays.equals(header.name(), StreamHeaders.NULL_HEADER);
            user.add(marksNull ? new UserHeader(header.value(), null) : new UserHeader(header.name(), header.value()));
        }
        return List.copyOf(user);
    }
}
