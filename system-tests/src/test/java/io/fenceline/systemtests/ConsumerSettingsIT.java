package io.fenceline.systemtests;

import static io.fenceline.systemtests.Numbered.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** What the consumer is shown: another reset policy, compacted topics, aborted transactions, and replays over them. */
final class ConsumerSettingsIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final long DAY = 86_400_000;

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void withResetToTheEndNothingThatCameAfterTheFirstRecordIsLost() {
        String topic = cluster.createTopic("latest", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("consumer.override.auto.offset.reset", "latest");
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), config);
        // until the consumer stands somewhere what is produced is history to it
        int end = 100;
        while (sink.durable() <= 0) {
            Numbered.produce(cluster, topic, 0, end, end + 1);
            end++;
            Await.sleep(Duration.ofMillis(200));
        }
        Numbered.produce(cluster, topic, 0, end, end + 50);
        end += 50;
        sink.awaitNoLag(MINUTE);
        long first = Numbered.offsets(cluster.reader(), topic + "/0").get(0);
        assertThat(first).isGreaterThanOrEqualTo(100);

        // a crash before any commit, and no new record after it: the consumer stands at the end again
        sink.stop();
        sink.forgetGroup();
        Numbered.produce(cluster, topic, 0, end, end + 70);
        end += 70;
        rest.resume(sink.name());
        sink.awaitAllArrived(MINUTE);
        sink.awaitNoLag(MINUTE);

        assertThat(Numbered.offsets(cluster.reader(), topic + "/0")).isEqualTo(range(first, end));
        sink.delete();
    }

    @Test
    void withoutAResetTheTaskStartsOnceItIsToldWhere() {
        String topic = cluster.createTopic("none", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("consumer.override.auto.offset.reset", "none");
        rest.put("sink-" + topic, config);
        // Kafka's consumer says it, before the task is asked
        assertThat(rest.awaitFailed("sink-" + topic, MINUTE))
                .contains("no reset policy")
                .contains(topic + "-0");

        Sink sink = new Sink(cluster, rest, "sink-" + topic, topic, 1, cluster.reader());
        sink.stop();
        rest.patchOffsets(
                        sink.name(),
                        "{\"offsets\":[{\"partition\":{\"kafka_topic\":\"" + topic
                                + "\",\"kafka_partition\":0},\"offset\":{\"kafka_offset\":0}}]}")
                .require(200);
        rest.resume(sink.name());
        sink.awaitNoLag(MINUTE);

        sink.stop();
        sink.moveGroup(0, 30);
        Numbered.produce(cluster, topic, 0, 100, 150);
        rest.resume(sink.name());
        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(150);
        sink.delete();
    }

    @Test
    void aReplayOverACompactedTopicGoesOnBehindWhatIsInTheStream() {
        String topic = cluster.createTopic(
                "compacted",
                1,
                Map.of(
                        "cleanup.policy", "compact",
                        "segment.ms", "1000",
                        "min.cleanable.dirty.ratio", "0.001",
                        "min.compaction.lag.ms", "0",
                        "delete.retention.ms", "0",
                        "message.timestamp.type", "CreateTime"));
        long then = System.currentTimeMillis() - 10 * DAY;
        keyed(topic, then, "keeper", 0, 1);
        keyed(topic, then, "k", 1, 100);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(MINUTE);
        sink.stop();
        sink.moveGroup(0, 0);

        // later segments: the keys of the first overwritten, one of them deleted
        keyed(topic, then + DAY, "k", 100, 180);
        tombstone(topic, then + DAY, "k3");
        keyed(topic, then + 2 * DAY, "k", 181, 205);
        keyed(topic, then + 3 * DAY, "last", 205, 206);
        Await.until(
                "the record at offset 99, the last in the stream, is compacted away",
                Duration.ofSeconds(60),
                () -> !kept(topic).contains(99L),
                () -> "There are " + kept(topic));
        rest.resume(sink.name());
        sink.awaitAllArrived(MINUTE);
        sink.awaitNoLag(MINUTE);

        List<Long> written = Numbered.offsets(cluster.reader(), topic + "/0");
        List<Long> kept = kept(topic);
        Cluster.say("compaction kept " + kept + ", written " + written.size() + " records");
        assertThat(kept).as("compaction had an effect above the watermark too").hasSizeLessThan(100);
        assertThat(written.subList(0, 100)).isEqualTo(range(0, 100));
        Set<Long> above = new HashSet<>(written.subList(100, written.size()));
        assertThat(written).isSorted().doesNotHaveDuplicates();
        assertThat(above)
                .containsAll(kept.stream().filter(offset -> offset >= 100).toList());
        sink.delete();
    }

    @Test
    void aReplayOverAbortedTransactionsNeitherRepeatsNorWritesThem() {
        String topic = cluster.createTopic("aborted", 1);
        try (KafkaProducer<byte[], byte[]> producer = transactional(topic)) {
            producer.initTransactions();
            transactions(producer, topic, 12);
            Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
            // what counts is the last record committed: eleven transactions of ten and a marker, the twelfth aborted
            sink.awaitDurable(10 * 11 + 10, MINUTE);

            for (long group : new long[] {0, 5, 23, 100}) {
                sink.stop();
                sink.moveGroup(0, group);
                transactions(producer, topic, 4);
                long end = sink.produced();
                rest.resume(sink.name());
                // of 44 offsets the first 22 are committed, the last of them a marker
                sink.awaitDurable(end - 23, MINUTE);
            }
            assertThat(sink.check().requirePerfect().inS2()).isEqualTo(8 * 10 + 4 * 2 * 10L);
            sink.delete();
        }
    }

    /** Every third one is aborted, and the last one as well. */
    private static void transactions(KafkaProducer<byte[], byte[]> producer, String topic, int count) {
        for (int transaction = 0; transaction < count; transaction++) {
            producer.beginTransaction();
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {(byte) transaction, (byte) i}));
            }
            if (transaction % 3 == 2 || transaction == count - 1) {
                producer.flush();
                producer.abortTransaction();
            } else {
                producer.commitTransaction();
            }
        }
    }

    private KafkaProducer<byte[], byte[]> transactional(String id) {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrapServers(),
                        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                        id),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Ten keys in turn. */
    private void keyed(String topic, long timestamp, String key, int from, int to) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = from; i < to; i++) {
                byte[] text = ("value " + i).getBytes(StandardCharsets.UTF_8);
                producer.send(new ProducerRecord<>(topic, 0, timestamp, bytes(key + i % 10), text));
            }
        }
    }

    private void tombstone(String topic, long timestamp, String key) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(topic, 0, timestamp, bytes(key), (byte[]) null));
        }
    }

    private List<Long> kept(String topic) {
        List<Long> offsets = new ArrayList<>();
        TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> offsets.add(record.offset()));
        return offsets;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
