package io.fenceline.benchmarks;

import io.fenceline.benchmarks.noop.NoOpSinkConnector;
import io.fenceline.testkit.S2Reader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One connector drains the topic from its beginning. Both are seen the same way: the number of records that arrived is
 * looked at every 50 ms or so, and the window goes from the first look that saw any to the first that saw them all. Arrived
 * is, for the no-op sink, what was handed to its task, and for the S2 sink what is durable in its streams. To look at many
 * streams takes CPU as well, so it is done once a second until half has arrived.
 */
final class Drain {

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";
    private static final Duration LOOK_AT_MANY_EVERY = Duration.ofSeconds(1);
    private static final int MANY = 16;

    private final Lab lab;
    private final BenchOptions options;
    private final String topic;

    Drain(Lab lab, BenchOptions options, String topic) {
        this.lab = lab;
        this.options = options;
        this.topic = topic;
    }

    /** @param limit records after which to stop */
    Measurement noOp(String name, int limit) {
        return measure(
                name,
                noOpConfig(name),
                () -> new long[] {NoOpPlugin.count(counts(name))},
                lab.workerPids(false),
                limit);
    }

    Map<String, String> noOpConfig(String name) {
        Map<String, String> config = common(NoOpPlugin.CONNECTOR);
        config.put(NoOpSinkConnector.COUNT_FOLDER, counts(name).toString());
        return config;
    }

    /** Where the no-op sink of that name counts. */
    Path counts(String name) {
        return lab.output().resolve("counts").resolve(name);
    }

    Map<String, String> sinkConfig() {
        Map<String, String> config = common("io.fenceline.connect.sink.s2.S2SinkConnector");
        config.put("s2.basin", Lab.BASIN);
        config.put("s2.account.endpoint", lab.s2().accountEndpoint());
        config.put("s2.basin.endpoint", lab.s2().basinEndpoint());
        config.put("s2.access.token", "bench");
        options.sink().forEach(line -> config.put(line.split("=", 2)[0], line.split("=", 2)[1]));
        return config;
    }

    /** With answers of the S2 server that come that much later. */
    Measurement lateSink(String name, int limit, Duration delay) {
        try (AckDelay late = new AckDelay(URI.create(lab.s2().basinEndpoint()), delay)) {
            Map<String, String> config = sinkConfig();
            config.put("s2.account.endpoint", late.url());
            config.put("s2.basin.endpoint", late.url());
            return sink(name, config, limit);
        }
    }

    Measurement sink(String name, int limit) {
        return sink(name, sinkConfig(), limit);
    }

    private Measurement sink(String name, Map<String, String> config, int limit) {
        S2Reader reader = lab.reader();
        int streams = options.partitions();
        // one after the other, a look at many streams of a busy server would take longer than what it looks for
        ExecutorService lookers = Executors.newFixedThreadPool(Math.min(streams, MANY));
        try {
            Supplier<long[]> durable = () -> {
                List<CompletableFuture<Long>> tails = IntStream.range(0, streams)
                        .mapToObj(i -> CompletableFuture.supplyAsync(() -> reader.tail(topic + "/" + i), lookers))
                        .toList();
                // in front of the data of each stream lies the fence of its claim
                return tails.stream()
                        .mapToLong(tail -> Math.max(0, tail.join() - 1))
                        .toArray();
            };
            return measure(name, config, durable, lab.workerPids(true), limit);
        } finally {
            lookers.shutdownNow();
        }
    }

    private Map<String, String> common(String connectorClass) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", connectorClass);
        config.put("tasks.max", Integer.toString(options.tasks()));
        config.put("topics", topic);
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("consumer.override.isolation.level", "read_committed");
        config.put("consumer.override.auto.offset.reset", "earliest");
        return config;
    }

    /** How much of each partition has arrived. */
    private final class Parts implements ConnectorRun.Arrivals {

        private final String name;
        private final Supplier<long[]> arrived;
        private final int limit;
        private double fairness = Double.NaN;
        private double mostHeld = Double.NaN;
        private int streams;

        private Parts(String name, Supplier<long[]> arrived, int limit) {
            this.name = name;
            this.arrived = arrived;
            this.limit = limit;
        }

        @Override
        public Duration pause(boolean begun, long seen) {
            boolean seldom = streams >= MANY && begun && seen < limit / 2;
            return seldom ? LOOK_AT_MANY_EVERY : ConnectorRun.LOOK_EVERY.multipliedBy(1 + options.partitions() / 16);
        }

        @Override
        public long look(WorkerJvm worker) {
            long[] parts = arrived.get();
            streams = parts.length;
            if (options.ackDelay() >= 0) {
                mostHeld = larger(mostHeld, worker.sum(name, "bytes-held"));
            }
            if (Double.isNaN(fairness) && parts.length > 1) {
                fairness = fairnessOnceOneIsDone(parts, limit);
            }
            return Arrays.stream(parts).sum();
        }

        @Override
        public Measurement complete(Measurement window, WorkerJvm worker) {
            return window.with(
                    worker.figure(name, "append-latency-p50-ms"),
                    worker.figure(name, "append-latency-p99-ms"),
                    window.allocatedBytes(),
                    fairness,
                    mostHeld);
        }
    }

    private Measurement measure(
            String name, Map<String, String> config, Supplier<long[]> arrived, CpuWindow.Pids pids, int limit) {
        return new ConnectorRun(lab, options.profile(), options.threads())
                .measure(name, config, pids, "records", limit, new Parts(name, arrived, limit));
    }

    /** NaN is none. */
    private static double larger(double one, double other) {
        return Double.isNaN(one) || other > one ? other : one;
    }

    /** NaN as long as no partition has arrived in full. Records are spread evenly. */
    private static double fairnessOnceOneIsDone(long[] parts, int limit) {
        long fastest = Arrays.stream(parts).max().orElse(0);
        long slowest = Arrays.stream(parts).min().orElse(0);
        return fastest >= limit / parts.length ? (double) slowest / fastest : Double.NaN;
    }
}
