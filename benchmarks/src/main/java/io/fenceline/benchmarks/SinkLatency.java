package io.fenceline.benchmarks;

import io.fenceline.s2.ReadTransport;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * How long a record takes from just before it is given to a producer until a reader of its stream in the same JVM has it,
 * with one record every 20 ms.
 */
final class SinkLatency {

    private static final Duration EVERY = Duration.ofMillis(20);
    private static final String TOPIC = "latency";
    private static final String STREAM = TOPIC + "/0";

    private SinkLatency() {}

    static String measure(Lab lab, BenchOptions options) {
        lab.broker().createTopic(TOPIC, 1, Map.of());
        ConnectRest rest = lab.worker().rest();
        rest.put(TOPIC, new Drain(lab, options, TOPIC).sinkConfig());
        Await.until(
                "the stream is claimed",
                Duration.ofSeconds(60),
                () -> lab.reader().tail(STREAM) > 0,
                () -> rest.status(TOPIC).toString());
        Latencies latencies = new Latencies(options.latency());
        S2ClientConfig s2 = S2ClientConfig.forBasin(Lab.BASIN)
                .withEndpoint(lab.s2().basinEndpoint())
                .withAccessToken("bench");
        try (S2Client client = new S2Client(s2);
                Arrivals arrivals = new Arrivals();
                ProgressTicker ignored = ProgressTicker.on("latency")) {
            arrivals.begin(client, STREAM, ReadTransport.SESSION);
            Thread writer =
                    new Thread(() -> write(lab.broker().bootstrapServers(), latencies.wanted()), "latency-writer");
            writer.setDaemon(true);
            writer.start();
            while (latencies.seen() < latencies.wanted()) {
                latencies.add(arrivals.next());
            }
        }
        rest.delete(TOPIC);
        return latencies.text("producer to reader of the stream");
    }

    private static void write(String bootstrapServers, int records) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers, ProducerConfig.LINGER_MS_CONFIG, 0),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(TOPIC, Long.toString(System.nanoTime())));
                Await.sleep(EVERY);
            }
        }
    }

    /** Times as they come; a transport thread puts them in. */
    private static final class Arrivals extends StreamFollower {

        private final LinkedBlockingQueue<LongSupplier> arrivals = new LinkedBlockingQueue<>();

        long next() {
            try {
                LongSupplier arrival = arrivals.poll(60, TimeUnit.SECONDS);
                if (arrival == null) {
                    throw new IllegalStateException("no record came within a minute");
                }
                return arrival.getAsLong();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }

        @Override
        public void onRecords(List<SequencedRecord> batch) {
            long now = System.nanoTime();
            for (SequencedRecord record : batch) {
                if (!record.isCommand()) {
                    long took = now - Long.parseLong(new String(record.body(), StandardCharsets.UTF_8));
                    arrivals.add(() -> took);
                }
            }
        }

        @Override
        void fail(String why) {
            arrivals.add(() -> {
                throw new IllegalStateException(why);
            });
        }
    }
}
