package io.fenceline.systemtests;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.CommitWatcher;
import io.fenceline.testkit.history.HistoryCheck;
import io.fenceline.testkit.history.TopicHistory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** One connector under test with its topic: waits for it, looks at its offsets, checks what arrived. */
final class Sink {

    private final Cluster cluster;
    private final ConnectRest rest;
    private final String name;
    private final String topic;
    private final int partitions;
    private final S2Reader reader;

    Sink(Cluster cluster, ConnectRest rest, String name, String topic, int partitions, S2Reader reader) {
        this.cluster = cluster;
        this.rest = rest;
        this.name = name;
        this.topic = topic;
        this.partitions = partitions;
        this.reader = reader;
    }

    /** Creates the connector and waits until its tasks run. */
    static Sink start(
            Cluster cluster,
            ConnectRest rest,
            String topic,
            int partitions,
            S2Reader reader,
            Map<String, String> config) {
        Sink sink = new Sink(cluster, rest, "sink-" + topic, topic, partitions, reader);
        rest.put(sink.name, config);
        sink.awaitRunning(Integer.parseInt(config.get("tasks.max")));
        return sink;
    }

    String name() {
        return name;
    }

    String topic() {
        return topic;
    }

    ConnectRest rest() {
        return rest;
    }

    void awaitRunning(int tasks) {
        rest.awaitRunning(name, tasks, Duration.ofSeconds(90));
    }

    CommitWatcher watch() {
        return CommitWatcher.start(cluster.bootstrapServers(), name, topic, reader);
    }

    /** Committed offsets, summed over the partitions. */
    long committed() {
        try {
            return CommitWatcher.committed(cluster.admin(), "connect-" + name).entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(topic))
                    .mapToLong(Map.Entry<TopicPartition, Long>::getValue)
                    .sum();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the streams hold, summed; exact where every offset is a record. */
    long durable() {
        long sum = 0;
        for (int partition = 0; partition < partitions; partition++) {
            sum += CommitWatcher.durable(reader, topic + "/" + partition);
        }
        return sum;
    }

    /** The ends of the topic's partitions, summed. */
    long produced() {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        try {
            return cluster.admin().listOffsets(latest).all().get().values().stream()
                    .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
                    .sum();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The end of one partition. */
    long produced(int partition) {
        TopicPartition one = new TopicPartition(topic, partition);
        try {
            return cluster.admin()
                    .listOffsets(Map.of(one, OffsetSpec.latest()))
                    .partitionResult(one)
                    .get()
                    .offset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Until the streams hold everything; fails early, with the trace, if a task fails. */
    void awaitAllArrived(Duration timeout) {
        long end = produced();
        Await.until(
                end + " records of " + topic + " are in S2",
                timeout,
                () -> {
                    requireNoFailure();
                    return durableIfReadable() >= end;
                },
                () -> "There are " + durable() + ", committed " + committed() + ", status " + rest.status(name));
    }

    /** Until at least this many are in the streams. */
    void awaitDurable(long count, Duration timeout) {
        Await.until(
                count + " records of " + topic + " are in S2",
                timeout,
                () -> {
                    requireNoFailure();
                    return durableIfReadable() >= count;
                },
                () -> "There are " + durable() + ", committed " + committed() + ", status " + rest.status(name));
    }

    /** Until the committed offsets are the ends of the topic. */
    void awaitNoLag(Duration timeout) {
        long end = produced();
        Await.until(
                "offset " + end + " of " + topic + " is committed",
                timeout,
                () -> {
                    requireNoFailure();
                    return committed() == end;
                },
                () -> "Committed is " + committed() + ", durable " + durable() + ", status " + rest.status(name));
    }

    HistoryCheck.Result check() {
        return HistoryCheck.compare(TopicHistory.read(cluster.bootstrapServers(), topic), reader);
    }

    /** Everything arrived, exactly once, in order, unchanged, and is committed. */
    HistoryCheck.Result requirePerfect(Duration timeout) {
        awaitAllArrived(timeout);
        awaitNoLag(Duration.ofSeconds(60));
        HistoryCheck.Result result = check().requirePerfect();
        Cluster.say(name + ": " + result);
        return result;
    }

    void delete() {
        rest.delete(name);
    }

    void stop() {
        rest.stop(name);
        rest.awaitState(name, "STOPPED", Duration.ofSeconds(30));
    }

    /** Of a stopped connector, behind its back: what a crash before a commit leaves behind. */
    void moveGroup(int partition, long offset) {
        Map<TopicPartition, OffsetAndMetadata> target =
                Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(offset));
        changeGroup(() ->
                cluster.admin().alterConsumerGroupOffsets(group(), target).all().get());
    }

    /** Of a stopped connector, behind its back: as if nothing had ever been committed. */
    void forgetGroup() {
        changeGroup(() ->
                cluster.admin().deleteConsumerGroups(List.of(group())).all().get());
    }

    private String group() {
        return "connect-" + name;
    }

    private void changeGroup(Callable<?> change) {
        Await.until("the group of " + name + " is empty and can be changed", Duration.ofSeconds(30), () -> {
            try {
                change.call();
                return true;
            } catch (ExecutionException e) {
                return false;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private long durableIfReadable() {
        try {
            return durable();
        } catch (S2Reader.Unavailable e) {
            return -1;
        }
    }

    private void requireNoFailure() {
        ConnectRest.Status status = rest.status(name);
        if (status.anyTaskFailed()) {
            throw new AssertionError(name + " failed:\n" + status.traces());
        }
    }
}
