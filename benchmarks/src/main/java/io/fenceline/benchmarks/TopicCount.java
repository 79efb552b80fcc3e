package io.fenceline.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Counts what a {@code read_committed} reader of a topic with one partition gets. By offsets alone the markers of small transactions
 * would count as records. Not thread-safe.
 */
final class TopicCount implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private long count;

    TopicCount(String bootstrapServers, String topic) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        "5000"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** @param wait for the first of what is new */
    long after(Duration wait) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(wait);
        while (!records.isEmpty()) {
            count += records.count();
            records = consumer.poll(Duration.ZERO);
        }
        return count;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
