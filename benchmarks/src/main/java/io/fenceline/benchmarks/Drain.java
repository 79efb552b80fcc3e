package io.fenceline.benchmarks;

import io.fenceline.benchmarks.noop.NoOpSinkConnector;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One connector drains the topic from its beginning. Both are seen the same way: the number of records that arrived is
 * looked at every 50 ms or so, and the window goes from the first look that saw any to the first that saw them all. Arrived
 * is, for the no-op sink, what was handed to its task, and for the S2 sink what is durable in its streams. To look at many
 * streams takes CPU as well, so it is done once a second until half has arrived.
 */
final class Drain {

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration LOOK_AT_MANY_EVERY = Duration.ofSeconds(1);
    private static final int MANY = 16;
    private static final Duration STALLED_AFTER = Duration.ofSeconds(60);

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

    private Measurement measure(
            String name, Map<String, String> config, Supplier<long[]> arrived, CpuWindow.Pids pids, int limit) {
        ConnectRest rest = lab.worker().rest();
        AtomicLong seen = new AtomicLong();
        Duration lookEvery = LOOK_EVERY.multipliedBy(1 + options.partitions() / 16);
        try (ProgressTicker ignored = ProgressTicker.on(name, () -> seen + " of " + limit + " records");
                WorkerJvm jvm = WorkerJvm.of(pids.client())) {
            rest.put(name, config);
            if (options.profile()) {
                FlightRecording.start(pids.client(), name);
            }
            CpuWindow window = null;
            ThreadCpu threads = ThreadCpu.of(pids.client());
            long before = 0;
            long allocatedBefore = 0;
            double fairness = Double.NaN;
            double mostHeld = Double.NaN;
            int streams = 0;
            long lastProgress = System.nanoTime();
            while (seen.get() < limit) {
                boolean seldom = streams >= MANY && window != null && seen.get() < limit / 2;
                Await.sleep(seldom ? LOOK_AT_MANY_EVERY : lookEvery);
                // before looking: many streams are not looked at in one moment
                CpuWindow fromHere = window == null ? CpuWindow.open(pids) : window;
                long allocatedFromHere = window == null ? jvm.allocatedBytes() : allocatedBefore;
                long[] parts = arrived.get();
                streams = parts.length;
                long now = Arrays.stream(parts).sum();
                if (now > seen.get()) {
                    lastProgress = System.nanoTime();
                } else if (System.nanoTime() - lastProgress > STALLED_AFTER.toNanos()) {
                    throw new IllegalStateException(
                            name + " stands still at " + now + " of " + limit + " records; " + rest.status(name));
                }
                seen.set(now);
                if (options.ackDelay() >= 0) {
                    mostHeld = larger(mostHeld, jvm.sum(name, "bytes-held"));
                }
                if (Double.isNaN(fairness) && parts.length > 1) {
                    fairness = fairnessOnceOneIsDone(parts, limit);
                }
                if (window == null && now > 0) {
                    allocatedBefore = allocatedFromHere;
                    window = fromHere;
                    threads = ThreadCpu.of(pids.client());
                    before = now;
                }
            }
            Measurement measurement = close(window, seen.get() - before)
                    .with(
                            jvm.figure(name, "append-latency-p50-ms"),
                            jvm.figure(name, "append-latency-p99-ms"),
                            jvm.allocatedBytes() - allocatedBefore,
                            fairness,
                            mostHeld);
            if (options.threads()) {
                ProgressTicker.say(ThreadCpu.of(pids.client()).since(threads, seen.get() - before));
            }
            if (options.profile()) {
                FlightRecording.stop(pids.client(), name, lab.output().resolve(name + ".jfr"));
            }
            rest.delete(name);
            Await.until(
                    name + " is gone",
                    Duration.ofSeconds(30),
                    () -> rest.get("/connectors/" + name + "/status").status() == 404);
            return measurement;
        }
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

    private static Measurement close(@Nullable CpuWindow window, long records) {
        if (window == null || records <= 0) {
            throw new IllegalStateException("all records arrived between two looks; take more of them");
        }
        return window.close(records);
    }
}
