package io.fenceline.benchmarks;

import io.fenceline.benchmarks.onebyone.OneByOneSinkConnector;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * One connector sends the topic to a queue from its beginning. How many messages SQS has accepted is looked at every 50 ms, and the
 * window goes from the first look that saw any to the first that saw them all. Both sinks count themselves what was accepted:
 * ElasticMQ would walk through its queue for every look.
 */
final class SqsDrain {

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration STALLED_AFTER = Duration.ofSeconds(60);

    private final Lab lab;
    private final SqsOptions options;
    private final String topic;

    SqsDrain(Lab lab, SqsOptions options, String topic) {
        this.lab = lab;
        this.options = options;
        this.topic = topic;
    }

    Measurement sink(String name, String queueUrl, int limit) {
        Map<String, String> config = common("io.fenceline.connect.sink.sqs.SqsSinkConnector");
        config.put("sqs.queue.url", queueUrl);
        config.put("sqs.region", "eu-central-1");
        config.put("aws.access.key.id", "bench");
        config.put("aws.secret.access.key", "bench");
        config.put("max.in.flight.requests", Integer.toString(options.concurrency()));
        // the queue was made a moment ago
        config.put("validate.connection", "false");
        options.sink().forEach(line -> config.put(line.split("=", 2)[0], line.split("=", 2)[1]));
        try (WorkerJvm jvm = WorkerJvm.of(lab.workerAndSqsPids().client())) {
            return measure(
                    name,
                    config,
                    () -> {
                        double accepted = jvm.sum(name, "records-acknowledged-total");
                        return Double.isNaN(accepted) ? 0 : (long) accepted;
                    },
                    jvm,
                    limit);
        }
    }

    Measurement oneByOne(String name, String queueUrl, int limit) {
        Path counts = lab.output().resolve("counts").resolve(name);
        Map<String, String> config = common(OneByOnePlugin.CONNECTOR);
        config.put(OneByOneSinkConnector.QUEUE, queueUrl);
        config.put(OneByOneSinkConnector.COUNT_FOLDER, counts.toString());
        // a task that is stopped finishes what one poll brought
        config.put("consumer.override.max.poll.records", "50");
        try (WorkerJvm jvm = WorkerJvm.of(lab.workerAndSqsPids().client())) {
            return measure(name, config, () -> OneByOnePlugin.count(counts), jvm, limit);
        }
    }

    private Map<String, String> common(String connectorClass) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", connectorClass);
        config.put("tasks.max", "1");
        config.put("topics", topic);
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("consumer.override.isolation.level", "read_committed");
        config.put("consumer.override.auto.offset.reset", "earliest");
        return config;
    }

    private Measurement measure(
            String name, Map<String, String> config, LongSupplier accepted, WorkerJvm jvm, int limit) {
        ConnectRest rest = lab.worker().rest();
        CpuWindow.Pids pids = lab.workerAndSqsPids();
        AtomicLong seen = new AtomicLong();
        try (ProgressTicker ignored = ProgressTicker.on(name, () -> seen + " of " + limit + " messages")) {
            rest.put(name, config);
            if (options.profile()) {
                FlightRecording.start(pids.client(), name);
            }
            CpuWindow window = null;
            ThreadCpu threads = ThreadCpu.of(pids.client());
            long before = 0;
            long allocatedBefore = 0;
            long lastProgress = System.nanoTime();
            while (seen.get() < limit) {
                Await.sleep(LOOK_EVERY);
                long now = accepted.getAsLong();
                if (now > seen.get()) {
                    lastProgress = System.nanoTime();
                } else if (System.nanoTime() - lastProgress > STALLED_AFTER.toNanos()) {
                    throw new IllegalStateException(
                            name + " stands still at " + now + " of " + limit + " messages; " + rest.status(name));
                }
                seen.set(now);
                if (window == null && now > 0) {
                    window = CpuWindow.open(pids);
                    allocatedBefore = jvm.allocatedBytes();
                    threads = ThreadCpu.of(pids.client());
                    before = now;
                }
            }
            if (window == null || seen.get() == before) {
                throw new IllegalStateException("all messages arrived between two looks; take more of them");
            }
            Measurement measurement = window.close(seen.get() - before)
                    .with(
                            jvm.figure(name, "request-latency-p50-ms"),
                            jvm.figure(name, "request-latency-p99-ms"),
                            jvm.allocatedBytes() - allocatedBefore,
                            Double.NaN,
                            Double.NaN);
            if (options.threads()) {
                ProgressTicker.say(ThreadCpu.of(pids.client()).since(threads, seen.get() - before));
            }
            if (options.profile()) {
                FlightRecording.stop(pids.client(), name, lab.output().resolve(name + ".jfr"));
            }
            rest.delete(name);
            Await.until(
                    name + " is gone",
                    Duration.ofSeconds(60),
                    () -> rest.get("/connectors/" + name + "/status").status() == 404);
            return measurement;
        }
    }
}
