package io.fenceline.benchmarks;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * How long a record takes from just before its append to S2 is sent until a {@code read_committed} reader in the same JVM
 * has it, with one record every 20 ms.
 */
final class SourceLatency {

    private static final Duration EVERY = Duration.ofMillis(20);

    private SourceLatency() {}

    /** @param config of a connector for a stream and a topic */
    static String measure(Lab lab, int records, BiFunction<String, String, Map<String, String>> config) {
        String stream = "latency";
        String topic = "latency-topic";
        lab.reader().createStream(stream, null);
        lab.broker().createTopic(topic, 1, Map.of());
        ConnectRest rest = lab.worker().rest();
        rest.put("latency", config.apply(stream, topic));
        rest.awaitRunning("latency", 1, Duration.ofSeconds(60));
        Latencies latencies = new Latencies(records);
        Thread writer = new Thread(
                () -> {
                    for (int i = 0; i < latencies.wanted(); i++) {
                        lab.reader().appendForeign(stream, Long.toString(System.nanoTime()));
                        Await.sleep(EVERY);
                    }
                },
                "latency-writer");
        writer.setDaemon(true);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                        Map.of(
                                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                lab.broker().bootstrapServers(),
                                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                                "read_committed"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
                ProgressTicker ignored = ProgressTicker.on("latency")) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            writer.start();
            long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (latencies.seen() < latencies.wanted()) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "only " + latencies.seen() + " records came back; " + rest.status("latency"));
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    latencies.add(
                            System.nanoTime() - Long.parseLong(new String(record.value(), StandardCharsets.UTF_8)));
                }
            }
        }
        rest.delete("latency");
        return latencies.text("append to read_committed reader");
    }
}
