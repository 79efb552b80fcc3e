package io.fenceline.benchmarks;

import io.fenceline.benchmarks.ready.ReadySourceConnector;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.S2Location;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * {@code bin/bench source}: the S2 source beside a source of ready-made records in the same worker, and beside read
 * sessions without Connect, in interleaved rounds over the same streams. Says what is; judges nothing. Exit code 0 if
 * everything was measured, 1 if something did not run, 2 for a command line that is not understood.
 */
public final class SourceBench {

    private static final String STREAMS = "bench.";
    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";
    private static final int POLL_RECORDS = 5000;
    private static final int POLL_BYTES = 4 << 20;

    private final SourceOptions options;
    private final Lab lab;
    private final List<Measurement> ready = new ArrayList<>();
    private final List<Measurement> source = new ArrayList<>();
    private final List<Measurement> raw = new ArrayList<>();

    private SourceBench(SourceOptions options, Path output) {
        this.options = options;
        this.lab = new Lab(output, S2Location.findOrInstallOwn());
    }

    public static void main(String[] args) {
        new BenchCommand<>(
                        SourceOptions.USAGE,
                        SourceOptions::parse,
                        SourceOptions::keep,
                        options -> options.keep() || options.profile(),
                        (options, folder) -> new SourceBench(options, folder).run())
                .runWith(args);
    }

    private void run() {
        long start = System.nanoTime();
        String latency = "";
        try (lab) {
            lab.freshS2();
            StreamFiller.fill(
                    S2ClientConfig.forBasin(Lab.BASIN)
                            .withEndpoint(lab.s2().basinEndpoint())
                            .withAccessToken("bench"),
                    STREAMS,
                    options.streams(),
                    options.records() / options.streams(),
                    options.size());
            lab.startKafka(
                    List.of(), Map.of("exactly.once.source.support", options.exactlyOnce() ? "enabled" : "disabled"));
            for (int pass = 1; pass <= options.warmUps(); pass++) {
                ProgressTicker.say("warming the worker up, " + pass + " of " + options.warmUps());
                ready("warm-up-ready-" + pass);
                source("warm-up-source-" + pass);
            }
            for (int round = 1; round <= options.rounds(); round++) {
                ProgressTicker.say("round " + round + " of " + options.rounds());
                ready.add(say("ready-made", ready("ready-" + round)));
                source.add(say("S2 source", source("source-" + round)));
                raw.add(say("read session", raw()));
            }
            if (options.latency() > 0) {
                latency = SourceLatency.measure(lab, options.latency(), this::config);
            }
        }
        print(latency, (System.nanoTime() - start) / 1_000_000_000);
    }

    private static Measurement say(String what, Measurement measured) {
        ProgressTicker.say(String.format(
                Locale.ROOT,
                "%s: %,.0f records/s, %.2f µs CPU per record, others %.2f cores",
                what,
                measured.recordsPerSecond(),
                measured.clientMicrosPerRecord(),
                measured.elsewhere()));
        return measured;
    }

    private Measurement ready(String name) {
        List<String> topics = topics(name);
        Map<String, String> config = common(ReadySourcePlugin.CONNECTOR);
        config.put(ReadySourceConnector.TOPICS, String.join(",", topics));
        config.put(ReadySourceConnector.RECORDS, Integer.toString(options.records()));
        config.put(ReadySourceConnector.SIZE, Integer.toString(options.size()));
        config.put(
                ReadySourceConnector.POLL_RECORDS,
                Integer.toString(Math.max(1, Math.min(POLL_RECORDS, POLL_BYTES / (options.size() + 8)))));
        return carry(name, topics, config);
    }

    private Measurement source(String name) {
        String streams =
                IntStream.range(0, options.streams()).mapToObj(i -> STREAMS + i).collect(Collectors.joining(","));
        Map<String, String> config = config(streams, name + ".${stream}");
        return carry(name, topics(name), config);
    }

    /** The connector as users have it, everything at its default, and with the producer that its file in config/ asks for. */
    private Map<String, String> config(String streams, String topic) {
        Map<String, String> config = common("io.fenceline.connect.source.s2.S2SourceConnector");
        config.put("s2.basin", Lab.BASIN);
        config.put("s2.account.endpoint", lab.s2().accountEndpoint());
        config.put("s2.basin.endpoint", lab.s2().basinEndpoint());
        config.put("s2.access.token", "bench");
        config.put("s2.streams", streams);
        config.put("s2.transport", options.transport());
        config.put("topic", topic);
        return config;
    }

