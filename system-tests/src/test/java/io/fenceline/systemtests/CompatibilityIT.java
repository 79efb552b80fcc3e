package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.Ports;
import io.fenceline.testkit.history.CommitWatcher;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One archive on the oldest and the newest Kafka, with the classic and the newer protocol of consumer groups: load, tasks
 * that come and go, workers that are killed. What all other tests run, the newest with the classic protocol, is not here.
 */
final class CompatibilityIT {

    private static final int PARTITIONS = 4;
    private static final String CLASSIC = "classic";
    private static final String KIP_848 = "consumer";

    private final Cluster newest = Cluster.shared();

    @Test
    void theOldestWorkersOnTheNewestBroker() throws Exception {
        killsAndRebalances("oldworker", newest.withWorkersOf(KafkaJars.oldest()), CLASSIC);
    }

    @Test
    void theOldestWorkersOnTheOldestBroker() throws Exception {
        Cluster oldest = newest.withBrokerOf(KafkaJars.oldest());
        killsAndRebalances("oldall", oldest, CLASSIC);
        oldest.closeBroker();
    }

    @Test
    void theNewestWorkersWithTheConsumerProtocol() throws Exception {
        assumeFalse(
                KafkaJars.configured().version().startsWith("3."), "brokers have the consumer protocol from 4.0 on");
        killsAndRebalances("kip848", newest, KIP_848);
    }

    @Test
    void theSqsSinkOnTheOldestWorkers() throws Exception {
        Random random = new Random(Cluster.seed("CompatibilityIT sqs"));
        int jmx = Ports.free();
        ConnectWorker worker = newest.withWorkersOf(KafkaJars.oldest())
                .newWorker("oldsqs")
                .jvmOptions(JmxBeans.options("-Xmx384m", jmx))
                .with("offset.flush.interval.ms", "1000")
                .start();
        try (worker;
                QueueSink sink = QueueSink.fifo(newest, "oldsqs", PARTITIONS).on(worker)) {
            sink.produce(1_000, random);
            sink.start(1);
            sink.awaitInQueue(200 + random.nextInt(500));
            worker.kill();
            worker.launch();
            worker.awaitReady();
            sink.produce(200, random);
            sink.check().requirePerfect();
            assertThat(JmxBeans.all(jmx))
                    .containsPattern("io.fenceline:type=sqs-sink-task.*connector=" + sink.name())
                    .containsPattern("records-acknowledged-total=[1-9]");

            sink.calls().deleteQueue(sink.queueUrl());
            sink.produce(1, random);

            assertThat(sink.awaitStopped("TARGET_MISSING")).contains("offsets up to 299");
            assertThat(Files.readString(worker.log()))
                    .doesNotContain("NoSuchMethodError")
                    .doesNotContain("NoClassDefFoundError")
                    .doesNotContain("Error when registering metric");
        }
    }

    @Test
    void theSourceOnTheOldestWorkers() throws Exception {
        thereAndBackThroughAKill("oldsource", newest.withWorkersOf(KafkaJars.oldest()));
    }

    /** None unless {@code mvn verify -Pcompat} names them. */
    static Stream<String> releases() {
        return Arrays.stream(System.getProperty("compat.versions", "").split(","))
                .filter(version -> !version.isBlank());
    }

    @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
    @MethodSource("releases")
    void workersAndBrokerOfEveryRelease(String version) throws Exception {
        Cluster cluster = newest.withBrokerOf(KafkaJars.of(version));
        String group = "kafka" + version.replace(".", "");
        killsAndRebalances(group, cluster, CLASSIC);
        thereAndBackThroughAKill(group + "back", cluster);
        cluster.closeBroker();
    }

    /** Beside the JDK that runs the tests, which all other tests have for their workers. */
    static Stream<Jdk> otherJdks() {
        if (releases().findAny().isEmpty()) {
            return Stream.empty();
        }
        List<Jdk> jdks = Jdk.besideOurs();
        Cluster.say(
                "CompatibilityIT: workers on " + (jdks.isEmpty() ? "no other JDK than ours: none is beside it" : jdks));
        return jdks.stream();
    }

    @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
    @MethodSource("otherJdks")
    void workersOnOtherJdks(Jdk jdk) throws Exception {
        String group = "jdk" + jdk.feature();
        Cluster cluster = newest.withWorkersOnJdk(group, jdk.home());
        killsAndRebalances(group, cluster, CLASSIC);
        thereAndBackThroughAKill(group + "back", cluster);
        assertThat(Files.readString(cluster.output().resolve("worker-" + group + "-0/worker.log")))
                .containsPattern("jvm.spec = .*" + jdk.feature());
    }

