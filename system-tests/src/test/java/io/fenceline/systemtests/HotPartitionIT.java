package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.history.HistoryCheck;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** 500 partitions in one task with a small heap, and one of them never runs dry: the others are not kept waiting. */
final class HotPartitionIT {

    private static final int PARTITIONS = 500;
    private static final int BACKLOG = 8_000;
    private static final int ROUNDS = 4;
    private static final int COLD_EACH_ROUND = 40;

    private final Cluster cluster = Cluster.shared();
    private final byte[] body = new byte[4 << 10];

    @Test
    void coldPartitionsArriveWhileAHotOneFloods() throws Exception {
        new Random(3).nextBytes(body);
        String topic = cluster.createTopic("hot", PARTITIONS);
        AtomicBoolean flooding = new AtomicBoolean(true);
        AtomicReference<@Nullable Exception> failed = new AtomicReference<>();
        ConnectWorker worker = cluster.newWorker("hot")
                .jvmOptions("-Xms64m", "-Xmx256m")
                .with("offset.flush.interval.ms", "1000")
                .start();
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers());
                KafkaProducer<byte[], byte[]> trickle = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < BACKLOG; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, body));
            }
            producer.flush();
            Thread flood = new Thread(
                    () -> {
                        while (flooding.get()) {
                            producer.send(new ProducerRecord<>(topic, 0, null, body), (metadata, e) -> {
                                if (e != null) {
                                    failed.set(e);
                                }
                            });
                            Await.sleep(Duration.ofMillis(1));
                        }
                    },
                    "flood");
            flood.start();
            var config = cluster.sink(topic, 1);
            // a stream takes few records at a time here, so that the backlog lasts
            config.put("consumer.override.fetch.max.bytes", "8388608");
            config.put("buffer.max.bytes", "33554432");
            config.put("inflight.max.bytes", "65536");
            config.put("batch.max.bytes", "65536");
            Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), config);
            awaitHot(topic, 100);

            Random random = new Random(5);
            List<Long> waits = new ArrayList<>();
            int[] sent = new int[PARTITIONS];
            int behind = 0;
            for (int round = 0; round < ROUNDS; round++) {
                List<Integer> cold = random.ints(1, PARTITIONS)
                        .distinct()
                        .limit(COLD_EACH_ROUND)
                        .boxed()
                        .toList();
                long start = System.nanoTime();
                for (int partition : cold) {
                    trickle.send(new ProducerRecord<>(topic, partition, null, new byte[] {(byte) round}));
                    sent[partition]++;
                }
                trickle.flush();
                for (int partition : cold) {
                    int expected = sent[partition];
                    Await.until(
                            "record " + expected + " of cold partition " + partition + " arrived",
                            Duration.ofSeconds(60),
                            () -> Numbered.offsets(cluster.reader(), topic + "/" + partition)
                                            .size()
                                    >= expected);
                    waits.add(Cluster.millisSince(start));
                }
                behind += hotBacklog(sink, topic) > 0 ? 1 : 0;
            }
            flooding.set(false);
            flood.join();
            producer.flush();
            assertThat(failed.get()).isNull();
            long longest = waits.stream().mapToLong(Long::longValue).max().orElseThrow();
            Cluster.say("hot partition: the slowest of " + waits.size() + " cold records took " + longest
                    + " ms, the hot one had a backlog after " + behind + " of " + ROUNDS + " rounds");
            assertThat(behind)
                    .as("rounds in which the hot partition had a backlog")
                    .isPositive();

            HistoryCheck.Result result = sink.requirePerfect(Duration.ofSeconds(120));
            assertThat(result.inS2()).isGreaterThan(BACKLOG);
            assertThat(worker.process().isAlive()).isTrue();
            assertThat(Files.readString(worker.log())).doesNotContain("OutOfMemoryError");
            sink.delete();
        } finally {
            flooding.set(false);
            worker.close();
        }
    }

    private void awaitHot(String topic, long records) {
        Await.until(
                "the hot partition flows",
                Duration.ofSeconds(60),
                () -> cluster.reader().tail(topic + "/0") >= records);
    }

    /** Records of the hot partition that are not in its stream yet. */
    private long hotBacklog(Sink sink, String topic) {
        long arrived = cluster.reader().tail(topic + "/0");
        return sink.produced(0) - arrived;
    }
}
