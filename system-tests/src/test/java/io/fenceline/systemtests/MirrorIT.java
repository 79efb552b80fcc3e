package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka to S2 to Kafka: what comes back is what went in. */
final class MirrorIT {

    private static final int PARTITIONS = 3;

    private final Cluster cluster = Cluster.shared();

    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void recordsOfEveryKindComeBackEqual(String transport) {
        int records = Integer.getInteger("records", 20_000);
        long seed = Cluster.seed("MirrorIT -Drecords=" + records);
        String topic = cluster.createTopic("mirrored", PARTITIONS);
        String copy = cluster.createTopic("copy", PARTITIONS);
        produce(topic, records, new Random(seed));
        Sink sink = Sink.start(cluster, cluster.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 2));

        Map<String, String> config = Source.config(cluster.s2(), topic + "/*", copy, 2);
        config.put("restore.partition", "true");
        config.put("s2.transport", transport);
        Source source = Source.start(cluster, cluster.rest(), "mirror-" + copy, config);
        source.awaitCommitted(copy, records, Duration.ofSeconds(90));

        assertThat(TopicContents.of(cluster, copy)).isEqualTo(TopicContents.of(cluster, topic));
        source.delete();
        sink.delete();
    }

    private void produce(String topic, int records, Random random) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < records; i++) {
                List<Header> headers = new ArrayList<>();
                for (int h = random.nextInt(4); h > 0; h--) {
                    headers.add(new RecordHeader("h" + random.nextInt(3) + "ä", bytes(random, 30)));
                }
                producer.send(new ProducerRecord<>(
                        topic,
                        random.nextInt(PARTITIONS),
                        1_700_000_000_000L + random.nextInt(1_000_000),
                        bytes(random, 40),
                        bytes(random, random.nextInt(200) == 0 ? 100_000 : 1_500),
                        headers));
            }
        }
    }

    private static byte[] bytes(Random random, int most) {
        int kind = random.nextInt(10);
        byte[] bytes = new byte[kind == 1 ? 0 : random.nextInt(most)];
        random.nextBytes(bytes);
        return kind == 0 ? null : bytes;
    }

    /** SIGKILL of a worker with exactly-once source support, before, in and after its transactions. */
    @Test
    void everyRecordIsCommittedOnceThroughKills() {
        int kills = Integer.getInteger("kills", 2);
        long seed = Cluster.seed("MirrorIT -Dkills=" + kills);
        Random random = new Random(seed);
        String topic = cluster.createTopic("outlived", PARTITIONS);
        String copy = cluster.createTopic("outlived-copy", PARTITIONS);
        Sink sink = Sink.start(cluster, cluster.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 1));
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_000, 1_000, seed);
        sink.awaitDurable(1, Duration.ofSeconds(60));
        ConnectWorker worker = cluster.newWorker("outlived")
                .with("exactly.once.source.support", "enabled")
                .start();
        Map<String, String> config = Source.config(cluster.s2(), topic + "/*", copy, 2);
        config.put("restore.partition", "true");
        // a worker that starts waits until the transaction of a killed one is given up
        config.put("producer.override.transaction.timeout.ms", "4000");
        Source source = Source.start(cluster, worker.rest(), "outlived-source", Source.inTransactions(config));
        for (int kill = 0; kill < kills; kill++) {
            source.awaitCommitted(copy, source.committed(copy) + 1, Duration.ofSeconds(90));
            Await.sleep(Duration.ofMillis(random.nextInt(2_000)));
            worker.kill();
            Cluster.say("kill " + (kill + 1) + ": " + source.committed(copy) + " of " + load.acknowledged());
            worker.launch();
            worker.awaitReady();
        }
        long produced = load.stop();
        source.awaitCommitted(copy, produced, Duration.ofSeconds(90));

        assertThat(TopicContents.of(cluster, copy)).isEqualTo(TopicContents.of(cluster, topic));
        source.delete();
        sink.delete();
        worker.close();
    }
}
