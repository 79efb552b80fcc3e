package io.fenceline.benchmarks;

import io.fenceline.benchmarks.BenchOptions.Subject;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.S2Location;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * {@code bin/bench sink}: the S2 sink beside a no-op sink in the same worker, and the append session alone beside
 * {@code s2 bench} on the same server, in interleaved rounds, for each shape of the topic that was asked for. Says what is; judges nothing. Exit code 0 if everything
 * asked for was measured, 1 if something did not run, 2 for a command line that is not understood.
 */
public final class SinkBench {

    private static final int WARM_UP_RECORDS = 1_000_000;
    private static final int WARM_UP_PASSES = 3;

    private final BenchOptions options;
    private final S2Location location;
    private final @Nullable S2BenchTool tool;
    private final Lab lab;

    private SinkBench(BenchOptions options, Path output) {
        this.options = options;
        this.location = S2Location.findOrInstallOwn();
        this.tool = options.only().contains(Subject.S2_BENCH) ? S2BenchTool.of(location) : null;
        this.lab = new Lab(output, location);
    }

    public static void main(String[] args) {
        new BenchCommand<>(
                        BenchOptions.USAGE,
                        BenchOptions::parse,
                        BenchOptions::keep,
                        options -> options.keep() || options.profile(),
                        (options, folder) -> new SinkBench(options, folder).run())
                .runWith(args);
    }

    private void run() {
        long start = System.nanoTime();
        MatrixReport matrix = new MatrixReport();
        String latency = "";
        try (lab) {
            if (usesKafka()) {
                lab.startKafka(options.workerJvm());
            }
            if (options.idleLanes() > 0) {
                System.out.println(new IdleLanes(lab, options, options.idleLanes()).measure());
                return;
            }
            boolean warm = false;
            for (int size : options.sizes()) {
                @Nullable SinkReport ofThisSize = null;
                for (int partitions : options.partitionCounts()) {
                    SinkReport report = measureShape(options.at(size, partitions), warm, ofThisSize);
                    System.out.println(report.text());
                    matrix.add(report);
                    ofThisSize = report;
                    warm = true;
                }
            }
            if (options.latency() > 0 && options.only().contains(Subject.SINK)) {
                lab.freshS2();
                latency = SinkLatency.measure(lab, options);
            }
        }
        if (!latency.isEmpty()) {
            System.out.println(latency);
        }
        if (options.sizes().size() * options.partitionCounts().size() > 1) {
            System.out.println(matrix.text());
        }
        if (!options.plots().isEmpty()) {
            matrix.plot(Path.of(options.plots()));
        }
        System.out.printf(
                Locale.ROOT,
                "%d cores, JDK %s, Kafka %s, %s; took %d s%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                KafkaJars.configured().version(),
                tool == null ? "S2 server " + location : tool.version(),
                (System.nanoTime() - start) / 1_000_000_000);
    }

    private boolean usesKafka() {
        return options.idleLanes() > 0 || options.only().stream().anyMatch(Subject::usesKafka);
    }

    /**
     * All rounds of one shape.
     *
     * @param warm   the worker has drained another shape already
     * @param before a shape with records of the same size, null for none: what needs no Kafka was measured with it
     */
    private SinkReport measureShape(BenchOptions shape, boolean warm, @Nullable SinkReport before) {
        SinkReport report = new SinkReport(shape);
        String topic = "bench-" + shape.size() + "-" + shape.partitions();
        Drain drain = new Drain(lab, shape, topic);
        ProgressTicker.say("records of " + shape.size() + " bytes, " + shape.partitions() + " partition(s)");
        if (usesKafka()) {
            fill(shape, topic);
            warmUp(shape, drain, warm ? 1 : WARM_UP_PASSES);
        }
        for (int round = 1; round <= options.rounds(); round++) {
            ProgressTicker.say("round " + round + " of " + options.rounds());
            for (Subject subject : options.only()) {
                Measurement measurement;
                if (before != null && !subject.usesKafka()) {
                    measurement = before.measurements(subject).get(round - 1);
                } else {
                    measurement = measure(subject, shape, drain, round);
                    ProgressTicker.say(report.line(subject, measurement));
                }
                report.add(subject, measurement);
            }
        }
        if (usesKafka()) {
            drop(topic);
        }
        return report;
    }

    private void fill(BenchOptions shape, String topic) {
        try (Admin admin = lab.broker().admin()) {
            TopicFiller.fill(
                    admin,
                    lab.broker().bootstrapServers(),
                    topic,
                    shape.partitions(),
                    shape.recordsToDrain(),
                    shape.size());
        }
    }

    private void drop(String topic) {
        try (Admin admin = lab.broker().admin()) {
            admin.deleteTopics(List.of(topic));
        }
    }

    /**
     * What the worker's JVM loads and compiles once is not part of what a record costs, and on few cores its compiler
     * is busy for longer than one pass takes.
     */
    private void warmUp(BenchOptions shape, Drain drain, int passes) {
        int records = Math.min(shape.recordsToDrain(), WARM_UP_RECORDS);
        for (int pass = 1; pass <= passes; pass++) {
            String name = shape.size() + "-" + shape.partitions() + "-" + pass;
            ProgressTicker.say("warming the worker up, " + pass + " of " + passes);
            if (options.only().contains(Subject.NO_OP)) {
                drain.noOp("warm-up-no-op-" + name, records);
            }
            if (options.only().contains(Subject.SINK) || options.only().contains(Subject.LATE_SINK)) {
                lab.freshS2();
                drain.sink("warm-up-sink-" + name, records);
                lab.stopS2();
            }
            lab.awaitIdleWorker();
        }
    }

    private Measurement measure(Subject subject, BenchOptions shape, Drain drain, int round) {
        if (subject != Subject.NO_OP) {
            lab.freshS2();
        }
        lab.awaitIdleWorker();
        lab.awaitQuiet(options.patience());
        String name = shape.size() + "-" + shape.partitions() + "-" + round;
        Measurement measurement =
                switch (subject) {
                    case NO_OP -> drain.noOp("no-op-" + name, shape.recordsToDrain());
                    case SINK -> drain.sink("sink-" + name, shape.recordsToDrain());
                    case LATE_SINK ->
                        drain.lateSink(
                                "late-sink-" + name, shape.recordsToDrain(), Duration.ofMillis(options.ackDelay()));
                    case S2_BENCH -> {
                        if (tool == null) {
                            throw new AssertionError("found at the start");
                        }
                        Path log = lab.output().resolve("s2-bench-" + name + ".log");
                        yield tool.run(lab.s2(), Lab.BASIN, shape.size(), options.seconds(), log);
                    }
                    case SESSION -> session(S2BenchTool.recordSize(shape.size()));
                };
        lab.stopS2();
        return measurement;
    }

    private Measurement session(int size) {
        CpuWindow window =
                CpuWindow.open(new CpuWindow.Pids(-1, Lab.pid(lab.s2().process()), -1));
        String output = lab.runJava(
                "append session",
                SessionBench.class.getName(),
                List.of(
                        lab.s2().basinEndpoint(),
                        Lab.BASIN,
                        Integer.toString(size),
                        Integer.toString(options.seconds())),
                jvmOptions());
        return SessionBench.parse(output, window.close(0));
    }

    private static Set<String> jvmOptions() {
        return new LinkedHashSet<>(List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
    }
}