    /** Both connectors on one worker with exactly-once source support, which is killed while they work. */
    private static void thereAndBackThroughAKill(String group, Cluster cluster) throws Exception {
        long seed = Cluster.seed("CompatibilityIT " + group);
        String topic = cluster.createTopic(group, PARTITIONS);
        String copy = cluster.createTopic(group + "-copy", PARTITIONS);
        ConnectWorker worker = cluster.newWorker(group)
                .with("exactly.once.source.support", "enabled")
                .with("offset.flush.interval.ms", "1000")
                .start();
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 1));
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_000, 1_000, seed);
        Map<String, String> config = Source.config(cluster.s2(), topic + "/*", copy, 2);
        config.put("restore.partition", "true");
        config.put("s2.discovery.interval.ms", "1000");
        // a worker that starts waits until the transaction of a killed one is given up; a busy machine needs its time
        // for one
        config.put("producer.override.transaction.timeout.ms", "12000");
        Source source = Source.start(cluster, worker.rest(), group + "-source", config);
        source.awaitCommitted(copy, 1_000, Duration.ofSeconds(90));

        worker.kill();
        long before = source.committed(copy);
        worker.launch();
        worker.awaitReady();
        source.awaitCommitted(copy, before + 1_000, Duration.ofSeconds(90));
        long produced = load.stop();
        source.awaitCommitted(copy, produced, Duration.ofSeconds(90));

        assertThat(TopicContents.of(cluster, copy)).isEqualTo(TopicContents.of(cluster, topic));
        sink.requirePerfect(Duration.ofSeconds(60));
        assertThat(Files.readString(worker.log()))
                .doesNotContain("NoSuchMethodError")
                .doesNotContain("NoClassDefFoundError")
                .doesNotContain("Error when registering metric");
        source.delete();
        sink.delete();
        worker.close();
    }

    private static void killsAndRebalances(String group, Cluster cluster, String protocol) throws Exception {
        long seed = Cluster.seed("CompatibilityIT " + group);
        Random random = new Random(seed);
        int[] jmx = {Ports.free(), Ports.free()};
        ConnectWorker steady = worker(cluster, group, 0, jmx[0], protocol).startInBackground();
        ConnectWorker victim = worker(cluster, group, 1, jmx[1], protocol).start();
        steady.awaitReady();
        String topic = cluster.createTopic(group, PARTITIONS);
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_500, 1_000, seed);
        Map<String, String> config = cluster.sink(topic, 3);
        if (protocol.equals(KIP_848)) {
            config.put("consumer.override.group.protocol", KIP_848);
        }
        Sink sink = Sink.start(cluster, steady.rest(), topic, PARTITIONS, cluster.reader(), config);
        CommitWatcher watcher = sink.watch();
        grow(sink, 2_000);

        String figures = JmxBeans.all(jmx[0]) + JmxBeans.all(jmx[1]);
        assertThat(figures)
                .as("figures over JMX")
                .containsPattern("(io.fenceline:type=|kafka.connect:.*kind=)s2-sink-task.*")
                .contains("connector=" + sink.name())
                .containsPattern("records-acknowledged-total=[1-9]")
                .containsPattern("append-latency-p99-ms=[0-9]");

        int effective = 0;
        for (int tasks : new int[] {1, 2}) {
            long committed = sink.committed();
            victim.kill();
            effective += sink.durable() > committed ? 1 : 0;
            grow(sink, 2_000);
            victim.launch();
            victim.awaitReady();
            config.put("tasks.max", Integer.toString(tasks));
            sink.rest().put(sink.name(), config);
            awaitChanged(sink, tasks);
            grow(sink, 1_000 + random.nextInt(1_000));
        }
        // what one worker has moves to the other, in good order
        victim.close();
        sink.awaitRunning(2);
        grow(sink, 1_000);
        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        watcher.requireClean();
        Cluster.say("CompatibilityIT " + group + ": " + effective + " of 2 kills effective, " + watcher);
        String logs = Files.readString(steady.log()) + Files.readString(victim.log());
        assertThat(logs)
                .contains(protocol.equals(KIP_848) ? "AsyncKafkaConsumer" : "KafkaConsumer")
                .doesNotContain("NoSuchMethodError")
                .doesNotContain("NoClassDefFoundError")
                .doesNotContain("Error when registering metric");
        sink.delete();
        steady.close();
    }

    private static ConnectWorker.Builder worker(Cluster cluster, String group, int number, int jmx, String protocol) {
        ConnectWorker.Builder worker = cluster.newWorker(group, group + "-" + number)
                .jvmOptions(JmxBeans.options("-Xmx384m", jmx))
                .with("offset.flush.interval.ms", "1000");
        if (protocol.equals(KIP_848)) {
            // the broker decides these, and a consumer that is told otherwise refuses to start
            worker.without("consumer.session.timeout.ms").without("consumer.heartbeat.interval.ms");
        }
        return worker;
    }

    /**
     * A worker that joins while tasks.max is lowered can meet the former tasks with the new limit, which Connect takes for a
     * mistake of the connector's (TooManyTasksException): then does what an operator would.
     */
    private static void awaitChanged(Sink sink, int tasks) {
        Await.until(
                sink.name() + " runs " + tasks + " tasks",
                Duration.ofSeconds(90),
                () -> {
                    ConnectRest.Status status = sink.rest().status(sink.name());
                    if (status.anyTaskFailed()) {
                        assertThat(status.traces())
                                .contains("TooManyTasksException")
                                .doesNotContain("io.fenceline");
                        Cluster.say(sink.name() + ": restarting tasks that Connect started too many of");
                        sink.rest().restart(sink.name());
                        return false;
                    }
                    return status.running(tasks);
                },
                () -> "Status: " + sink.rest().status(sink.name()));
    }

    private static void grow(Sink sink, long records) {
        sink.awaitDurable(sink.durable() + records, Duration.ofSeconds(90));
    }
}
