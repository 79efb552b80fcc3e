package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.systemtests.transform.AwayConverter;
import io.fenceline.systemtests.transform.TransformsPlugin;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.FaultProxy;
import io.fenceline.testkit.history.CommitWatcher;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** F-55: a converter that cannot work at the moment, while what came before is not durable and another partition goes on. */
final class UnsteadyConverterIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();
    private final String topic = cluster.createTopic("unsteady", 2);

    @Test
    void recordsBeforeOneThatCouldNotBeConvertedAreNotSkippedWhenTheTaskFails() throws Exception {
        Path away = Files.createDirectories(cluster.output()).resolve(topic + ".away");
        try (FaultProxy proxy = FaultProxy.to(URI.create(cluster.s2().basinEndpoint()));
                KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            Map<String, String> config = converting(proxy, away);
            produce(producer, 0, "\"first\"");
            Sink sink = Sink.start(cluster, rest, topic, 2, cluster.reader(), config);
            sink.awaitNoLag(MINUTE);

            Files.createFile(away);
            proxy.refuse();
            for (int i = 0; i < 5; i++) {
                produce(producer, 0, "\"text needs no converter\"");
            }
            produce(producer, 0, "{\"this\":\"does\"}");
            // null values are ignored: this partition has something new to commit without S2
            Await.until("the task fails", MINUTE, () -> {
                produce(producer, 1, null);
                return rest.status(sink.name()).anyTaskFailed();
            });

            assertThat(rest.status(sink.name()).traces()).contains("RETRIES_EXHAUSTED");
            Map<TopicPartition, Long> committed = committed(sink);
            assertThat(committed.get(new TopicPartition(topic, 1)))
                    .as("the other partition went on")
                    .isPositive();
            assertThat(committed.get(new TopicPartition(topic, 0)))
                    .as("one record is in the stream")
                    .isEqualTo(1);

            Files.delete(away);
            proxy.admit();
            rest.restart(sink.name());
            Await.until("the task runs again", MINUTE, () -> rest.status(sink.name())
                    .running(1));
            Await.until("all arrive", MINUTE, () -> written().size() >= 7);
            sink.awaitNoLag(MINUTE);
            assertThat(written()).isEqualTo(Numbered.range(0, 7));
            sink.delete();
        }
    }

    private Map<String, String> converting(FaultProxy proxy, Path away) {
        String endpoint = proxy.url().toString();
        Map<String, String> config = Cluster.sinkTo(endpoint, endpoint, topic, 1);
        config.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        config.put("value.converter.schemas.enable", "false");
        config.put("body.converter", TransformsPlugin.AWAY);
        config.put("body.converter." + AwayConverter.AWAY_WHILE, away.toString());
        config.put("behavior.on.null.values", "ignore");
        config.put("retry.timeout.ms", "5000");
        config.put("retry.backoff.max.ms", "500");
        return config;
    }

    private void produce(KafkaProducer<byte[], byte[]> producer, int partition, @Nullable String json) {
        byte[] value = json == null ? null : json.getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, partition, null, value));
        producer.flush();
    }

    private Map<TopicPartition, Long> committed(Sink sink) throws ExecutionException {
        return CommitWatcher.committed(cluster.admin(), "connect-" + sink.name());
    }

    private List<Long> written() {
        return Numbered.offsets(cluster.reader(), topic + "/0");
    }
}
