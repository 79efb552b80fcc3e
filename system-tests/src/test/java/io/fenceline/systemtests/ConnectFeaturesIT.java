package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.HistoryCheck;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** What users combine the sink with: transforms, transactions, converters, several topics. */
final class ConnectFeaturesIT {

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsKeepTheirIdentityWhenATransformRenamesTheirTopics() {
        String first = cluster.createTopic("merged-a", 2);
        String second = cluster.createTopic("merged-b", 2);
        produce(first, 2, 500);
        produce(second, 2, 500);
        Map<String, String> config = cluster.sink(first + "," + second, 2);
        config.put("transforms", "rename");
        config.put("transforms.rename.type", "org.apache.kafka.connect.transforms.RegexRouter");
        config.put("transforms.rename.regex", ".*");
        config.put("transforms.rename.replacement", "all-in-one");

        Sink a = Sink.start(cluster, cluster.rest(), first, 2, cluster.reader(), config);
        Sink b = new Sink(cluster, cluster.rest(), a.name(), second, 2, cluster.reader());

        a.requirePerfect(Duration.ofSeconds(60));
        b.requirePerfect(Duration.ofSeconds(60));
        assertThat(cluster.reader().streams("all-in-one")).isEmpty();
        a.delete();
    }

    @Test
    void theLagDrainsWhenATransformDropsRecords() {
        String topic = cluster.createTopic("filtered", 1);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < 300; i++) {
                // the end is filtered: nothing of it ever reaches the task
                byte[] value = i % 3 == 0 || i > 200 ? null : new byte[] {(byte) i};
                producer.send(new ProducerRecord<>(topic, 0, null, value));
            }
        }
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("transforms", "drop");
        config.put("transforms.drop.type", "org.apache.kafka.connect.transforms.Filter");
        config.put("transforms.drop.predicate", "tombstone");
        config.put("predicates", "tombstone");
        config.put("predicates.tombstone.type", "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone");

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), config);

        sink.awaitNoLag(Duration.ofSeconds(60));
        HistoryCheck.compare(
                        TopicHistory.read(cluster.bootstrapServers(), topic, record -> record.value() != null),
                        cluster.reader())
                .requirePerfect();
        sink.delete();
    }

    @Test
    void abortedTransactionsDoNotArrive() {
        String topic = cluster.createTopic("transactions", 1);
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrapServers(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                topic);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int transaction = 0; transaction < 30; transaction++) {
                producer.beginTransaction();
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {(byte) transaction, (byte) i}));
                }
                if (transaction % 3 == 2) {
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));

        // the last one was aborted: Connect commits up to the last record it has seen, 28 x 11 + 10
        sink.awaitDurable(318, Duration.ofSeconds(60));
        HistoryCheck.Result result = sink.check().requirePerfect();
        assertThat(result.inS2()).isEqualTo(200);
        sink.delete();
    }

    @Test
    void structuredValuesBecomeJson() {
        String topic = cluster.createTopic("json", 1);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(
                    topic, 0, null, "{\"a\": [1, 2.5, null], \"b\": \"ü\"}".getBytes(StandardCharsets.UTF_8)));
            producer.send(new ProducerRecord<>(topic, 0, null, "\"text\"".getBytes(StandardCharsets.UTF_8)));
        }
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        config.put("value.converter.schemas.enable", "false");

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), config);

        sink.awaitAllArrived(Duration.ofSeconds(60));
        List<String> bodies = cluster.reader().readAll(topic + "/0").stream()
                .filter(record -> !record.isCommand())
                .map(S2Reader.Stored::body)
                .map(body -> new String(body, StandardCharsets.UTF_8))
                .toList();
        assertThat(bodies).containsExactly("{\"a\":[1,2.5,null],\"b\":\"ü\"}", "text");
        sink.delete();
    }

    @Test
    void severalTopicsMayShareAStreamWithAtLeastOnce() {
        String topic = cluster.createTopic("shared", 3);
        produce(topic, 3, 300);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("delivery.guarantee", "at_least_once");
        config.put("s2.stream", "everything-" + topic);

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 3, cluster.reader(), config);

        sink.awaitNoLag(Duration.ofSeconds(60));
        assertThat(cluster.reader().readAll("everything-" + topic).stream()
                        .map(record -> record.text("kafka.id"))
                        .distinct())
                .hasSize(900);
        sink.delete();
    }

    @Test
    void anOperatorsTrimIsNoForeignWriter() {
        String topic = cluster.createTopic("trimmed", 1);
        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));
        Load load = Load.start(cluster.bootstrapServers(), topic, 1, 1_000, 200, 1);
        for (int i = 0; i < 3; i++) {
            sink.awaitDurable(sink.durable() + 500, Duration.ofSeconds(30));
            // the first record stays, so that the history stays complete
            cluster.reader().trim(topic + "/0", 0);
        }
        sink.awaitDurable(sink.durable() + 500, Duration.ofSeconds(30));
        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        sink.delete();
    }

    @Test
    void aForeignWriterStopsTheTaskByName() {
        String topic = cluster.createTopic("foreign", 1);
        produce(topic, 1, 10);
        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitAllArrived(Duration.ofSeconds(30));

        cluster.reader().appendForeign(topic + "/0", "not from Kafka");
        produce(topic, 1, 10);

        assertThat(cluster.rest().awaitFailed(sink.name(), Duration.ofSeconds(30)))
                .contains("FOREIGN_WRITER")
                .contains(topic + "/0");
        sink.delete();
    }

    private void produce(String topic, int partitions, int each) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < each; i++) {
                for (int partition = 0; partition < partitions; partition++) {
                    producer.send(
                            new ProducerRecord<>(topic, partition, null, ("r" + i).getBytes(StandardCharsets.UTF_8)));
                }
            }
        }
    }
}