    private Map<String, String> common(String connectorClass) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", connectorClass);
        config.put("tasks.max", "1");
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("topic.creation.default.partitions", "1");
        config.put("topic.creation.default.replication.factor", "1");
        if (options.exactlyOnce()) {
            config.putAll(ShippedFile.producerOverrides("s2-mirror-source.json"));
        }
        return config;
    }

    private List<String> topics(String name) {
        return IntStream.range(0, options.streams())
                .mapToObj(i -> name + "." + STREAMS + i)
                .toList();
    }

    /**
     * Arrived is what a {@code read_committed} reader could read: the last stable offsets, looked at every 50 ms. The
     * window goes from the first look that saw any to the first that saw all. A transaction ends with a marker that takes
     * an offset of its own, so with thousands of records in each the rate comes out too high by less than a thousandth.
     */
    private Measurement carry(String name, List<String> topics, Map<String, String> config) {
        lab.awaitIdleWorker();
        lab.awaitQuiet(3);
        topics.forEach(topic -> lab.broker().createTopic(topic, 1, Map.of()));
        boolean profile = options.profile() && name.startsWith("source");
        try (Admin admin = lab.broker().admin()) {
            Measurement measured = new ConnectorRun(lab, profile, false)
                    .measure(
                            name,
                            config,
                            lab.workerPids(true),
                            "records",
                            options.records(),
                            worker -> committed(admin, topics));
            admin.deleteTopics(topics);
            return measured;
        }
    }

    private static long committed(Admin admin, List<String> topics) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        topics.forEach(topic -> ends.put(new TopicPartition(topic, 0), OffsetSpec.latest()));
        try {
            return admin
                    .listOffsets(ends, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
                    .sum();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot look at " + topics, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Measurement raw() {
        lab.awaitIdleWorker();
        lab.awaitQuiet(3);
        CpuWindow window = CpuWindow.open(lab.workerPids(true));
        String output = lab.runJava(
                "read session",
                ReadBench.class.getName(),
                List.of(
                        lab.s2().basinEndpoint(),
                        Lab.BASIN,
                        STREAMS,
                        Integer.toString(options.streams()),
                        Integer.toString(options.records() / options.streams()),
                        options.transport()),
                new LinkedHashSet<>(List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")));
        return ReadBench.parse(output, window.close(0));
    }

    private void print(String latency, long seconds) {
        List<Double> whole = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        for (int round = 0; round < source.size(); round++) {
            double limit = 1
                    / (1 / ready.get(round).recordsPerSecond()
                            + 1 / raw.get(round).recordsPerSecond());
            whole.add(source.get(round).recordsPerSecond() / limit);
            cpu.add(source.get(round).clientMicrosPerRecord() / ready.get(round).clientMicrosPerRecord());
        }
        System.out.printf(
                Locale.ROOT,
                "%d records of %d bytes in %d streams, transport %s, exactly-once support %s; median (min..max) of %d%n",
                options.records(),
                options.size(),
                options.streams(),
                options.transport(),
                options.exactlyOnce() ? "on" : "off",
                options.rounds());
        System.out.println("whole source / [1/(1/ready-made + 1/read session)]: " + spread(whole, "%.2f"));
        System.out.println("worker CPU per record, S2 source / ready-made:      " + spread(cpu, "%.2f"));
        line("ready-made source", ready);
        line("S2 source", source);
        line("read session", raw);
        if (!latency.isEmpty()) {
            System.out.println(latency);
        }
        System.out.printf(
                Locale.ROOT,
                "%d cores, JDK %s, Kafka %s; took %d s%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                KafkaJars.configured().version(),
                seconds);
    }

    private static void line(String what, List<Measurement> rounds) {
        System.out.printf(
                Locale.ROOT,
                "%-18s %s records/s, %s CPU s per million records, of it compilers %s; others %s cores%n",
                what,
                spread(rounds, Measurement::recordsPerSecond, "%,.0f"),
                spread(rounds, Measurement::clientMicrosPerRecord, "%.2f"),
                spread(rounds, Measurement::compilerMicrosPerRecord, "%.2f"),
                spread(rounds, Measurement::elsewhere, "%.2f"));
    }

    private static String spread(List<Measurement> rounds, ToDoubleFunction<Measurement> figure, String format) {
        return spread(rounds.stream().map(figure::applyAsDouble).toList(), format);
    }

    private static String spread(List<Double> values, String format) {
        List<Double> sorted = values.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                format + " (" + format + ".." + format + ")",
                sorted.get(sorted.size() / 2),
                sorted.get(0),
                sorted.get(sorted.size() - 1));
    }
}
