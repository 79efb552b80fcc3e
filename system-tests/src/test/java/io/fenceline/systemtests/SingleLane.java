package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A topic of one partition, its stream and its connector, in the hands of an operator who reads messages and obeys them. */
final class SingleLane {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern PATCH =
            Pattern.compile("PATCH /connectors/(\\S+)/offsets (\\{\"offsets\":\\[.*?}}]})");

    private final Cluster cluster;
    private final ConnectRest rest;
    private final S2Reader reader;
    private final String topic;
    private final String stream;
    private final String name;
    private final Map<String, String> config;
    private int tasks = 1;

    private SingleLane(Cluster cluster, S2Reader reader, String topic, String name, Map<String, String> config) {
        this(cluster, cluster.rest(), reader, topic, name, config);
    }

    private SingleLane(
            Cluster cluster, ConnectRest rest, S2Reader reader, String topic, String name, Map<String, String> config) {
        this.cluster = cluster;
        this.rest = rest;
        this.reader = reader;
        this.topic = topic;
        this.stream = topic + "/0";
        this.name = name;
        this.config = config;
    }

    /** A topic with that many records, and a configuration that is not posted yet. */
    static SingleLane of(Cluster cluster, String prefix, int records) {
        String topic = cluster.createTopic(prefix, 1);
        SingleLane lane = new SingleLane(cluster, cluster.reader(), topic, "sink-" + topic, cluster.sink(topic, 1));
        lane.produce(records);
        return lane;
    }

    /** The same with an empty topic, and the stream on another server. */
    static SingleLane on(Cluster cluster, S2Server server, S2Reader reader, String prefix) {
        String topic = cluster.createTopic(prefix, 1);
        return new SingleLane(cluster, reader, topic, "sink-" + topic, Cluster.sinkTo(server, topic, 1));
    }

    /** The same as {@link #of}, on other workers than the shared one. */
    static SingleLane on(Cluster cluster, ConnectRest workers, String prefix, int records) {
        String topic = cluster.createTopic(prefix, 1);
        SingleLane lane =
                new SingleLane(cluster, workers, cluster.reader(), topic, "sink-" + topic, cluster.sink(topic, 1));
        lane.produce(records);
        return lane;
    }

    /** The partition is one task's, and goes to the next when that stops. */
    SingleLane withTasks(int count) {
        tasks = count;
        return with("tasks.max", String.valueOf(count));
    }

    SingleLane with(String key, String value) {
        config.put(key, value);
        return this;
    }

    String topic() {
        return topic;
    }

    String stream() {
        return stream;
    }

    String name() {
        return name;
    }

    // ------------------------------------------------------------------ the topic

