package io.fenceline.systemtests;

import io.fenceline.systemtests.transform.TransformsPlugin;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaBroker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.PluginArchive;
import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.SqsServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * One broker, one S2 server in memory and one worker with the archive installed, shared by all test classes of the JVM, which
 * is a lane of the run; its end ends them. Tests that kill something start their own worker or server beside it. Every test
 * has topics, connectors and streams of its own, named with {@link #unique}. What one test breaks or leaves behind does not
 * reach the next, see {@link #shared}.
 */
final class Cluster {

    static final String SINK = "io.fenceline.connect.sink.s2.S2SinkConnector";
    static final String SQS_SINK = "io.fenceline.connect.sink.sqs.SqsSinkConnector";
    static final String BASIN = "system-tests";
    /** Looked for in everything the product writes; s2-lite takes any token. */
    static final String TOKEN = "tok-3e1b97c05d1f4b6f";

    /** In the environment of the shared worker, for placeholders of configurations. */
    static final String STAGE_VARIABLE = "FENCELINE_STAGE";

    static final String STAGE = "stage-of-the-worker";
    /** Where the shared worker stores configurations. */
    static final String SHARED_CONFIGS = "shared-configs";

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";
    /**
     * Topics with {@code cleanup.policy=compact} are compacted within seconds, with little memory; workers that are killed often
     * may be missed sooner than after the 6 seconds brokers insist on, and their transactions given up sooner.
     */
    private static final Map<String, String> COMPACTING = Map.of(
            "group.min.session.timeout.ms", "1000",
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", "500",
            "log.cleaner.enable", "true",
            "log.cleaner.backoff.ms", "500",
            "log.cleaner.dedupe.buffer.size", "4194304",
            "log.cleaner.io.buffer.size", "131072");

    /** From 1 on; what a run says begins with it. */
    private static final int LANE = Integer.getInteger("fenceline.lane", 1);

    /** Lanes may share an S2 server that is not ours. */
    private static final AtomicInteger COUNTER = new AtomicInteger((LANE - 1) * 10_000);

    private static @Nullable Cluster shared;
    private static int replaced;

    private final Path output;
    private final KafkaJars jars;
    private final KafkaBroker broker;
    private final S2Server s2;
    private final S2Reader reader;
    private final Admin admin;
    /** Of the workers; null: as they are by themselves. */
    private final @Nullable Path javaHome;

    private @Nullable ConnectWorker worker;
    private @Nullable ConnectWorker exactlyOnceWorker;
    private @Nullable SqsServer sqs;
    private @Nullable Path plugins;

    private Cluster(Path output, KafkaJars jars, KafkaBroker broker, S2Server s2) {
        this(output, jars, broker, s2, null);
    }

    private Cluster(Path output, KafkaJars jars, KafkaBroker broker, S2Server s2, @Nullable Path javaHome) {
        this.output = output;
        this.javaHome = javaHome;
        this.jars = jars;
        this.broker = broker;
        this.s2 = s2;
        admin = broker.admin();
        reader = s2.reader(BASIN).createBasin();
    }

    private static Cluster start() {
        Path runs =
                Path.of(System.getProperty("fenceline.output", "target/runs")).toAbsolutePath();
        if (LANE == 1) {
            deleteEndedRuns(runs);
        }
        if (LANE == 1 && !Boolean.getBoolean("soak")) {
            say("as few kills, rounds and seconds as show the effect; mvn verify -Psoak runs the same tests with many");
        }
        Path output = runs.resolve("run-" + ProcessHandle.current().pid());
        if (replaced > 0) {
            output = output.resolve("replaced-" + replaced);
        }
        KafkaBroker broker = startBroker(KafkaJars.configured(), output.resolve("broker"));
        long start = System.nanoTime();
        S2Server s2 = S2Server.builder(output.resolve("s2")).start();
        say("S2 server up after " + millisSince(start) + " ms at " + s2.basinEndpoint());
        return new Cluster(output, KafkaJars.configured(), broker, s2);
    }

    private static KafkaBroker startBroker(KafkaJars jars, Path folder) {
        long start = System.nanoTime();
        KafkaBroker broker = KafkaBroker.start(jars, folder, COMPACTING);
        say("broker " + jars.version() + " up after " + millisSince(start) + " ms at " + broker.bootstrapServers()
                + ", output in " + folder);
        return broker;
    }

    /**
     * For the next test. What the one before has broken is replaced, and connectors it left behind are deleted; both are said.
     */
    static synchronized Cluster shared() {
        Cluster before = shared;
        if (before == null) {
            shared = start();
        } else {
            String silent = before.silent();
            if (silent == null) {
                before.deleteLeftovers();
            } else {
                replaced++;
                say(silent + " does not answer any more: all servers that tests share are replaced; logs of the"
                        + " former are in " + before.output);
                before.kill();
                shared = start();
            }
        }
        return shared;
    }

    /** The first of our servers that does not answer; null if all do. */
    private @Nullable String silent() {
        if (!answers(() -> admin.describeCluster().nodes().get(20, TimeUnit.SECONDS))) {
            return "the broker";
        } else if (!answers(() -> reader.streams("none-of-ours/"))) {
            return "the S2 server";
        } else if (sqs != null && !sqs.process().isAlive()) {
            return "the SQS server";
        }
        for (ConnectWorker running : sharedWorkers()) {
            if (!answers(() -> running.rest().connectors())) {
                return "the worker at " + running.url();
            }
        }
        return null;
    }

    /** Those that run by now. */
    private List<ConnectWorker> sharedWorkers() {
        return Stream.of(worker, exactlyOnceWorker).filter(Objects::nonNull).toList();
    }

    private static boolean answers(Callable<?> question) {
        try {
            question.call();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (Exception e) {
            say("no answer: " + e);
            return false;
        }
    }

    private void deleteLeftovers() {
        try {
            for (ConnectWorker running : sharedWorkers()) {
                for (String name : running.rest().connectors()) {
                    say(name + " was left behind by an earlier test and is deleted");
                    running.rest().delete(name);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With everything else this JVM has started: no test runs now. */
    private void kill() {
        admin.close(Duration.ZERO);
        if (s2.process() != null) {
            s2.kill();
        }
        ManagedProcess.killAllStarted();
    }

    /** A run leaves more than a gigabyte behind; its logs are wanted until the next one. */
    private static void deleteEndedRuns(Path runs) {
        File[] earlier = runs.toFile().listFiles((folder, name) -> name.matches("run-\\d+"));
        for (File run : earlier == null ? new File[0] : earlier) {
            long pid = Long.parseLong(run.getName().substring("run-".length()));
            if (ProcessHandle.of(pid).isEmpty()) {
                try (Stream<Path> files = Files.walk(run.toPath())) {
                    files.sorted(Comparator.reverseOrder())
                            .forEach(file -> file.toFile().delete());
                } catch (IOException | UncheckedIOException e) {
                    say("cannot delete " + run + ": " + e);
                }
            }
        }
    }

    static void say(String text) {
        System.out.println("[system tests " + LANE + "] " + text);
    }

    /** What decides this run's choices: given by {@code -Dseed}, else new; said, so that it can be given again. */
    static long seed(String run) {
        long seed = Long.getLong("seed", System.nanoTime());
        say(run + " -Dseed=" + seed);
        return seed;
    }

    static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /** The same broker and S2 server, with workers of another version. */
    Cluster withWorkersOf(KafkaJars version) {
        return new Cluster(output.resolve("workers-" + version.version()), version, broker, s2);
    }

    /** The same broker and S2 server, with workers on another JDK; {@code name} is for their folder. */
    Cluster withWorkersOnJdk(String name, Path home) {
        return new Cluster(output.resolve("workers-" + name), jars, broker, s2, home);
    }

    /** The same S2 server, with a broker and workers of another version; {@link #closeBroker} when done. */
    Cluster withBrokerOf(KafkaJars version) {
        Path folder = output.resolve("kafka-" + version.version());
        return new Cluster(folder, version, startBroker(version, folder.resolve("broker")), s2);
    }

    /** Workers of ours on servers that somebody else starts and ends. */
    static Cluster onServersOfOthers(String name, String bootstrapServers, S2Location.Endpoints s2) {
        Path output = Path.of(System.getProperty("fenceline.output", "target/runs"))
                .toAbsolutePath()
                .resolve("run-" + ProcessHandle.current().pid())
                .resolve(name);
        return new Cluster(
                output,
                KafkaJars.configured(),
                KafkaBroker.at(bootstrapServers),
                S2Server.builder(output.resolve("s2")).start(s2));
    }

    void closeBroker() {
        admin.close();
        broker.close();
    }

    /** A name nobody else in this run has. */
    static String unique(String prefix) {
        return prefix + "-" + COUNTER.incrementAndGet();
    }

    String bootstrapServers() {
        return broker.bootstrapServers();
    }

    Admin admin() {
        return admin;
    }

    S2Server s2() {
        return s2;
    }

    S2Reader reader() {
        return reader;
    }

    /** Another server, for the caller to kill and close; it keeps its streams on disk. */
    S2Server ownS2(String name) {
        Path folder = output.resolve("s2-" + name);
        return S2Server.builder(folder).in(folder.resolve("data")).startOwn();
    }

    /** The SQS server for all tests; they move its clock, which is well for everyone who sends after that. */
    synchronized SqsServer sqs() {
        if (sqs == null) {
            long start = System.nanoTime();
            sqs = SqsServer.start(output.resolve("sqs"));
            say("SQS server up after " + millisSince(start) + " ms at " + sqs.endpoint());
        }
        return sqs;
    }

    Path output() {
        return output;
    }

    /** The worker for tests that do not harm it. */
    synchronized ConnectWorker worker() {
        if (worker == null) {
            long start = System.nanoTime();
            worker = newWorker("shared")
                    .with("plugin.path", pluginsAndTransforms())
                    // most tests wait for a commit
                    .with("offset.flush.interval.ms", "1000")
                    .configProviders()
                    .environment(STAGE_VARIABLE, STAGE)
                    .start();
            say("shared worker up after " + millisSince(start) + " ms");
        }
        return worker;
    }

    ConnectRest rest() {
        return worker().rest();
    }

    /** A worker with exactly-once source support, which tests may kill, and leave running, when it has no connectors but theirs. */
    synchronized ConnectWorker exactlyOnceWorker() {
        if (exactlyOnceWorker == null) {
            long start = System.nanoTime();
            exactlyOnceWorker = newExactlyOnceWorker("exactly-once").start();
            say("exactly-once worker up after " + millisSince(start) + " ms");
        }
        return exactlyOnceWorker;
    }

    /** Of the group of {@link #exactlyOnceWorker} and not started yet; it dies unnoticed for no longer than it takes to start again. */
    ConnectWorker.Builder newExactlyOnceWorker(String folder) {
        return newWorker("exactly-once", folder)
                .with("exactly.once.source.support", "enabled")
                .with("session.timeout.ms", "4000")
                .with("heartbeat.interval.ms", "1000")
                .jvmOptions("-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    /** A worker of its own group, not started yet; several of one group need distinct folders. */
    ConnectWorker.Builder newWorker(String group) {
        return newWorker(group, group);
    }

    ConnectWorker.Builder newWorker(String group, String folder) {
        ConnectWorker.Builder builder = ConnectWorker.builder(
                        jars, bootstrapServers(), output.resolve("worker-" + folder))
                .group(group)
                .pluginPath(plugins());
        return javaHome == null ? builder : builder.java(javaHome);
    }

    synchronized Path plugins() {
        if (plugins == null) {
            Path archive = PluginArchive.find();
            plugins = PluginArchive.install(archive, output.resolve("plugins"));
            say("installed " + archive.getFileName());
        }
        return plugins;
    }

    /** Value for {@code plugin.path} of a worker that knows the transforms of our tests as well. */
    String pluginsAndTransforms() {
        return plugins() + "," + TransformsPlugin.install(output.resolve("transforms"));
    }

    String createTopic(String prefix, int partitions) {
        return createTopic(prefix, partitions, Map.of());
    }

    String createTopic(String prefix, int partitions, Map<String, String> config) {
        String topic = unique(prefix);
        broker.createTopic(topic, partitions, config);
        return topic;
    }

    /** Sets one of a topic's settings. */
    void changeTopic(String topic, String key, String value) {
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
        try {
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(set)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Whether the only partition of the feed's topic has a transaction that is neither committed nor given up. */
    boolean hasOpenTransaction(QueueFeed feed) {
        return end(feed.name(), IsolationLevel.READ_UNCOMMITTED) > end(feed.name());
    }

    /** Where the only partition of a topic ends, records of open transactions left out; 0 if there is none. */
    long end(String topic) {
        return end(topic, IsolationLevel.READ_COMMITTED);
    }

    private long end(String topic, IsolationLevel level) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(level))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (ExecutionException noSuchTopic) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** For names that others have to find. */
    void createTopicNamed(String topic, int partitions) {
        createTopicNamed(topic, partitions, Map.of());
    }

    void createTopicNamed(String topic, int partitions, Map<String, String> config) {
        broker.createTopic(topic, partitions, config);
    }

    static Map<String, String> sinkTo(S2Server server, String topic, int tasks) {
        return sinkTo(server.accountEndpoint(), server.basinEndpoint(), topic, tasks);
    }

    private static Map<String, String> sinkOf(String connectorClass, String topic, int tasks) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", connectorClass);
        config.put("tasks.max", Integer.toString(tasks));
        config.put("topics", topic);
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("consumer.override.isolation.level", "read_committed");
        config.put("consumer.override.auto.offset.reset", "earliest");
        return config;
    }

    /** The configuration of a sink to a queue as users write it, everything else at its default. */
    static Map<String, String> sinkToQueue(URI endpoint, String queueUrl, String topic, int tasks) {
        Map<String, String> config = sinkOf(SQS_SINK, topic, tasks);
        config.put("sqs.queue.url", queueUrl);
        config.put("sqs.endpoint", endpoint.toString());
        config.put("sqs.region", "us-east-1");
        // ElasticMQ takes any
        config.put("aws.access.key.id", "any");
        config.put("aws.secret.access.key", TOKEN);
        return config;
    }

    /** The configuration of a sink as users write it, everything else at its default. */
    static Map<String, String> sinkTo(String account, String basinEndpoint, String topic, int tasks) {
        Map<String, String> config = sinkOf(SINK, topic, tasks);
        config.put("s2.basin", BASIN);
        config.put("s2.account.endpoint", account);
        config.put("s2.basin.endpoint", basinEndpoint);
        config.put("s2.access.token", TOKEN);
        return config;
    }

    Map<String, String> sink(String topic, int tasks) {
        return sinkTo(s2, topic, tasks);
    }
}
