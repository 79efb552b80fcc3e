package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.TopicHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A stream, the source that reads it and the topic it is read into, in the hands of an operator who obeys messages. */
final class SourceLane {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern PATCH =
            Pattern.compile("PATCH /connectors/(\\S+)/offsets (\\{\"offsets\":\\[.*?}}]})");

    private final Cluster cluster;
    private final ConnectRest rest;
    private final S2Reader reader;
    private final String stream;
    private final String topic;
    private final String name;
    private final Map<String, String> config;
    private int appended;

    private SourceLane(Cluster cluster, ConnectRest rest, S2Reader reader, String stream) {
        this.cluster = cluster;
        this.rest = rest;
        this.reader = reader;
        this.stream = stream;
        this.topic = stream + "-read";
        this.name = "source-" + stream;
        this.config = Source.config(cluster.s2(), stream, topic, 1);
    }

    /** With that many records, and a configuration that is not posted yet. */
    static SourceLane of(Cluster cluster, String prefix, int records) {
        return of(cluster, cluster.rest(), prefix, records);
    }

    static SourceLane of(Cluster cluster, ConnectRest rest, String prefix, int records) {
        SourceLane lane = new SourceLane(cluster, rest, cluster.reader(), Cluster.unique(prefix));
        lane.reader.createStream(lane.stream, null);
        lane.append(records);
        return lane;
    }

    SourceLane with(String key, String value) {
        config.put(key, value);
        return this;
    }

    Map<String, String> config() {
        return config;
    }

    String stream() {
        return stream;
    }

    String topic() {
        return topic;
    }

    String name() {
        return name;
    }

    // ------------------------------------------------------------------ the stream

    /** Records r0, r1, r2 and so on, never the same twice. */
    void append(int count) {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bodies.add("r" + appended++);
        }
        if (!bodies.isEmpty()) {
            reader.appendTexts(stream, bodies);
        }
    }

    /** Trims below the position and waits until nothing below it can be read. */
    void trim(long before) {
        reader.trim(stream, before);
        Await.until("the records are gone", Duration.ofSeconds(90), () -> reader.readAll(stream).stream()
                .noneMatch(record -> record.seqNum() < before));
    }

    /** Trims the command's own record along. */
    void trimEverything() {
        reader.trim(stream, reader.tail(stream) + 1_000_000);
        Await.until("the records are gone", Duration.ofSeconds(90), () -> reader.readAll(stream)
                .isEmpty());
    }

    long tail() {
        return reader.tail(stream);
    }

    void deleteStream() {
        reader.deleteStream(stream);
    }

    /** Deletes the stream and makes it again, empty. */
    void recreateStream() {
        deleteStream();
        createStream();
    }

    void createStream() {
        Await.until("the stream can be made", PATIENCE, () -> {
            try {
                reader.createStream(stream, null);
                return true;
            } catch (S2Reader.Unavailable e) {
                return false;
            }
        });
    }

    // ------------------------------------------------------------------ the connector

    SourceLane start() {
        rest.put(name, config);
        return this;
    }

    void stop() {
        rest.stop(name);
        rest.awaitState(name, "STOPPED", PATIENCE);
        Await.until("no task of " + name + " is left", PATIENCE, () -> rest.status(name)
                .tasks()
                .isEmpty());
    }

    void resume() {
        rest.resume(name);
    }

    void restart() {
        rest.restart(name);
    }

    void delete() {
        rest.delete(name);
    }

    void requireRunning() {
        ConnectRest.Status status = rest.status(name);
        assertThat(status.running(1)).as(status.toString()).isTrue();
    }

    /** The message the task has stopped with, which must begin with this code. */
    String awaitStopped(String code) {
        // right after a restart the failure before it may be on show, and gone a moment later: it is looked at once
        String[] traces = {""};
        Await.until(
                "the task of " + name + " fails with " + code,
                PATIENCE,
                () -> {
                    traces[0] = rest.status(name).traces();
                    return traces[0].contains("[" + code + "]");
                },
                () -> "Status: " + rest.status(name));
        String message = StopMessage.firstIn(traces[0]).orElseThrow();
        Cluster.say(name + " stopped: " + message);
        assertThat(message).startsWith("[" + code + "]").contains("stream '" + Cluster.BASIN + "/" + stream + "'");
        return message;
    }

    /** Stops the connector, sends the request the message printed, as it is, and resumes. */
    void obey(String message) {
        Matcher matcher = PATCH.matcher(message);
        assertThat(matcher.find()).as(message).isTrue();
        assertThat(matcher.group(1)).isEqualTo(name);
        stop();
        rest.patchOffsets(name, matcher.group(2)).require(200);
        resume();
        rest.awaitRunning(name, 1, PATIENCE);
    }

    /** Stops the connector, stores that position, resumes. */
    void move(String offset) {
        stop();
        rest.patchOffsets(name, patch(offset)).require(200);
        resume();
    }

    /** A request that sets the stream's offset to this JSON. */
    String patch(String offset) {
        return "{\"offsets\":[{\"partition\":{\"stream\":\"" + Cluster.BASIN + "/" + stream + "\"},\"offset\":" + offset
                + "}]}";
    }

    /**
     * What {@code GET …/offsets} says is stored, -1 if nothing is. Connect lists a partition that was just reset with null, if
     * it has not yet read that back when it looks which partitions there are.
     */
    long stored() {
        for (var entry : rest.offsets(name).require(200).json().get("offsets")) {
            return entry.get("offset").isNull()
                    ? -1
                    : entry.get("offset").get("seq_num").asLong();
        }
        return -1;
    }

    void awaitStored(long seqNum) {
        Await.until(
                "position " + seqNum + " of " + stream + " is stored",
                PATIENCE,
                () -> stored() == seqNum,
                () -> "Stored is " + stored() + ", status " + rest.status(name));
    }

    /** How often the shared worker's log says that numbers of this stream were passed over. */
    long gapWarnings(Cluster where) throws IOException {
        return Files.readAllLines(where.worker().log()).stream()
                .filter(line -> line.contains("stream " + stream + ": numbers "))
                .count();
    }

    // ------------------------------------------------------------------ the topic

    List<String> read() {
        return read(topic);
    }

    List<String> read(String from) {
        List<String> bodies = new ArrayList<>();
        try {
            TopicHistory.forEach(
                    cluster.bootstrapServers(),
                    from,
                    record -> bodies.add(new String(record.value(), StandardCharsets.UTF_8)));
        } catch (NullPointerException noSuchTopic) {
            // nothing was written yet
        }
        return bodies;
    }

    /** Until the topic holds as many records, and they are exactly these. */
    void awaitRead(List<String> expected) {
        Await.until(
                expected.size() + " records are in " + topic,
                PATIENCE,
                () -> {
                    ConnectRest.Status status = rest.status(name);
                    if (status.anyTaskFailed()
                            && read().size() < expected.size()
                            && !Source.restartedAfterKafkasRace(rest, name, status)) {
                        throw new AssertionError(name + " failed:\n" + status.traces());
                    }
                    // its only partition's end is asked for first: reading costs a consumer each time
                    return cluster.end(topic) >= expected.size() && read().size() >= expected.size();
                },
                () -> "There are " + read() + ", status " + rest.status(name));
        assertThat(read()).isEqualTo(expected);
    }

    static List<String> range(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "r" + i).toList();
    }

    @SafeVarargs
    static List<String> concat(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (List<String> part : parts) {
            all.addAll(part);
        }
        return all;
    }
}
