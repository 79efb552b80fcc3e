package io.fenceline.systemtests;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** A source connector under test: its configuration as users write it, and what it has brought to Kafka. */
final class Source {

    static final String CLASS = "io.fenceline.connect.source.s2.S2SourceConnector";
    private static final Pattern TERMINAL_CODE = Pattern.compile("\\[[A-Z_]+]");

    /** Of Kafka's race in all tests of a lane; long runs with kills may need more. */
    private static final int MOST_RACES = Integer.getInteger("kafka.races", 2);

    private static final AtomicInteger RACES = new AtomicInteger();
    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

    private final Cluster cluster;
    private final ConnectRest rest;
    private final String name;

    private Source(Cluster cluster, ConnectRest rest, String name) {
        this.cluster = cluster;
        this.rest = rest;
        this.name = name;
    }

    /** @param streams the value of s2.streams, or with a star at the end of s2.stream.prefix */
    static Map<String, String> config(S2Server server, String streams, String topic, int tasks) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", CLASS);
        config.put("tasks.max", Integer.toString(tasks));
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("topic.creation.default.partitions", "1");
        config.put("topic.creation.default.replication.factor", "1");
        config.put("s2.basin", Cluster.BASIN);
        config.put("s2.account.endpoint", server.accountEndpoint());
        config.put("s2.basin.endpoint", server.basinEndpoint());
        config.put("s2.access.token", Cluster.TOKEN);
        if (streams.endsWith("*")) {
            config.put("s2.stream.prefix", streams.substring(0, streams.length() - 1));
        } else {
            config.put("s2.streams", streams);
        }
        config.put("topic", topic);
        return config;
    }

    /**
     * For a worker with exactly-once support, as the files in {@code config/} have it: Kafka's producer does not end a transaction
     * before its offsets are in it. Without transactions each record would wait that long.
     */
    static Map<String, String> inTransactions(Map<String, String> config) {
        config.put("producer.override.linger.ms", "5000");
        return config;
    }

    static Source start(Cluster cluster, ConnectRest rest, String name, Map<String, String> config) {
        Source source = of(cluster, rest, name);
        rest.put(name, config);
        return source;
    }

    /** One that was started before. */
    static Source of(Cluster cluster, ConnectRest rest, String name) {
        return new Source(cluster, rest, name);
    }

    String name() {
        return name;
    }

    /** The same as another worker sees it. */
    Source seenBy(ConnectRest other) {
        return new Source(cluster, other, name);
    }

    /** Different values that a {@code read_committed} reader sees in the topic. */
    long distinctCommitted(String topic) {
        Set<String> values = new HashSet<>();
        TopicHistory.forEach(
                cluster.bootstrapServers(),
                topic,
                record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
        return values.size();
    }

    void awaitRunning(int tasks) {
        rest.awaitRunning(name, tasks, Duration.ofSeconds(90));
    }

    /** Records that a {@code read_committed} reader sees in the topic; 0 if it does not exist. */
    long committed(String topic) {
        AtomicLong count = new AtomicLong();
        try {
            TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> count.incrementAndGet());
        } catch (NullPointerException noSuchTopic) {
            return 0;
        }
        return count.get();
    }

    /**
     * Not fewer than the records that a {@code read_committed} reader sees in the topic: marks of transactions count as well. One
     * question, where {@link #committed} reads everything; 0 if the topic does not exist.
     */
    long committedOffsets(String topic) {
        Admin admin = cluster.admin();
        try {
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            for (TopicPartitionInfo partition : admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()) {
                latest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest());
            }
            return admin
                    .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(ListOffsetsResultInfo::offset)
                    .sum();
        } catch (ExecutionException noSuchTopicYet) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Until at least so many are there; fails early, with the trace, if a task fails. */
    void awaitCommitted(String topic, long count, Duration timeout) {
        Await.until(
                count + " records are in " + topic,
                timeout,
                () -> {
                    requireNoFailure();
                    return committedOffsets(topic) >= count && committed(topic) >= count;
                },
                () -> "There are " + committed(topic) + ", status " + rest.status(name));
    }

    void requireNoFailure() {
        ConnectRest.Status status = rest.status(name);
        if (status.anyTaskFailed() && !restartedAfterKafkasRace(rest, name, status)) {
            throw new AssertionError(name + " failed:\n" + status.traces());
        }
    }

    /**
     * On a busy machine Kafka's producer sometimes ends a transaction before it has sent any of it. The broker refuses that, and the
     * task fails without any harm. A plain producer does the same; see docs/guarantees.md. No other failure is passed over, and
     * this one only a few times.
     */
    static boolean restartedAfterKafkasRace(ConnectRest rest, String name, ConnectRest.Status status) {
        boolean nothingElse = status.state().equals("RUNNING")
                && status.tasks().stream()
                        .filter(task -> task.state().equals("FAILED"))
                        .allMatch(task -> isKafkasRace(task.trace())
                                && !TERMINAL_CODE.matcher(task.trace()).find());
        if (!nothingElse || RACES.incrementAndGet() > MOST_RACES) {
            return false;
        }
        Cluster.say(
                name + " met a transaction that ended too early and is started again, time " + RACES + " in this JVM");
        rest.restart(name);
        Await.until(name + " was started again", Duration.ofSeconds(30), () -> {
            ConnectRest.Status now = rest.status(name);
            return !now.state().equals("UNKNOWN") && !isKafkasRace(now.traces());
        });
        return true;
    }

    private static boolean isKafkasRace(String trace) {
        return trace.contains("InvalidTxnStateException");
    }

    void delete() {
        rest.delete(name);
    }
}
