package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What a new task makes of what it finds: where it goes on, and when it stops instead. */
final class RecoveryIT {

    private final Cluster cluster = Cluster.shared();

    @Test
    void aConnectorOfAnotherNameGoesOnWhereTheStreamStands() {
        String topic = cluster.createTopic("renamed", 1);
        produce(topic, 0, 500);
        Sink first = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));
        first.awaitAllArrived(Duration.ofSeconds(30));
        first.delete();
        produce(topic, 500, 500);

        // its consumer group knows nothing and starts at the beginning of the topic
        Sink second = startAs("second-" + topic, topic, cluster.sink(topic, 1));

        assertThat(second.requirePerfect(Duration.ofSeconds(30)).inS2()).isEqualTo(1_000);
        second.delete();
    }

    @Test
    void theCheckpointInTheTokenOutlivesTheRecords() {
        String topic = cluster.createTopic("forgotten", 1);
        String stream = topic + "/0";
        produce(topic, 0, 100);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("checkpoint.idle.ms", "1000");
        Sink first = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), config);
        first.awaitAllArrived(Duration.ofSeconds(30));
        Await.until("the idle checkpoint is there", Duration.ofSeconds(20), () -> {
            List<S2Reader.Stored> all = cluster.reader().readAll(stream);
            return all.get(all.size() - 1).isCommand();
        });
        // everything but the trim record itself
        cluster.reader().trim(stream, cluster.reader().tail(stream));
        Await.until("the records are gone", Duration.ofSeconds(90), () -> cluster.reader().readAll(stream).stream()
                .allMatch(S2Reader.Stored::isCommand));
        first.delete();
        produce(topic, 100, 10);

        Sink second = startAs("second-" + topic, topic, config);

        second.awaitAllArrived(Duration.ofSeconds(30));
        assertThat(cluster.reader().readAll(stream).stream()
                        .filter(record -> !record.isCommand())
                        .map(record -> record.text("kafka.id")))
                .startsWith(topic + "/0/100")
                .hasSize(10);
        second.delete();
    }

    @Test
    void withoutAutoCreateAMissingStreamStopsTheTask() {
        String topic = cluster.createTopic("uncreated", 1);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("s2.stream.auto.create", "false");
        produce(topic, 0, 1);

        cluster.rest().put("sink-" + topic, config);

        assertThat(cluster.rest().awaitFailed("sink-" + topic, Duration.ofSeconds(60)))
                .contains("TARGET_MISSING")
                .contains(topic + "/0")
                .contains("s2.stream.auto.create");
        cluster.rest().delete("sink-" + topic);
    }

    @Test
    void anExistingStreamKeepsItsConfiguration() {
        String topic = cluster.createTopic("configured", 1);
        cluster.reader()
                .createStream(
                        topic + "/0",
                        "{\"timestamping\":{\"mode\":\"client-require\"}," + "\"retention_policy\":{\"age\":86400}}");
        produce(topic, 0, 50);

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));

        sink.requirePerfect(Duration.ofSeconds(30));
        assertThat(cluster.reader().streamConfig(topic + "/0"))
                .contains("client-require")
                .contains("86400");
        sink.delete();
    }

    private Sink startAs(String name, String topic, Map<String, String> config) {
        cluster.rest().put(name, config);
        Sink sink = new Sink(cluster, cluster.rest(), name, topic, 1, cluster.reader());
        sink.awaitRunning(1);
        return sink;
    }

    private void produce(String topic, int from, int count) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = from; i < from + count; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, ("r" + i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}
