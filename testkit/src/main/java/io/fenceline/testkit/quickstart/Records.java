package io.fenceline.testkit.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Produces the records in a thread of its own, spread over some seconds: a burst would be through before anything could
 * be killed in its middle.
 */
final class Records {

    static final double SECONDS = 10;

    private final String bootstrapServers;
    private final String topic;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final List<byte[]> lines;
    private final boolean keyed;
    private final long count;
    private final boolean numbered;
    private final Thread thread;

    private Records(
            String bootstrapServers, String topic, List<byte[]> lines, boolean keyed, long count, boolean numbered) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
        this.lines = lines;
        this.keyed = keyed;
        this.count = count;
        this.numbered = numbered;
        this.thread = new Thread(this::produce, "producer");
        thread.setDaemon(true);
    }

    /** @param numbered each record has the header {@link Comparison#NUMBER} */
    static Records of(String bootstrapServers, String topic, Options options, boolean numbered) {
        List<byte[]> lines = lines(options);
        return new Records(
                bootstrapServers, topic, lines, options.from() == null, count(options, lines.size()), numbered);
    }

    /** What the records are made of, again and again if need be. */
    static List<byte[]> lines(Options options) {
        List<byte[]> lines = options.from() == null ? sample() : file(options.from());
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("there is no line in " + options.from());
        }
        return lines;
    }

    static long count(Options options, int lines) {
        return options.records() == Long.MAX_VALUE ? lines : options.records();
    }

    void start() {
        thread.start();
    }

    long count() {
        return count;
    }

    /** The same as {@link #acknowledged}, whatever may have failed. */
    long sent() {
        return acknowledged.get();
    }

    /** Records Kafka has confirmed. */
    long acknowledged() {
        Exception failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("cannot produce to Kafka: " + failed, failed);
        }
        return acknowledged.get();
    }

    /** Some more, behind those of {@link #start}, and not counted; returns when Kafka has answered. */
    void more(int records) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (long i = count; i < count + records; i++) {
                producer.send(record(i));
            }
            producer.flush();
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> config = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                // a topic made a moment ago: a second request must not overtake a first one that was refused
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                1,
                ProducerConfig.LINGER_MS_CONFIG,
                5);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private ProducerRecord<byte[], byte[]> record(long number) {
        byte[] line = lines.get((int) (number % lines.size()));
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, keyed ? key(line) : null, line);
        if (numbered) {
            record.headers().add(Comparison.NUMBER, Long.toString(number).getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    private void produce() {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            long start = System.nanoTime();
            double perSecond = count / SECONDS;
            for (long i = 0; i < count; i++) {
                long due = start + (long) (i / perSecond * 1e9);
                long early = due - System.nanoTime();
                if (early > 5_000_000) {
                    Thread.sleep(early / 1_000_000);
                }
                producer.send(record(i), (metadata, e) -> {
                    if (e == null) {
                        acknowledged.incrementAndGet();
                    } else {
                        failure.compareAndSet(null, e);
                    }
                });
            }
            producer.flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    /** The customer of a sample order: {@code c042} of {@code {"customer": "c042", …}}. */
    static byte[] key(byte[] line) {
        String text = new String(line, StandardCharsets.UTF_8);
        int start = text.indexOf(": \"") + 3;
        return text.substring(start, text.indexOf('"', start)).getBytes(StandardCharsets.UTF_8);
    }

    private static List<byte[]> sample() {
        try (InputStream in = Records.class.getResourceAsStream("orders.jsonl")) {
            if (in == null) {
                throw new IllegalStateException("orders.jsonl is not on the class path");
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .map(line -> line.getBytes(StandardCharsets.UTF_8))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<byte[]> file(Path file) {
        try {
            // bytes between line ends, whatever their encoding
            byte[] all = Files.readAllBytes(file);
            List<byte[]> lines = new java.util.ArrayList<>();
            int from = 0;
            for (int i = 0; i <= all.length; i++) {
                if (i == all.length ? from < i : all[i] == '\n') {
                    int to = i > from && all[i - 1] == '\r' ? i - 1 : i;
                    lines.add(java.util.Arrays.copyOfRange(all, from, to));
                    from = i + 1;
                }
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
