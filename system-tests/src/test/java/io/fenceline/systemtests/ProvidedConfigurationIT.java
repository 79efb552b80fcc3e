package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.history.TopicHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Values from configuration providers, on a real worker: Connect puts the placeholders back into what it gives to tasks. */
final class ProvidedConfigurationIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();
    private final String run = Cluster.unique("provided");
    private final Path file = cluster.output().resolve(run + ".properties");

    /** Each task read all of them: every record was there twice. */
    @Test
    void aListWithPlaceholdersIsReadOnceByTwoTasks() {
        List<String> streams = streams("a", "b", "c");
        write(Map.of("basin", Cluster.BASIN, "token", Cluster.TOKEN));
        Map<String, String> config = Source.config(
                cluster.s2(),
                String.join(",", streams).replace(Cluster.STAGE, "${env:" + Cluster.STAGE_VARIABLE + "}"),
                run,
                2);
        config.put("s2.basin", provided("basin"));
        config.put("s2.access.token", provided("token"));
        assertThat(config.get("s2.streams")).contains("${env:");
        Source source = Source.start(cluster, rest, "source-" + run, config);
        source.awaitRunning(2);
        List<String> expected = new ArrayList<>(append(streams, "first"));
        awaitExactly(source, expected);
        // what would come twice comes while both tasks are up
        expected.addAll(append(streams, "second"));
        awaitExactly(source, expected);

        assertThat(storedConfigurations(source.name())).isNotEmpty().allSatisfy(text -> assertThat(text)
                .doesNotContain(Cluster.TOKEN)
                .doesNotContain(Cluster.STAGE));
        source.delete();
    }

    @Test
    void aPrefixWithAPlaceholderIsReadOnceByTwoTasks() {
        List<String> streams = streams("a", "b", "c");
        Map<String, String> config =
                Source.config(cluster.s2(), "${env:" + Cluster.STAGE_VARIABLE + "}/" + run + "/*", run, 2);
        config.put("s2.discovery.interval.ms", "500");
        Source source = Source.start(cluster, rest, "source-" + run, config);
        source.awaitRunning(2);
        List<String> expected = new ArrayList<>(append(streams, "first"));
        awaitExactly(source, expected);
        expected.addAll(append(streams, "second"));
        awaitExactly(source, expected);
        source.delete();
    }

    /** The text of every task's configuration is the same before and after. */
    @Test
    void aListThatChangesBehindItsPlaceholderIsSharedOutAnewByARestartOfTheConnector() {
        List<String> streams = streams("a", "b", "c", "d");
        write(Map.of("streams", String.join(",", streams.subList(0, 3))));
        Source source =
                Source.start(cluster, rest, "source-" + run, Source.config(cluster.s2(), provided("streams"), run, 2));
        source.awaitRunning(2);
        List<String> expected = new ArrayList<>(append(streams.subList(0, 3), "first"));
        awaitExactly(source, expected);
        Await.until(
                "what was read is stored",
                PATIENCE,
                () -> rest.offsets(source.name())
                                .require(200)
                                .json()
                                .get("offsets")
                                .size()
                        == 3);

        // without a, so that all the others have another place in the list
        write(Map.of("streams", String.join(",", streams.subList(1, 4))));
        rest.restart(source.name());
        expected.addAll(append(streams.subList(1, 4), "second"));
        Await.until(
                "the streams of the new list are read",
                PATIENCE,
                () -> source.committed(run) >= expected.size(),
                () -> "There are " + values() + ", status " + rest.status(source.name()));
        source.awaitRunning(2);
        assertThat(values()).containsExactlyInAnyOrderElementsOf(expected);
        source.delete();
    }

    @Test
    void aSinksValuesMayComeFromProvidersToo() {
        String topic = cluster.createTopic(run, 2);
        write(Map.of("basin", Cluster.BASIN, "token", Cluster.TOKEN, "topics", topic));
        Map<String, String> config = cluster.sink(topic, 2);
        config.put("topics", provided("topics"));
        config.put("s2.basin", provided("basin"));
        config.put("s2.access.token", provided("token"));
        config.put("s2.stream", "${env:" + Cluster.STAGE_VARIABLE + "}/${topic}/${partition}");
        rest.put("sink-" + run, config);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>(topic, i % 2, null, new byte[] {(byte) i}));
            }
        }
        for (int partition = 0; partition < 2; partition++) {
            String stream = Cluster.STAGE + "/" + topic + "/" + partition;
            Await.until(
                    "10 records are in " + stream,
                    PATIENCE,
                    () -> cluster.reader().streams(stream).contains(stream)
                            && cluster.reader().readAll(stream).stream()
                                            .filter(record -> !record.isCommand())
                                            .count()
                                    == 10,
                    () -> "Status " + rest.status("sink-" + run));
        }
        assertThat(storedConfigurations("sink-" + run)).isNotEmpty().allSatisfy(text -> assertThat(text)
                .doesNotContain(Cluster.TOKEN));
        rest.delete("sink-" + run);
    }

    /** It was called no URL, or was sent to S2 as a token. */
    @Test
    void whatTheWorkerDoesNotReplaceStopsTheConnectorWithThePlaceholderAndWhatToSet() {
        write(Map.of("token", Cluster.TOKEN));
        Map<String, String> config = cluster.sink(cluster.createTopic(run, 1), 1);
        config.put("s2.basin", "${nobody:basin}");
        config.put("s2.basin.endpoint", "${env:FENCELINE_IS_NOT_SET}");
        config.put("s2.access.token", Cluster.TOKEN + provided("not-in-it"));
        config.put("name", "sink-" + run);

        assertThat(rest.validationErrors(Cluster.SINK, config)).isEmpty();
        rest.put("sink-" + run, config);
        rest.awaitState("sink-" + run, "FAILED", PATIENCE);

        assertThat(rest.status("sink-" + run).trace())
                .contains("[CONFIG] s2.basin is '${nobody:basin}', s2.access.token contains '" + provided("not-in-it")
                        + "', s2.basin.endpoint is '${env:FENCELINE_IS_NOT_SET}': the worker did not replace them")
                .contains("config.providers=nobody,file,env")
                .doesNotContain(Cluster.TOKEN);
        rest.delete("sink-" + run);
    }

    /** In the stage that placeholders stand for. */
    private List<String> streams(String... names) {
        List<String> streams = new ArrayList<>();
        for (String name : names) {
            String stream = Cluster.STAGE + "/" + run + "/" + name;
            cluster.reader().createStream(stream, null);
            streams.add(stream);
        }
        return streams;
    }

    private List<String> append(List<String> streams, String what) {
        List<String> appended = new ArrayList<>();
        for (String stream : streams) {
            List<String> bodies = List.of(stream + " " + what + " 0", stream + " " + what + " 1");
            cluster.reader().appendTexts(stream, bodies);
            appended.addAll(bodies);
        }
        return appended;
    }

    private void awaitExactly(Source source, List<String> expected) {
        source.awaitCommitted(run, expected.size(), PATIENCE);
        assertThat(values()).containsExactlyInAnyOrderElementsOf(expected);
    }

    private List<String> values() {
        List<String> values = new ArrayList<>();
        TopicHistory.forEach(
                cluster.bootstrapServers(),
                run,
                record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
        return values;
    }

    private String provided(String key) {
        return "${file:" + file + ":" + key + "}";
    }

    private void write(Map<String, String> values) {
        try {
            List<String> lines = new ArrayList<>();
            values.forEach((key, value) -> lines.add(key + "=" + value));
            Collections.sort(lines);
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that Connect has stored of a connector and its tasks, as text. */
    private List<String> storedConfigurations(String connector) {
        List<String> stored = new ArrayList<>();
        TopicHistory.forEach(cluster.bootstrapServers(), Cluster.SHARED_CONFIGS, record -> {
            String key = new String(record.key(), StandardCharsets.UTF_8);
            if (record.value() != null
                    && (key.equals("connector-" + connector) || key.startsWith("task-" + connector))) {
                stored.add(new String(record.value(), StandardCharsets.UTF_8));
            }
        });
        assertThat(stored).anyMatch(text -> text.contains("${"));
        return stored;
    }
}
