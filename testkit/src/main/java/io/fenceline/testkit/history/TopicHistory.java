package io.fenceline.testkit.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a {@code read_committed} reader sees in a topic from its beginning to its end: per partition, in order. */
public final class TopicHistory {

    record Entry(long offset, Fingerprint fingerprint) {}

    private final Map<Integer, List<Entry>> partitions;
    private final String topic;

    private TopicHistory(String topic, Map<Integer, List<Entry>> partitions) {
        this.topic = topic;
        this.partitions = partitions;
    }

    public static TopicHistory read(String bootstrapServers, String topic) {
        return read(bootstrapServers, topic, record -> true);
    }

    /** @param wanted false for records the connector is meant to leave out, such as those for the dead letter queue */
    public static TopicHistory read(
            String bootstrapServers, String topic, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
        Map<Integer, List<Entry>> partitions = new TreeMap<>();
        forEach(bootstrapServers, topic, record -> {
            List<Entry> entries = partitions.computeIfAbsent(record.partition(), p -> new ArrayList<>());
            if (wanted.test(record)) {
                entries.add(new Entry(record.offset(), Fingerprint.of(record)));
            }
        });
        return new TopicHistory(topic, partitions);
    }

    /** Every record of the topic up to the end at the time of the call, for tests that look at single records. */
    public static void forEach(
            String bootstrapServers, String topic, java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> action) {
        Map<String, Object> config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            long deadline = System.nanoTime() + Duration.ofMinutes(3).toNanos();
            while (all.stream().anyMatch(tp -> consumer.position(tp) < Objects.requireNonNull(ends.get(tp)))) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("cannot read " + topic + " to its end within three minutes");
                }
                consumer.poll(Duration.ofMillis(200)).forEach(action);
            }
        }
    }

    public String topic() {
        return topic;
    }

    public long size() {
        return partitions.values().stream().mapToLong(List::size).sum();
    }

    Map<Integer, List<Entry>> partitions() {
        return partitions;
    }
}
