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

    private final Map<Integer, List<Entry>> partitions = new TreeMap<>();
    private final String topic;

    private TopicHistory(String topic) {
        this.topic = topic;
    }

    public static TopicHistory read(String bootstrapServers, String topic) {
        return read(bootstrapServers, topic, record -> true);
    }

    /** @param wanted false for records the connector is meant to leave out, such as those for the dead letter queue */
    public static TopicHistory read(
            String bootstrapServers, String topic, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
        TopicHistory history = new TopicHistory(topic);
        int partitions = forEach(bootstrapServers, topic, record -> {
            if (wanted.test(record)) {
                history.add(record);
            }
        });
        history.addPartitions(partitions);
        return history;
    }

    /** These records, in a topic of so many partitions. */
    static TopicHistory of(String topic, int partitions, List<ConsumerRecord<byte[], byte[]>> records) {
        TopicHistory history = new TopicHistory(topic);
        records.forEach(history::add);
        history.addPartitions(partitions);
        return history;
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        partitions
                .computeIfAbsent(record.partition(), p -> new ArrayList<>())
                .add(new Entry(record.offset(), Fingerprint.of(record)));
    }

    /** One without records has a history, too: nothing. */
    private void addPartitions(int count) {
        for (int partition = 0; partition < count; partition++) {
            partitions.computeIfAbsent(partition, p -> new ArrayList<>());
        }
    }

    /**
     * Every record of the topic up to the end at the time of the call, for tests that look at single records; gives back the
     * number of partitions.
     */
    public static int forEach(
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
            return all.size();
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
