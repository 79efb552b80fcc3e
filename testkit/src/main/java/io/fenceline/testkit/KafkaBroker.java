package io.fenceline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka broker of one node (KRaft, broker and controller in one) in a process of its own, with its data in a folder
 * it keeps over a restart. Tuned for one purpose: everything that waits for several nodes or for stragglers is off.
 */
public final class KafkaBroker implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

    private final KafkaJars jars;
    private final Path folder;
    private final int port;
    private final int controllerPort;
    private final String bootstrapServers;
    private final Map<String, String> overrides;
    private @Nullable ManagedProcess process;

    private KafkaBroker(KafkaJars jars, Path folder, Map<String, String> overrides) {
        this.jars = jars;
        this.folder = folder;
        this.overrides = overrides;
        this.port = Ports.free();
        this.controllerPort = Ports.free();
        this.bootstrapServers = "127.0.0.1:" + port;
    }

    private KafkaBroker(String bootstrapServers) {
        this.jars = KafkaJars.configured();
        this.folder = Path.of("");
        this.overrides = Map.of();
        this.port = -1;
        this.controllerPort = -1;
        this.bootstrapServers = bootstrapServers;
    }

    /** One that runs already and is not ours: it has topics and an address, and no process; {@link #close} leaves it alone. */
    public static KafkaBroker at(String bootstrapServers) {
        return new KafkaBroker(bootstrapServers);
    }

    /** Formats the folder and starts; returns when the broker answers. */
    public static KafkaBroker start(KafkaJars jars, Path folder) {
        return start(jars, folder, Map.of());
    }

    public static KafkaBroker start(KafkaJars jars, Path folder, Map<String, String> overrides) {
        KafkaBroker broker = new KafkaBroker(jars, folder, overrides);
        broker.format();
        broker.launch();
        return broker;
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** An admin client of its own; close it. */
    public Admin admin() {
        return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()));
    }

    /**
     * Creates a topic and returns when every partition takes records. The broker says "created" a little earlier: a
     * producer that comes in between may see its first batch refused and its second one taken, and then never gets the
     * first one in.
     */
    public void createTopic(String name, int partitions, Map<String, String> config) {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(config)))
                    .all()
                    .get();
            Map<TopicPartition, OffsetSpec> all = new HashMap<>();
            for (int partition = 0; partition < partitions; partition++) {
                all.put(new TopicPartition(name, partition), OffsetSpec.latest());
            }
            Await.until("every partition of " + name + " takes records", START_TIMEOUT, () -> answers(admin, all));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot create topic " + name, e);
        }
    }

    /** Only a partition's leader answers; a broker that has not heard of the topic yet says so at once. */
    private static boolean answers(Admin admin, Map<TopicPartition, OffsetSpec> partitions) {
        try {
            admin.listOffsets(partitions).all().get();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw new IllegalStateException("cannot look at " + partitions.keySet(), e);
        }
    }

    public ManagedProcess process() {
        if (process == null) {
            throw new IllegalStateException("the broker is not started");
        }
        return process;
    }

    /** Starts it again on the same folder and port, after {@link #close} or a kill. */
    public void launch() {
        if (port < 0) {
            throw new IllegalStateException("the broker at " + bootstrapServers + " is not ours to start");
        }
        ManagedProcess started = ManagedProcess.start(
                "kafka broker",
                jars.command(
                        List.of("-Xms256m", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                        "kafka.Kafka",
                        List.of(properties().toString())),
                Map.of(),
                folder.resolve("broker.log"));
        process = started;
        Await.until("the broker listens on port " + port, START_TIMEOUT, () -> {
            started.requireAlive();
            return listens(port);
        });
        try (Admin admin = admin()) {
            Await.until("the broker answers", START_TIMEOUT, () -> {
                started.requireAlive();
                try {
                    return !admin.describeCluster().nodes().get().isEmpty();
                } catch (ExecutionException e) {
                    return false;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.stop(Duration.ofSeconds(15));
        }
    }

    private void format() {
        ManagedProcess format = ManagedProcess.start(
                "kafka storage format",
                jars.command(
                        List.of("-Xmx128m"),
                        "kafka.tools.StorageTool",
                        List.of(
                                "format",
                                "--cluster-id",
                                "MkU3OEVBNTcwNTJENDM2Qg",
                                "--config",
                                properties().toString())),
                Map.of(),
                folder.resolve("format.log"));
        if (!format.awaitExit(START_TIMEOUT) || format.exitCode() != 0) {
            format.kill();
            throw new IllegalStateException("cannot format " + folder + ":\n" + format.logTail(40));
        }
    }

    private Path properties() {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("process.roles", "broker,controller");
        config.put("node.id", "1");
        config.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        config.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        config.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        config.put("controller.listener.names", "CONTROLLER");
        config.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        config.put("inter.broker.listener.name", "PLAINTEXT");
        config.put("log.dirs", folder.resolve("data").toAbsolutePath().toString());
        config.put("auto.create.topics.enable", "false");
        config.put("offsets.topic.replication.factor", "1");
        config.put("offsets.topic.num.partitions", "4");
        config.put("transaction.state.log.replication.factor", "1");
        config.put("transaction.state.log.min.isr", "1");
        config.put("transaction.state.log.num.partitions", "2");
        config.put("group.initial.rebalance.delay.ms", "0");
        config.put("group.min.session.timeout.ms", "1000");
        // of groups with the newer protocol the broker notices a death, and as soon as workers do of others
        config.put("group.consumer.min.session.timeout.ms", "1000");
        config.put("group.consumer.session.timeout.ms", "6000");
        config.put("group.consumer.min.heartbeat.interval.ms", "500");
        config.put("group.consumer.heartbeat.interval.ms", "1000");
        config.put("message.max.bytes", Integer.toString(16 << 20));
        config.put("replica.fetch.max.bytes", Integer.toString(16 << 20));
        config.put("log.cleaner.enable", "false");
        // records with timestamps of years ago stay; by default they go half a minute after the start
        config.put("log.retention.ms", "-1");
        config.putAll(overrides);
        return write(folder.resolve("server.properties"), config);
    }

    static Path write(Path file, Map<String, String> config) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Properties properties = new Properties();
            properties.putAll(config);
            try (var out = Files.newBufferedWriter(file)) {
                properties.store(out, null);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
