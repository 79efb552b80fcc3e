package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.S2Location;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The images that Kafka and S2 publish, as their makers built and configured them, with the archive in a worker beside them.
 * Runs where a Docker engine answers, and says so where none does.
 */
final class ContainersIT {

    private static final int PARTITIONS = 3;
    private static final int S2_PORT = 80;

    private static KafkaContainer kafka;
    private static GenericContainer<?> s2;
    private static Cluster cluster;

    @BeforeEach
    void start() {
        boolean docker = DockerClientFactory.instance().isDockerAvailable();
        if (!docker) {
            Cluster.say("ContainersIT is skipped: no Docker engine answers");
        }
        assumeTrue(docker, "no Docker engine answers");
        if (cluster != null) {
            return;
        }
        kafka = new KafkaContainer(DockerImageName.parse("apache/kafka")
                .withTag(KafkaJars.configured().version()));
        s2 = new GenericContainer<>(
                        DockerImageName.parse(System.getProperty("s2.image", "ghcr.io/s2-streamstore/s2:latest")))
                .withCommand("lite")
                .withExposedPorts(S2_PORT)
                .waitingFor(Wait.forHttp("/health").forPort(S2_PORT));
        kafka.start();
        s2.start();
        String endpoint = "http://" + s2.getHost() + ":" + s2.getMappedPort(S2_PORT);
        cluster = Cluster.onServersOfOthers(
                "containers", kafka.getBootstrapServers(), new S2Location.Endpoints(endpoint, endpoint));
        Cluster.say("containers: " + kafka.getDockerImageName() + " and " + s2.getDockerImageName());
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.closeBroker();
            s2.stop();
            kafka.stop();
        }
    }

    @Test
    void everyRecordArrivesOnce() {
        String topic = cluster.createTopic("plain", PARTITIONS);
        ConnectWorker worker = cluster.newWorker("plain")
                .with("offset.flush.interval.ms", "1000")
                .start();
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_000, 1_000, 1);
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 2));
        sink.awaitDurable(2_000, Duration.ofSeconds(90));

        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        sink.delete();
        worker.close();
    }

    @Test
    void everyRecordArrivesOnceThroughAKilledWorker() {
        String topic = cluster.createTopic("killed", PARTITIONS);
        ConnectWorker worker = cluster.newWorker("killed")
                .with("offset.flush.interval.ms", "60000")
                .start();
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_000, 1_000, 2);
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 2));
        sink.awaitDurable(2_000, Duration.ofSeconds(90));
        worker.kill();
        assertThat(sink.durable())
                .as("records in S2 that Kafka believes are still to come")
                .isGreaterThan(sink.committed());
        worker.launch();
        worker.awaitReady();
        sink.awaitRunning(2);

        long produced = load.stop();
        sink.awaitAllArrived(Duration.ofSeconds(90));

        assertThat(sink.check().requirePerfect().inS2()).isEqualTo(produced);
        sink.delete();
        worker.close();
    }

    @Test
    void whatComesBackIsWhatWentIn() {
        String topic = cluster.createTopic("mirrored", PARTITIONS);
        String copy = cluster.createTopic("copy", PARTITIONS);
        ConnectWorker worker = cluster.newWorker("mirror")
                .with("exactly.once.source.support", "enabled")
                .start();
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_000, 1_000, 3);
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 2));
        Map<String, String> config = Source.config(cluster.s2(), topic + "/*", copy, 2);
        config.put("restore.partition", "true");
        Source source = Source.start(cluster, worker.rest(), "mirror-" + copy, config);
        source.awaitCommitted(copy, 2_000, Duration.ofSeconds(90));

        long produced = load.stop();
        source.awaitCommitted(copy, produced, Duration.ofSeconds(90));

        assertThat(TopicContents.of(cluster, copy)).isEqualTo(TopicContents.of(cluster, topic));
        source.delete();
        sink.delete();
        worker.close();
    }
}
