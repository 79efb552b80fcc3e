package io.fenceline.testkit;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Connect worker in a process of its own, distributed unless {@link Builder#standalone} is called. It keeps its REST port, folder and log over restarts, so a
 * killed worker that is launched again is the same worker to everyone else.
 */
public final class ConnectWorker implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

    private final Builder settings;
    private final int port;
    private @Nullable ManagedProcess process;

    private ConnectWorker(Builder settings) {
        this.settings = settings;
        this.port = Ports.free();
    }

    public static Builder builder(KafkaJars jars, String bootstrapServers, Path folder) {
        return new Builder(jars, bootstrapServers, folder);
    }

    /** Everything a worker needs to know; the defaults notice the death of a neighbour within seconds. */
    public static final class Builder {

        private final KafkaJars jars;
        private final Path folder;
        private final Map<String, String> config = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private String mainClass = "org.apache.kafka.connect.cli.ConnectDistributed";
        private final List<String> jvmOptions = new ArrayList<>(List.of("-Xms64m", "-Xmx512m"));
        private Path javaHome = Path.of(System.getProperty("workers.java.home", System.getProperty("java.home")));

        private Builder(KafkaJars jars, String bootstrapServers, Path folder) {
            this.jars = jars;
            this.folder = folder;
            config.put("bootstrap.servers", bootstrapServers);
            config.put("key.converter", BYTES);
            config.put("value.converter", BYTES);
            config.put("plugin.discovery", "service_load");
            config.put("offset.flush.interval.ms", "5000");
            config.put("offset.storage.partitions", "2");
            config.put("status.storage.partitions", "1");
            config.put("offset.storage.replication.factor", "1");
            config.put("config.storage.replication.factor", "1");
            config.put("status.storage.replication.factor", "1");
            // a killed worker's tasks go to the others, or to its successor, after seconds instead of minutes
            config.put("session.timeout.ms", "6000");
            config.put("heartbeat.interval.ms", "1500");
            config.put("rebalance.timeout.ms", "20000");
            config.put("scheduled.rebalance.max.delay.ms", "0");
            config.put("consumer.session.timeout.ms", "6000");
            config.put("consumer.heartbeat.interval.ms", "1500");
            group("connect");
        }

        /** Workers of one group share connectors; it also names their three internal topics. */
        public Builder group(String group) {
            config.put("group.id", group);
            config.put("offset.storage.topic", group + "-offsets");
            config.put("config.storage.topic", group + "-configs");
            config.put("status.storage.topic", group + "-status");
            return this;
        }

        public Builder pluginPath(Path folderOfPlugins) {
            config.put("plugin.path", folderOfPlugins.toAbsolutePath().toString());
            return this;
        }

        public Builder with(String key, String value) {
            config.put(key, value);
            return this;
        }

        public Builder without(String key) {
            config.remove(key);
            return this;
        }

        /** A variable of the process, for {@code EnvVarConfigProvider}. */
        public Builder environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** With Kafka's providers of values from its environment and from files, as {@code ${env:…}} and {@code ${file:…}}. */
        public Builder configProviders() {
            return with("config.providers", "env,file")
                    .with("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider")
                    .with("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
        }

        /** A worker without a group, which keeps its offsets in a file. */
        public Builder standalone() {
            mainClass = "org.apache.kafka.connect.cli.ConnectStandalone";
            config.put(
                    "offset.storage.file.filename",
                    folder.resolve("offsets").toAbsolutePath().toString());
            return this;
        }

        /** Replaces the heap options, for example {@code -Xmx256m}. */
        public Builder jvmOptions(String... options) {
            jvmOptions.clear();
            jvmOptions.addAll(List.of(options));
            return this;
        }

        /** Runs on this JDK; by default on that of system property {@code workers.java.home}, else on ours. */
        public Builder java(Path home) {
            javaHome = home;
            return this;
        }

        public ConnectWorker start() {
            ConnectWorker worker = new ConnectWorker(this);
            worker.launch();
            worker.awaitReady();
            return worker;
        }

        /** Started, but perhaps not answering yet: see {@link ConnectWorker#awaitReady}. */
        public ConnectWorker startInBackground() {
            ConnectWorker worker = new ConnectWorker(this);
            worker.launch();
            return worker;
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Whether it has exactly-once source support. */
    public boolean writesInTransactions() {
        return "enabled".equals(settings.config.get("exactly.once.source.support"));
    }

    public ConnectRest rest() {
        return new ConnectRest(url());
    }

    public ManagedProcess process() {
        if (process == null) {
            throw new IllegalStateException("the worker is not started");
        }
        return process;
    }

    public Path log() {
        return settings.folder.resolve("worker.log");
    }

    /** Starts the process, again after {@link #kill} or {@link #close}; does not wait for it. */
    public void launch() {
        Map<String, String> config = new LinkedHashMap<>(settings.config);
        config.put("listeners", url().toString());
        config.put("rest.advertised.host.name", "127.0.0.1");
        config.put("rest.advertised.port", Integer.toString(port));
        Path file = KafkaBroker.write(settings.folder.resolve("worker.properties"), config);
        process = ManagedProcess.start(
                "connect worker",
                settings.jars.command(
                        settings.javaHome, settings.jvmOptions, settings.mainClass, List.of(file.toString())),
                settings.environment,
                log());
    }

    /** Returns when the worker has joined its group and answers. */
    public void awaitReady() {
        ManagedProcess started = process();
        ConnectRest rest = rest();
        Await.until(
                "the worker at " + url() + " answers",
                START_TIMEOUT,
                () -> {
                    started.requireAlive();
                    try {
                        rest.connectors();
                        return true;
                    } catch (IOException e) {
                        return false;
                    }
                },
                () -> "End of its log:\n" + started.logTail(30));
    }

    /** SIGKILL, to this worker's process alone. */
    public void kill() {
        process().kill();
    }

    /** SIGTERM, as an orderly shutdown of the machine would. */
    @Override
    public void close() {
        if (process != null) {
            process.stop(Duration.ofSeconds(20));
        }
    }
}
