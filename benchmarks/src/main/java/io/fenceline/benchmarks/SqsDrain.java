package io.fenceline.benchmarks;

import io.fenceline.benchmarks.onebyone.OneByOneSinkConnector;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * One connector sends the topic to a queue from its beginning, seen by how many messages SQS has accepted. Both sinks count that
 * themselves: ElasticMQ would walk through its queue for every look.
 */
final class SqsDrain {

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

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
        return measure(name, config, limit, jvm -> {
            double accepted = jvm.sum(name, "records-acknowledged-total");
            return Double.isNaN(accepted) ? 0 : (long) accepted;
        });
    }

    Measurement oneByOne(String name, String queueUrl, int limit) {
        Path counts = lab.output().resolve("counts").resolve(name);
        Map<String, String> config = common(OneByOnePlugin.CONNECTOR);
        config.put(OneByOneSinkConnector.QUEUE, queueUrl);
        config.put(OneByOneSinkConnector.COUNT_FOLDER, counts.toString());
        // a task that is stopped finishes what one poll brought
        config.put("consumer.override.max.poll.records", "50");
        return measure(name, config, limit, jvm -> OneByOnePlugin.count(counts));
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
            String name, Map<String, String> config, int limit, ToLongFunction<WorkerJvm> accepted) {
        return new ConnectorRun(lab, options.profile(), options.threads())
                .measure(name, config, lab.workerAndSqsPids(), "messages", limit, new ConnectorRun.Arrivals() {

                    @Override
                    public long look(WorkerJvm worker) {
                        return accepted.applyAsLong(worker);
                    }

                    @Override
                    public Measurement complete(Measurement window, WorkerJvm worker) {
                        return window.with(
                                worker.figure(name, "request-latency-p50-ms"),
                                worker.figure(name, "request-latency-p99-ms"),
                                window.allocatedBytes(),
                                Double.NaN,
                                Double.NaN);
                    }
                });
    }
}
