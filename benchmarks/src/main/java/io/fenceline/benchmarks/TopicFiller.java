package io.fenceline.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Fills a topic with records without a key and with a random value: of bytes, which nobody can compress, or of text. */
final class TopicFiller {

    private static final int POOL_BYTES = 4 << 20;

    private TopicFiller() {}

    static void fill(Admin admin, String bootstrapServers, String topic, int partitions, int records, int size) {
        byte[] pool = new byte[POOL_BYTES + size];
        new Random(1).nextBytes(pool);
        fill(admin, bootstrapServers, topic, partitions, records, size, pool);
    }

    /** The same with values of printable ASCII. */
    static void fillWithText(
            Admin admin, String bootstrapServers, String topic, int partitions, int records, int size) {
        byte[] pool = new byte[POOL_BYTES + size];
        Random random = new Random(1);
        for (int i = 0; i < pool.length; i++) {
            pool[i] = (byte) ('0' + random.nextInt('z' - '0'));
        }
        fill(admin, bootstrapServers, topic, partitions, records, size, pool);
    }

    private static void fill(
            Admin admin, String bootstrapServers, String topic, int partitions, int records, int size, byte[] pool) {
        try {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot create topic " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        Properties config = new Properties();
        // a broker that has just made many partitions can lose the beginning of an idempotent producer's sequence
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
        config.putAll(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class.getName(),
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class.getName(),
                ProducerConfig.BATCH_SIZE_CONFIG,
                256 << 10,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64 << 20,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                8 << 20));
        AtomicLong stored = new AtomicLong();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config);
                ProgressTicker ignored =
                        ProgressTicker.on("filling the topic", () -> stored + " of " + records + " records")) {
            for (int i = 0; i < records; i++) {
                byte[] value = new byte[size];
                System.arraycopy(pool, (int) (i * 31L % POOL_BYTES), value, 0, size);
                producer.send(new ProducerRecord<>(topic, i % partitions, null, value), (metadata, exception) -> {
                    if (exception == null) {
                        stored.incrementAndGet();
                    } else {
                        failure.compareAndSet(null, exception);
                    }
                });
            }
            producer.flush();
        }
        if (stored.get() != records) {
            throw new IllegalStateException(
                    "only " + stored + " of " + records + " records were stored", failure.get());
        }
    }
}
