package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ConnectWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code exactly.once.support=required} on a worker that takes no notice of it, and on one that does what it says. */
final class ExactlyOnceSupportIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();

    @Test
    void aStandaloneWorkerThatIgnoresItIsWarnedOfOnce() throws IOException {
        try (ConnectWorker worker =
                cluster.newWorker(Cluster.unique("standalone")).standalone().start()) {
            String topic = readOn(worker);

            assertThat(warnings(worker)).as("after the records of " + topic).hasSize(1);
        }
    }

    @Test
    void aWorkerThatWritesInTransactionsIsNotWarnedOfButAProducerThatDoesNotLingerIs() throws IOException {
        try (ConnectWorker worker = cluster.newWorker(Cluster.unique("transactions"))
                .with("exactly.once.source.support", "enabled")
                .start()) {
            readOn(worker);

            assertThat(warnings(worker)).isEmpty();
            assertThat(lines(worker, "WARN", "producer.override.linger.ms is not set"))
                    .hasSize(1);
        }
    }

    /** Two polls that end up in Kafka, and the topic they are in. */
    private String readOn(ConnectWorker worker) {
        String stream = Cluster.unique("required");
        String topic = "from-" + stream;
        cluster.reader().createStream(stream, null);
        cluster.reader().appendTexts(stream, List.of("one", "two"));
        Map<String, String> config = Source.config(cluster.s2(), stream, topic, 1);
        config.put("exactly.once.support", "required");
        Source source = Source.start(cluster, worker.rest(), "source-" + stream, config);
        source.awaitCommitted(topic, 2, PATIENCE);
        cluster.reader().appendTexts(stream, List.of("three"));
        source.awaitCommitted(topic, 3, PATIENCE);
        source.delete();
        return topic;
    }

    private static List<String> warnings(ConnectWorker worker) throws IOException {
        return lines(worker, "exactly.once.support=required, but");
    }

    private static List<String> lines(ConnectWorker worker, String... words) throws IOException {
        return Files.readAllLines(worker.log()).stream()
                .filter(line -> Stream.of(words).allMatch(line::contains))
                .toList();
    }
}
