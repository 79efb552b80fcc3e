package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.PluginArchive;
import io.fenceline.testkit.Ports;
import io.fenceline.testkit.history.CommitWatcher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From the archive before to this one and back, under load: nothing twice, nothing missing, nothing out of order. Runs with
 * {@code -Pcompat}.
 */
final class UpgradeIT {

    private static final int PARTITIONS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Cluster newest = Cluster.shared();

    @BeforeEach
    void onlyWhereCompatibilityIsLookedAt() {
        assumeFalse(System.getProperty("compat.versions", "").isBlank(), "runs with mvn verify -Pcompat");
    }

    /** What everybody does whose workers hold one version: worker by worker to the new archive, and back. */
    @ParameterizedTest
    @ValueSource(strings = {"oldest", "newest"})
    void workersAreReplacedOneByOneByThoseWithTheOtherArchive(String which) throws Exception {
        Cluster cluster = which.equals("oldest") ? newest.withWorkersOf(KafkaJars.oldest()) : newest;
        String group = "replaced-" + which;
        long seed = Cluster.seed("UpgradeIT " + group);
        EarlierArchive before = EarlierArchive.install(cluster.output().resolve("plugins-before"));
        Path now = cluster.plugins();
        ConnectWorker first = worker(
                        cluster, group, "first-before", before.pluginPath().toString())
                .startInBackground();
        ConnectWorker second = worker(
                        cluster, group, "second-before", before.pluginPath().toString())
                .start();
        first.awaitReady();
        String topic = cluster.createTopic(group, PARTITIONS);
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_500, 1_000, seed);
        Sink sink = Sink.start(cluster, first.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 3));
        CommitWatcher watcher = sink.watch();
        grow(sink, 2_000);

        // up: one after the other, tasks of both versions beside each other in between
        second.close();
        second = worker(cluster, group, "second-now", now.toString()).start();
        sink.awaitRunning(3);
        grow(sink, 2_000);
        first.kill();
        first = worker(cluster, group, "first-now", now.toString()).start();
        sink = new Sink(cluster, second.rest(), sink.name(), topic, PARTITIONS, cluster.reader());
        sink.awaitRunning(3);
        grow(sink, 2_000);
        assertThat(started(second) + started(first)).contains("Fenceline " + version() + "+");

        // and down again
        first.close();
        first = worker(cluster, group, "first-back", before.pluginPath().toString())
                .start();
        sink.awaitRunning(3);
        grow(sink, 2_000);
        second.kill();
        second = worker(cluster, group, "second-back", before.pluginPath().toString())
                .start();
        sink = new Sink(cluster, first.rest(), sink.name(), topic, PARTITIONS, cluster.reader());
        sink.awaitRunning(3);
        grow(sink, 2_000);
        assertThat(started(first) + started(second)).contains("Fenceline " + before.version() + "+");
        long produced = load.stop();

        assertThat(sink.requirePerfect(PATIENCE).inS2()).isEqualTo(produced);
        watcher.requireClean();
        sink.delete();
        first.close();
        second.close();
    }

    /** Connect 4.1 and newer (KIP-891): both archives on every worker, and each connector says which of them it wants. */
    @Test
    void sinkAndSourceChangeTheirVersionsOnWorkersThatHaveBoth() throws Exception {
        assumeFalse(
                KafkaJars.configured().version().matches("3\\..*|4\\.0\\..*"), "workers have one version below 4.1");
        String group = "both-versions";
        long seed = Cluster.seed("UpgradeIT " + group);
        EarlierArchive before = EarlierArchive.install(newest.output().resolve("plugins-both-before"));
        String now = version();
        int jmx = Ports.free();
        ConnectWorker worker = worker(newest, group, "both", newest.plugins() + "," + before.pluginPath())
                .with("exactly.once.source.support", "enabled")
                .jvmOptions(JmxBeans.options("-Xmx512m", jmx))
                .start();
        String topic = newest.createTopic(group, PARTITIONS);
        String copy = newest.createTopic(group + "-copy", PARTITIONS);
        Map<String, String> sinkConfig = newest.sink(topic, 2);
        sinkConfig.put("connector.plugin.version", before.version());
        Load load = Load.start(newest.bootstrapServers(), topic, PARTITIONS, 1_000, 1_000, seed);
        Sink sink = Sink.start(newest, worker.rest(), topic, PARTITIONS, newest.reader(), sinkConfig);
        CommitWatcher watcher = sink.watch();
        // another connector, of the other version, in the same worker all the while
        String beside = newest.createTopic(group + "-beside", 1);
        Map<String, String> besideConfig = newest.sink(beside, 1);
        besideConfig.put("connector.plugin.version", now);
        Load besideLoad = Load.start(newest.bootstrapServers(), beside, 1, 200, 500, seed);
        Sink besideSink = Sink.start(newest, worker.rest(), beside, 1, newest.reader(), besideConfig);
        Map<String, String> sourceConfig = Source.inTransactions(Source.config(newest.s2(), topic + "/*", copy, 2));
        sourceConfig.put("restore.partition", "true");
        sourceConfig.put("s2.discovery.interval.ms", "1000");
        sourceConfig.put("producer.override.transaction.timeout.ms", "12000");
        sourceConfig.put("connector.plugin.version", before.version());
        Source source = Source.start(newest, worker.rest(), group + "-source", sourceConfig);
        source.awaitCommitted(copy, 1_000, PATIENCE);
        requireVersions(worker.rest(), sink.name(), before.version());

        for (String version : List.of(now, before.version(), now)) {
            sinkConfig.put("connector.plugin.version", version);
            sink.rest().put(sink.name(), sinkConfig);
            awaitVersions(worker.rest(), sink.name(), version, 2);
            grow(sink, 1_500);
            sourceConfig.put("connector.plugin.version", version);
            worker.rest().put(source.name(), sourceConfig);
            awaitVersions(worker.rest(), source.name(), version, 2);
            long read = source.committed(copy);
            source.awaitCommitted(copy, read + 1_000, PATIENCE);
            Cluster.say("sink and source run as " + version);
        }
        // one kill with the versions that the connectors have in the end
        worker.kill();
        worker.launch();
        worker.awaitReady();
        awaitVersions(worker.rest(), sink.name(), now, 2);
        grow(sink, 1_000);
        long produced = load.stop();
        besideLoad.stop();

        assertThat(sink.requirePerfect(PATIENCE).inS2()).isEqualTo(produced);
        watcher.requireClean();
        besideSink.requirePerfect(PATIENCE);
        source.awaitCommitted(copy, produced, PATIENCE);
        assertThat(TopicContents.of(newest, copy)).isEqualTo(TopicContents.of(newest, topic));
        assertThat(JmxBeans.all(jmx))
                .as("figures of both versions")
                .contains("connector=" + sink.name())
                .contains("connector=" + besideSink.name());
        assertThat(Files.readString(worker.log()))
                .contains("Fenceline " + now + "+", "Fenceline " + before.version() + "+")
                .doesNotContain("InstanceAlreadyExists")
                .doesNotContain("Error when registering metric")
                .doesNotContain("NoSuchMethodError")
                .doesNotContain("NoClassDefFoundError");
        source.delete();
        sink.delete();
        besideSink.delete();
        worker.close();
    }

    private static ConnectWorker.Builder worker(Cluster cluster, String group, String name, String pluginPath) {
        return cluster.newWorker(group, group + "-" + name)
                .with("plugin.path", pluginPath)
                .with("offset.flush.interval.ms", "1000")
                .jvmOptions("-Xms64m", "-Xmx384m");
    }

    private static String version() {
        return PluginArchive.version(PluginArchive.find());
    }

    private static String started(ConnectWorker worker) throws Exception {
        return String.join(
                "\n",
                Files.readAllLines(worker.log()).stream()
                        .filter(line -> line.contains("S2 sink task starts"))
                        .toList());
    }

    /** What Connect says of a connector and its tasks from 4.1 on. */
    private static boolean hasVersions(ConnectRest rest, String name, String version) {
        var status = rest.get("/connectors/" + name + "/status").json();
        boolean all = status.at("/connector/version").asText().equals(version);
        for (var task : status.at("/tasks")) {
            all &= task.at("/version").asText().equals(version);
        }
        return all;
    }

    private static void requireVersions(ConnectRest rest, String name, String version) {
        assertThat(hasVersions(rest, name, version))
                .as(rest.get("/connectors/" + name + "/status").body())
                .isTrue();
    }

    private static void awaitVersions(ConnectRest rest, String name, String version, int tasks) {
        Await.until(
                name + " runs as version " + version,
                PATIENCE,
                () -> {
                    ConnectRest.Status status = rest.status(name);
                    if (status.anyTaskFailed() && !Source.restartedAfterKafkasRace(rest, name, status)) {
                        throw new AssertionError(name + " failed:\n" + status.traces());
                    }
                    return status.running(tasks) && hasVersions(rest, name, version);
                },
                () -> "Status: " + rest.get("/connectors/" + name + "/status").body());
    }

    private static void grow(Sink sink, long records) {
        sink.awaitDurable(sink.durable() + records, PATIENCE);
    }
}
