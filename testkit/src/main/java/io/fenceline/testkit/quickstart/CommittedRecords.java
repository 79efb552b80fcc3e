package io.fenceline.testkit.quickstart;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Follows all topics whose names begin alike, those that appear later too, and counts what readers see of them.
 * Thread-safe.
 */
final class CommittedRecords implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String prefix;
    private final Set<TopicPartition> followed = new HashSet<>();
    private long count;
    private boolean closed;

    private CommittedRecords(KafkaConsumer<byte[], byte[]> consumer, String prefix) {
        this.consumer = consumer;
        this.prefix = prefix;
    }

    /** @param committed without records of transactions that are open or were aborted */
    static CommittedRecords of(String bootstrapServers, String prefix, boolean committed) {
        return new CommittedRecords(
                new KafkaConsumer<>(
                        Map.of(
                                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                bootstrapServers,
                                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                                committed ? "read_committed" : "read_uncommitted",
                                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                                "false",
                                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                                "5000",
                                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                                "50",
                                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                                "none"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer()),
                prefix);
    }

    /** How many there are by now. */
    synchronized long count() {
        read(Duration.ofMillis(150), record -> {});
        return count;
    }

    /** Every committed record, in order per partition, up to the end at the time of the call. */
    static void forEach(String bootstrapServers, String prefix, Consumer<ConsumerRecord<byte[], byte[]>> action) {
        try (CommittedRecords all = of(bootstrapServers, prefix, true)) {
            all.readToEnd(action);
        }
    }

    /** How many records lie in the topics that a {@code read_committed} reader does not see. */
    static long aborted(String bootstrapServers, String prefix, long committed) {
        try (CommittedRecords all = of(bootstrapServers, prefix, false)) {
            all.readToEnd(record -> {});
            return all.count - committed;
        }
    }

    private synchronized void readToEnd(Consumer<ConsumerRecord<byte[], byte[]>> action) {
        follow();
        Map<TopicPartition, Long> ends = consumer.endOffsets(followed);
        long deadline = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("topics " + prefix + "… cannot be read to their end within three minutes");
            }
            read(Duration.ofMillis(200), action);
        }
    }

    private void read(Duration wait, Consumer<ConsumerRecord<byte[], byte[]>> action) {
        if (closed) {
            return;
        }
        follow();
        if (followed.isEmpty()) {
            return;
        }
        ConsumerRecords<byte[], byte[]> records = consumer.poll(wait);
        while (!records.isEmpty()) {
            records.forEach(action);
            count += records.count();
            records = consumer.poll(Duration.ZERO);
        }
    }

    private void follow() {
        List<TopicPartition> fresh = new ArrayList<>();
        consumer.listTopics().forEach((topic, partitions) -> {
            if (topic.startsWith(prefix)) {
                partitions.stream()
                        .map(partition -> new TopicPartition(topic, partition.partition()))
                        .filter(followed::add)
                        .forEach(fresh::add);
            }
        });
        if (!fresh.isEmpty()) {
            Collection<TopicPartition> all = List.copyOf(followed);
            consumer.assign(all);
            consumer.seekToBeginning(fresh);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        consumer.close();
    }
}
