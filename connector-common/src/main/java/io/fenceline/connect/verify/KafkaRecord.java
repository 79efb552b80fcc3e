package io.fenceline.connect.verify;

import io.fenceline.connect.UserHeader;
import io.fenceline.connect.s2.StoredRecord;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is compared of a Kafka record.
 *
 * @param timestamp null if the record has none
 */
record KafkaRecord(
        long offset,
        @Nullable Long timestamp,
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<UserHeader> headers) {

    /** The object, its boxed numbers, its list of headers, and its entry in a map. */
    private static final long RECORD_BYTES = 192;

    /** The object and its place in the list, which may have grown by half. */
    private static final long HEADER_BYTES = 24 + 6;

    private static final long ARRAY_BYTES = 16;

    /** A part of a record that can differ. */
    enum Part {
        TIMESTAMP,
        KEY,
        VALUE,
        HEADERS
    }

    /**
     * What the record takes of the heap, at least: the JVM's share of the record, of its arrays and of each header is often
     * more than their bytes.
     */
    long heapBytes() {
        long bytes = RECORD_BYTES + arrayBytes(key) + arrayBytes(value);
        for (UserHeader header : headers) {
            bytes += HEADER_BYTES + arrayBytes(header.name()) + arrayBytes(header.value());
        }
        return bytes;
    }

    private static long arrayBytes(byte @Nullable [] array) {
        return array == null ? 0 : (ARRAY_BYTES + array.length + 7L) & ~7L;
    }

    /** The parts in which the stream's record is not this one. */
    Set<Part> differencesFrom(StoredRecord stored) {
        Set<Part> differences = EnumSet.noneOf(Part.class);
        if (!Objects.equals(timestamp, stored.timestamp())) {
            differences.add(Part.TIMESTAMP);
        }
        if (!Arrays.equals(key, stored.key())) {
            differences.add(Part.KEY);
        }
        if (!Arrays.equals(value, stored.value())) {
            differences.add(Part.VALUE);
        }
        if (!headers.equals(stored.headers())) {
            differences.add(Part.HEADERS);
        }
        return differences;
    }
}
