package io.fenceline.connect.source.s2;

import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.read.StreamReaders.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Records that carry a position and nothing else: Connect stores offsets only with records, so where a stream stands would be
 * forgotten while it is quiet, or while a transform drops all of its records. As in the records of streams, keys are bytes and
 * values what {@link S2SourceConfig#VALUE_TYPE} says, so that the connector's converters take both.
 *
 * <p>Owned by the task thread; {@link #onStored} may come from a producer's thread.
 */
final class Heartbeats {

    private final String basin;
    private final String topic;
    private final ValueType type;
    private final Duration interval;
    private final LongSupplier nanoTime;
    private final Map<Map<String, ?>, Map<String, ?>> stored = new ConcurrentHashMap<>();
    private final Map<String, Position> sent = new HashMap<>();
    private long dueAt;

    Heartbeats(String basin, String topic, ValueType type, Duration interval, LongSupplier nanoTime) {
        this.basin = basin;
        this.topic = topic;
        this.type = type;
        this.interval = interval;
        this.nanoTime = nanoTime;
        this.dueAt = nanoTime.getAsLong() + interval.toNanos();
    }

    /** Kafka has a record, and Connect stores this offset with it. */
    void onStored(SourceRecord record) {
        stored.put(record.sourcePartition(), record.sourceOffset());
    }

    /** Nanoseconds until the next are due. */
    long idleFor() {
        return Math.max(0, dueAt - nanoTime.getAsLong());
    }

    /** A record for each position that is not stored yet, if the time has come. */
    List<SourceRecord> due(List<Position> positions) {
        if (nanoTime.getAsLong() - dueAt < 0) {
            return List.of();
        }
        dueAt = nanoTime.getAsLong() + interval.toNanos();
        List<SourceRecord> records = new ArrayList<>();
        forgetAllBut(positions);
        for (Position position : positions) {
            Map<String, String> partition = new StreamPartition(basin, position.stream()).toMap();
            Map<String, Object> offset = offset(position.seqNum(), position.createdAt());
            if (!offset.equals(stored.get(partition)) && !position.equals(sent.put(position.stream(), position))) {
                records.add(new SourceRecord(
                        partition,
                        offset,
                        topic,
                        null,
                        Schema.BYTES_SCHEMA,
                        (basin + "/" + position.stream()).getBytes(StandardCharsets.UTF_8),
                        valueSchema(),
                        value(String.valueOf(position.seqNum()))));
            }
        }
        return records;
    }

    /** Streams come and go; what a producer says of one that is gone is forgotten the next time. */
    private void forgetAllBut(List<Position> positions) {
        Set<String> names = new HashSet<>();
        Set<Map<String, String>> partitions = new HashSet<>();
        for (Position position : positions) {
            names.add(position.stream());
            partitions.add(new StreamPartition(basin, position.stream()).toMap());
        }
        sent.keySet().retainAll(names);
        stored.keySet().retainAll(partitions);
    }

    private static Map<String, Object> offset(long seqNum, @Nullable Instant createdAt) {
        return new SourceOffset(seqNum, createdAt).toMap();
    }

    private Schema valueSchema() {
        return type == ValueType.STRING ? Schema.STRING_SCHEMA : Schema.BYTES_SCHEMA;
    }

    private Object value(String text) {
        return type == ValueType.STRING ? text : text.getBytes(StandardCharsets.UTF_8);
    }
}
