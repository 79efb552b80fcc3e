package io.fenceline.systemtests;

import io.fenceline.testkit.Await;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Records of random size, key and headers at a steady rate until stopped, from a thread of its own. */
final class Load implements AutoCloseable {

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final int partitions;
    private final int perSecond;
    private final int maxBytes;
    private final Random random;
    private final Thread thread;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean running = true;
    private long sent;

    private Load(String bootstrapServers, String topic, int partitions, int perSecond, int maxBytes, long seed) {
        this.producer = producer(bootstrapServers);
        this.topic = topic;
        this.partitions = partitions;
        this.perSecond = perSecond;
        this.maxBytes = maxBytes;
        this.random = new Random(seed);
        this.thread = new Thread(this::run, "load-" + topic);
        thread.setDaemon(true);
    }

    static Load start(String bootstrapServers, String topic, int partitions, int perSecond, int maxBytes, long seed) {
        Load load = new Load(bootstrapServers, topic, partitions, perSecond, maxBytes, seed);
        load.thread.start();
        return load;
    }

    /**
     * One request at a time: on a topic made a moment ago the first request may meet a broker that does not lead the
     * partition yet, and a second one that gets through then shuts the first out for good (out of order sequence).
     */
    static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
        Map<String, Object> config = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                1,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                8 << 20,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64 << 20,
                ProducerConfig.LINGER_MS_CONFIG,
                2);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /** Stops producing; returns how many records are in the topic, all confirmed. */
    long stop() {
        running = false;
        try {
            thread.join(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.flush();
        producer.close();
        Exception failed = failure.get();
        if (failed != null || acknowledged.get() != sent) {
            throw new AssertionError("producing failed: " + acknowledged + " of " + sent + " confirmed", failed);
        }
        return sent;
    }

    @Override
    public void close() {
        running = false;
        producer.close(Duration.ofSeconds(5));
    }

    private void run() {
        long start = System.nanoTime();
        try {
            while (running) {
                long due = start + sent * 1_000_000_000L / perSecond;
                long early = due - System.nanoTime();
                if (early > 2_000_000) {
                    Await.sleep(Duration.ofNanos(early));
                }
                producer.send(next(), (metadata, e) -> {
                    if (e == null) {
                        acknowledged.incrementAndGet();
                    } else {
                        failure.compareAndSet(null, e);
                    }
                });
                sent++;
            }
        } catch (RuntimeException e) {
            if (running) {
                failure.compareAndSet(null, e);
            }
        }
    }

    private ProducerRecord<byte[], byte[]> next() {
        byte[] key = random.nextInt(5) == 0 ? null : bytes(1 + random.nextInt(12));
        byte[] value = random.nextInt(50) == 0 ? null : bytes(random.nextInt(maxBytes));
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, random.nextInt(partitions), key, value);
        for (int i = random.nextInt(3); i > 0; i--) {
            record.headers().add("h" + random.nextInt(4), random.nextInt(10) == 0 ? null : bytes(random.nextInt(20)));
        }
        return record;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