    void produce(int count) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, ("r" + i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    /** Deletes the topic and makes it again, with that many records. */
    void recreateTopic(int records) {
        try {
            cluster.admin().deleteTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        Await.until("the topic can be made again", PATIENCE, () -> {
            try {
                cluster.admin()
                        .createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                        .all()
                        .get();
                return true;
            } catch (ExecutionException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        });
        produce(records);
    }

    // ------------------------------------------------------------------ the connector

    SingleLane start() {
        rest.put(name, config);
        rest.awaitRunning(name, tasks, PATIENCE);
        return this;
    }

    void stop() {
        rest.stop(name);
        rest.awaitState(name, "STOPPED", PATIENCE);
    }

    void resume() {
        rest.resume(name);
    }

    /** The status shows the old failure for a moment still. */
    void restart() {
        rest.restart(name);
        Await.until(name + " runs again", PATIENCE, () -> rest.status(name).running(tasks));
    }

    /** As {@code s2 fence <stream> ""} does: an operator lets the stream go on. */
    void clearFence() {
        reader.fence(stream, "");
    }

    void delete() {
        rest.delete(name);
    }

    /** Until every task has had the partition and has stopped; what the last one says, which met the mark of another. */
    String awaitAllStopped(String code) {
        Await.until(
                "all tasks of " + name + " have stopped",
                PATIENCE,
                () -> {
                    List<ConnectRest.TaskStatus> all = rest.status(name).tasks();
                    return all.size() == tasks
                            && all.stream().allMatch(task -> task.state().equals("FAILED"));
                },
                () -> "Status: " + rest.status(name) + ", written " + written());
        List<String> messages = rest.status(name).tasks().stream()
                .map(task -> message(code, task.trace()))
                .toList();
        List<String> met = messages.stream()
                .filter(message -> message.contains("left a stop mark"))
                .toList();
        assertThat(met).as(messages.toString()).hasSizeGreaterThanOrEqualTo(tasks - 1);
        return met.get(0);
    }

    /** The message the task has stopped with, which must begin with this code. */
    String awaitStopped(String code) {
        return message(code, rest.awaitFailed(name, PATIENCE));
    }

    private String message(String code, String trace) {
        String message = StopMessage.firstIn(trace).orElseThrow(() -> new AssertionError("no code in " + trace));
        Cluster.say(name + " stopped: " + message);
        assertThat(message).startsWith("[" + code + "]").contains(topic + "-0").contains("'" + stream + "'");
        return message;
    }

    /** What {@code GET …/offsets} says is committed, -1 if nothing is. */
    long committedAsShown() {
        for (var entry : rest.offsets(name).require(200).json().get("offsets")) {
            return entry.get("offset").get("kafka_offset").asLong();
        }
        return -1;
    }

    void awaitCommitted(long offset) {
        Await.until(
                "offset " + offset + " of " + topic + " is committed",
                PATIENCE,
                () -> committedAsShown() == offset,
                () -> "Committed is " + committedAsShown() + ", status " + rest.status(name));
    }

    /** Stops the connector, sends one of the requests the message printed, as it is, and resumes. */
    void obey(String message, int which) {
        move(printedBodies(message).get(which));
    }

    /** The same with the offset that the message asks the operator to put there. */
    void obey(String message, int which, long offset) {
        move(printedBodies(message).get(which).replaceFirst("\"kafka_offset\":[^}]*", "\"kafka_offset\":" + offset));
    }

    private void move(String body) {
        stop();
        rest.patchOffsets(name, body).require(200);
        resume();
        rest.awaitRunning(name, tasks, PATIENCE);
    }

    List<String> printedBodies(String message) {
        List<String> bodies = new ArrayList<>();
        Matcher matcher = PATCH.matcher(message);
        while (matcher.find()) {
            assertThat(matcher.group(1)).isEqualTo(name);
            bodies.add(matcher.group(2));
        }
        return bodies;
    }

    void requireRunning() {
        ConnectRest.Status status = rest.status(name);
        assertThat(status.running(tasks)).as(status.toString()).isTrue();
    }

    // ------------------------------------------------------------------ the stream

    /** Kafka offsets in the order they stand in the stream; -1 for a record of somebody else. */
    List<Integer> written() {
        return reader.readAll(stream).stream()
                .filter(record -> !record.isCommand())
                .map(record -> record.text("kafka.id"))
                .map(id -> id == null ? -1 : Integer.parseInt(id.substring(id.lastIndexOf('/') + 1)))
                .toList();
    }

    /** Until the stream holds as many records, and they are exactly these. */
    @SafeVarargs
    final void awaitWritten(List<Integer>... parts) {
        List<Integer> expected = Arrays.stream(parts).flatMap(List::stream).toList();
        Await.until(
                expected.size() + " records of " + topic + " are in S2",
                PATIENCE,
                () -> written().size() >= expected.size(),
                () -> "There are " + written() + ", status " + rest.status(name));
        assertThat(written()).isEqualTo(expected);
    }

    /** Deletes the stream and makes it again, empty. */
    void recreateStream() {
        reader.deleteStream(stream);
        Await.until("the stream can be made again", PATIENCE, () -> {
            try {
                reader.createStream(stream, null);
                return true;
            } catch (S2Reader.Unavailable e) {
                return false;
            }
        });
    }

    /** Trims below the position and waits until nothing below it can be read. */
    void trim(long before) {
        reader.trim(stream, before);
        Await.until("the records are gone", Duration.ofSeconds(90), () -> reader.readAll(stream).stream()
                .noneMatch(record -> record.seqNum() < before));
    }

    /** Trims far above the tail, which takes the trim's own record along, and waits until nothing can be read. */
    void trimEverything() {
        reader.trim(stream, reader.tail(stream) + 1_000_000);
        Await.until("the records are gone", Duration.ofSeconds(90), () -> reader.readAll(stream)
                .isEmpty());
    }

    static List<Integer> concat(List<Integer> first, List<Integer> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    static List<Integer> offsets(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}
