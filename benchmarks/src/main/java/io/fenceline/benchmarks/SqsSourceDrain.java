package io.fenceline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/**
 * One connector brings a full queue to a topic, and empties it. Arrived is what a {@code read_committed} reader has; it is over
 * when the queue has no message left, either.
 */
final class SqsSourceDrain {

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

    /** A slice takes a second or two. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private static final Duration LOOK_FOR = Duration.ofMillis(5);

    private final Lab lab;
    private final QueueLab queues;
    private final SqsSourceOptions options;
    private int topics;

    SqsSourceDrain(Lab lab, QueueLab queues, SqsSourceOptions options) {
        this.lab = lab;
        this.queues = queues;
        this.options = options;
    }

    /**
     * As after a restart of a connector there already was, if its name and the queue's are the same as before: with as many offsets
     * as a connector has that is at work for long.
     *
     * @param queueUrl past the proxy
     */
    Measurement source(String name, String queueUrl) {
        String topic = name + "-" + ++topics;
        lab.broker().createTopic(topic, 1, Map.of());
        try (TopicCount committed = new TopicCount(lab.broker().bootstrapServers(), topic)) {
            ConnectorRun.Arrivals arrivals = new ConnectorRun.Arrivals() {

                @Override
                public Duration pause(boolean begun, long seen) {
                    return begun ? Duration.ZERO : LOOK_EVERY;
                }

                /** Waits itself, and no longer than until there is something. */
                @Override
                public long look(WorkerJvm worker) {
                    return committed.after(LOOK_FOR);
                }

                @Override
                public boolean isSettled() {
                    return left(queueUrl) == 0;
                }
            };
            Measurement measurement = new ConnectorRun(lab, options.profile(), options.threads())
                    .measure(
                            name,
                            config(topic, queueUrl),
                            lab.workerAndSqsPids(),
                            "messages",
                            options.messages(),
                            arrivals);
            long arrived = committed.after(Duration.ZERO);
            if (arrived != options.messages()) {
                throw new IllegalStateException(
                        queueUrl + " had " + options.messages() + " messages, and its topic has " + arrived);
            }
            return measurement;
        } finally {
            try (Admin admin = lab.broker().admin()) {
                admin.deleteTopics(List.of(topic));
            }
        }
    }

    /** The connector as users have it, everything at its default, and with the producer that its file in config/ asks for. */
    private Map<String, String> config(String topic, String queueUrl) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", "io.fenceline.connect.source.sqs.SqsSourceConnector");
        config.put("tasks.max", "1");
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("value.type", "bytes");
        config.put("topic", topic);
        config.put("sqs.queue.urls", queues.seen(queueUrl));
        config.put("sqs.region", "eu-central-1");
        config.put("aws.access.key.id", "bench");
        config.put("aws.secret.access.key", "bench");
        config.put("sqs.receivers", Integer.toString(options.receivers()));
        // the queue was made a moment ago
        config.put("validate.connection", "false");
        if (options.exactlyOnce()) {
            config.putAll(ShippedFile.producerOverrides("sqs-source.json"));
        }
        options.source().forEach(line -> config.put(line.split("=", 2)[0], line.split("=", 2)[1]));
        return config;
    }

    /** Messages to receive, and those received and not deleted. */
    private long left(String queueUrl) {
        JsonNode attributes = queues.calls().attributes(queueUrl);
        return Stream.of("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
                .mapToLong(attribute -> attributes.path(attribute).asLong())
                .sum();
    }
}
