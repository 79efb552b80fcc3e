package io.fenceline.benchmarks;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaBroker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.PluginArchive;
import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.SqsServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The servers of one run: a broker, a worker with all connectors, an S2 server in memory that is fresh when asked for, or ElasticMQ. */
final class Lab implements AutoCloseable {

    static final String BASIN = "bench-basin";

    private final Path output;
    private final @Nullable S2Location location;
    private @Nullable KafkaBroker broker;
    private @Nullable ConnectWorker worker;
    private @Nullable S2Server s2;
    private @Nullable SqsServer sqs;

    /** Without S2. */
    Lab(Path output) {
        this.output = output;
        this.location = null;
    }

    Lab(Path output, S2Location location) {
        this.output = output;
        this.location = location;
    }

    Path output() {
        return output;
    }

    /**
     * Starts broker and worker. The launchers' JVMs are made to start fast; here the worker is to run fast, so it gets
     * the compiler and the collector a JVM chooses by itself.
     */
    void startKafka(List<String> jvmOptions) {
        startKafka(jvmOptions, Map.of());
    }

    /** @param settings of the worker, beyond the launcher's */
    void startKafka(List<String> jvmOptions, Map<String, String> settings) {
        startKafka(jvmOptions, settings, plugins -> {});
    }

    /** @param more puts further plugins into the folder of the worker's */
    void startKafka(List<String> jvmOptions, Map<String, String> settings, Consumer<Path> more) {
        List<String> worker = new ArrayList<>(List.of(
                "-Xms1g",
                "-Xmx1g",
                "-XX:-UseSerialGC",
                "-XX:+UseG1GC",
                "-XX:TieredStopAtLevel=4",
                "-XX:-UseDynamicNumberOfCompilerThreads",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info"));
        worker.addAll(jvmOptions);
        KafkaJars jars = KafkaJars.configured();
        try (ProgressTicker ignored = ProgressTicker.on("starting broker and worker")) {
            Path plugins = PluginArchive.install(PluginArchive.find(), output.resolve("plugins"));
            NoOpPlugin.install(plugins);
            ReadySourcePlugin.install(plugins);
            more.accept(plugins);
            broker = KafkaBroker.start(jars, output.resolve("broker"));
            ConnectWorker.Builder builder = ConnectWorker.builder(
                            jars, broker.bootstrapServers(), output.resolve("worker"))
                    .pluginPath(plugins)
                    .jvmOptions(worker.toArray(String[]::new));
            settings.forEach(builder::with);
            this.worker = builder.start();
        }
    }

    KafkaBroker broker() {
        return Objects.requireNonNull(broker);
    }

    ConnectWorker worker() {
        return Objects.requireNonNull(worker);
    }

    S2Server s2() {
        return Objects.requireNonNull(s2);
    }

    S2Reader reader() {
        return s2().reader(BASIN);
    }

    /**
     * An empty S2 server. In memory it keeps everything it was ever given, and with its default settings it stalls
     * writers while it sorts that; so it never does here.
     */
    void freshS2() {
        stopS2();
        s2 = S2Server.builder(output.resolve("s2"))
                .with("SL8_L0_SST_SIZE_BYTES", "8589934592")
                .with("SL8_MAX_UNFLUSHED_BYTES", "12884901888")
                .with("SL8_L0_MAX_SSTS", "256")
                .with("SL8_MAX_WAL_FLUSHES_BEFORE_L0_FLUSH", "1000000")
                .with("RUST_LOG", "warn")
                .start(Objects.requireNonNull(location));
        reader().createBasin();
    }

    void stopS2() {
        if (s2 != null) {
            s2.close();
            s2 = null;
        }
    }

    /** Starts ElasticMQ, which stays: a queue that is deleted takes its messages and its memory of them along. */
    void startSqs() {
        try (ProgressTicker ignored = ProgressTicker.on("starting ElasticMQ")) {
            sqs = SqsServer.start(output);
        }
    }

    SqsServer sqs() {
        return Objects.requireNonNull(sqs);
    }

    CpuWindow.Pids workerAndSqsPids() {
        return new CpuWindow.Pids(
                worker().process().pid(),
                pid(sqs().process()),
                broker().process().pid());
    }

    CpuWindow.Pids workerPids(boolean withS2) {
        return new CpuWindow.Pids(
                worker().process().pid(),
                withS2 ? pid(s2().process()) : -1,
                broker().process().pid());
    }

    static long pid(@Nullable ManagedProcess process) {
        return process == null ? -1 : process.pid();
    }

    static void requireAlive(ManagedProcess process) {
        if (!process.isAlive() && process.exitCode() != 0) {
            throw new IllegalStateException(
                    process + " ended with exit code " + process.exitCode() + ":\n" + process.logTail(40));
        }
    }

    /** Waits until the worker has done what it puts off under load, above all compiling; at most ten seconds. */
    void awaitIdleWorker() {
        if (worker == null) {
            return;
        }
        long pid = worker.process().pid();
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        double busy = 1;
        try (ProgressTicker ignored = ProgressTicker.on("waiting for the worker to be idle")) {
            while (busy > 0.1 && System.nanoTime() < deadline) {
                double before = CpuClock.seconds(pid);
                Await.sleep(Duration.ofMillis(500));
                busy = (CpuClock.seconds(pid) - before) / 0.5;
            }
        }
    }

    /** Waits until the rest of the machine is quiet, at most that long. */
    void awaitQuiet(int patienceSeconds) {
        long deadline = System.nanoTime() + Duration.ofSeconds(patienceSeconds).toNanos();
        CpuWindow.Pids pids = new CpuWindow.Pids(
                worker == null ? -1 : worker.process().pid(),
                s2 != null ? pid(s2.process()) : sqs != null ? pid(sqs.process()) : -1,
                broker == null ? -1 : broker.process().pid());
        try (ProgressTicker ignored = ProgressTicker.on("waiting for other processes to be quiet")) {
            while (System.nanoTime() < deadline) {
                CpuWindow window = CpuWindow.open(pids);
                Await.sleep(Duration.ofSeconds(1));
                double elsewhere = window.close(0).elsewhere();
                if (Double.isNaN(elsewhere) || elsewhere < 0.2) {
                    return;
                }
            }
        }
    }

    /** A JVM of its own on our class path; returns what it printed. */
    String runJava(String name, String mainClass, List<String> arguments, Set<String> jvmOptions) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        Path log = output.resolve(name + "-" + System.nanoTime() + ".log");
        ManagedProcess process = ManagedProcess.start(name, command, Map.of(), log);
        try (ProgressTicker ignored = ProgressTicker.on(name)) {
            if (!process.awaitExit(Duration.ofMinutes(15))) {
                process.kill();
                throw new IllegalStateException(name + " does not end; see " + log);
            }
        }
        if (process.exitCode() != 0) {
            throw new IllegalStateException(
                    name + " ended with exit code " + process.exitCode() + ":\n" + process.logTail(40));
        }
        return process.logTail(100);
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
        if (broker != null) {
            broker.close();
        }
        stopS2();
        if (sqs != null) {
            sqs.close();
        }
    }
}
