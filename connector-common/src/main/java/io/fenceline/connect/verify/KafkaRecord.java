package io.fenceline.connect.verify;

import io.fenceline.connect.StoredRecord;
import io.fenceline.connect.UserHeader;
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

    /** A part of a record that can differ. */
    enum Part {
        TIMESTAMP,
        KEY,
        VALUE,
        HEADERS
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
