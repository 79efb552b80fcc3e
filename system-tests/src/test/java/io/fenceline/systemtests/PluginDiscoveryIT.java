package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.PluginArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The archive loads and works however the worker looks for plugins. */
final class PluginDiscoveryIT {

    private final Cluster cluster = Cluster.shared();

    @ParameterizedTest
    @ValueSource(strings = {"service_load", "only_scan", "hybrid_fail"})
    void theConnectorIsFoundAndRuns(String discovery) throws IOException {
        String group = Cluster.unique("discovery");
        String topic = cluster.createTopic("discovered", 1);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(topic, 0, null, "found".getBytes(StandardCharsets.UTF_8)));
        }
        String version = PluginArchive.version(PluginArchive.find());
        ConnectWorker worker = cluster.newWorker(group)
                .with("plugin.discovery", discovery)
                .with("offset.flush.interval.ms", "1000")
                .start();

        assertThat(worker.rest().get("/connector-plugins").require(200).body())
                .contains("\"class\":\"" + Cluster.SINK + "\"")
                .contains("\"version\":\"" + version + "\"");
        Sink sink = Sink.start(cluster, worker.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.requirePerfect(Duration.ofSeconds(30));
        assertThat(Files.readString(worker.log()))
                .containsPattern("Fenceline " + Pattern.quote(version) + "\\+[0-9a-z-]+: S2 sink connector starts")
                .containsPattern("Fenceline " + Pattern.quote(version) + "\\+[0-9a-z-]+: S2 sink task starts")
                .doesNotContain("NoClassDefFoundError")
                .doesNotContain("SLF4J: Class path contains multiple");
        sink.delete();
        worker.close();
    }
}
