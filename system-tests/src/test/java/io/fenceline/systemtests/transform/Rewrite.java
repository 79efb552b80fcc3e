package io.fenceline.systemtests.transform;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.jspecify.annotations.Nullable;

/**
 * Replaces or drops sink records, as its settings say. Record-wise: no state between records.
 *
 * <ul>
 *   <li>{@code topic}: the new topic
 *   <li>{@code partition}: the new partition
 *   <li>{@code timestamp}: a number, {@code null}, or {@code now}
 *   <li>{@code forgetful}: makes the record with the short constructor, which does not take over where it came from
 *   <li>{@code drop.from}, {@code drop.to}: offsets that are dropped, the second not included
 * </ul>
 */
public final class Rewrite<R extends ConnectRecord<R>> implements Transformation<R> {

    private Map<String, ?> settings = Map.of();

    @Override
    public void configure(Map<String, ?> configs) {
        settings = Map.copyOf(configs);
    }

    @Override
    @SuppressWarnings("unchecked")
    public @Nullable R apply(R record) {
        if (!(record instanceof SinkRecord sunk)) {
            return record;
        }
        if (sunk.kafkaOffset() >= number("drop.from", Long.MAX_VALUE)
                && sunk.kafkaOffset() < number("drop.to", Long.MAX_VALUE)) {
            return null;
        }
        String topic = settings.containsKey("topic") ? setting("topic") : record.topic();
        int partition = (int) number("partition", record.kafkaPartition());
        if (settings.containsKey("forgetful")) {
            return (R) new SinkRecord(
                    topic,
                    partition,
                    sunk.keySchema(),
                    sunk.key(),
                    sunk.valueSchema(),
                    sunk.value(),
                    sunk.kafkaOffset(),
                    sunk.timestamp(),
                    sunk.timestampType(),
                    sunk.headers());
        }
        return record.newRecord(
                topic,
                partition,
                record.keySchema(),
                record.key(),
                record.valueSchema(),
                record.value(),
                timestamp(record.timestamp()),
                record.headers());
    }

    private @Nullable Long timestamp(@Nullable Long original) {
        if (!settings.containsKey("timestamp")) {
            return original;
        }
        return switch (setting("timestamp")) {
            case "null" -> null;
            case "now" -> System.currentTimeMillis();
            default -> Long.valueOf(setting("timestamp"));
        };
    }

    private String setting(String name) {
        return String.valueOf(settings.get(name));
    }

    private long number(String name, long otherwise) {
        return settings.containsKey(name) ? Long.parseLong(setting(name)) : otherwise;
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    @Override
    public void close() {}
}
