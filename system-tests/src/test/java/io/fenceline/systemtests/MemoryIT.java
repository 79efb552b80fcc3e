package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.history.CommitWatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** A small worker, many partitions, large records, and a target that is away for a minute. */
final class MemoryIT {

    private static final int PARTITIONS = 50;
    private static final int AWAY_SECONDS = Integer.getInteger("away", 60);

    private final Cluster cluster = Cluster.shared();

    @Test
    void aSmallWorkerSitsOutAMinuteWithoutS2() throws Exception {
        S2Server server = cluster.ownS2("away");
        S2Reader reader = server.reader(Cluster.BASIN).createBasin();
        String topic = cluster.createTopic("heavy", PARTITIONS);
        ConnectWorker worker =
                cluster.newWorker("heavy").jvmOptions("-Xms64m", "-Xmx256m").start();
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, reader, smallHeap(server, topic));
        produce(topic, 1, 20);
        sink.awaitAllArrived(Duration.ofSeconds(60));
        CommitWatcher watcher = sink.watch();
        Map<String, Long> members = rebalances(worker);

        server.kill();
        long start = System.nanoTime();
        // 50 x (4 x 900 KiB + 160 x 1 KiB) = 184 MiB: much more than fits
        long produced = produce(topic, 4, 160);
        long rest = AWAY_SECONDS * 1_000L - Cluster.millisSince(start);
        Await.sleep(Duration.ofMillis(Math.max(0, rest)));
        assertThat(worker.process().isAlive()).isTrue();
        sink.awaitRunning(1);
        server.launch();
        start = System.nanoTime();

        sink.requirePerfect(Duration.ofSeconds(180));
        Cluster.say("MemoryIT: " + produced + " records (184 MiB) arrived within " + Cluster.millisSince(start)
                + " ms after S2 was back, heap 256 MiB");
        watcher.requireClean();
        assertThat(rebalances(worker)).as("rebalances in the worker's log").isEqualTo(members);
        assertThat(Files.readString(worker.log())).doesNotContain("OutOfMemoryError");
        sink.delete();
        worker.close();
        server.close();
    }

    /** What config/README.md advises for such a worker. */
    private static Map<String, String> smallHeap(S2Server server, String topic) {
        Map<String, String> config = Cluster.sinkTo(server, topic, 1);
        config.put("consumer.override.fetch.max.bytes", "8388608");
        config.put("consumer.override.max.partition.fetch.bytes", "1048576");
        config.put("consumer.override.max.poll.records", "100");
        config.put("buffer.max.bytes", "33554432");
        config.put("inflight.max.bytes", "2097152");
        return config;
    }

    private long produce(String topic, int large, int small) {
        Random random = new Random(7);
        long count = 0;
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < large + small; i++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    byte[] body = new byte[i % ((small + large) / large) == 0 ? 900 << 10 : 1 << 10];
                    random.nextBytes(body);
                    producer.send(new ProducerRecord<>(topic, partition, null, body));
                    count++;
                }
            }
        }
        return count;
    }

    /** How often each of the worker's group members has joined, by its log. */
    private static Map<String, Long> rebalances(ConnectWorker worker) throws IOException {
        Map<String, Long> joined = new TreeMap<>();
        Files.readString(worker.log())
                .lines()
                .filter(line -> line.contains("Successfully joined group"))
                .forEach(line -> joined.merge(line.replaceAll(".*groupId=([^\\]]*)\\].*", "$1"), 1L, Long::sum));
        return joined;
    }
}
