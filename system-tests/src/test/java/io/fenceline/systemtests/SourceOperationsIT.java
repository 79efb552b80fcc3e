package io.fenceline.systemtests;

import static io.fenceline.systemtests.SourceLane.concat;
import static io.fenceline.systemtests.SourceLane.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.FaultProxy;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.TopicHistory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators do with a source: moving its position, filtering, choosing a start, large records, stopping it. */
final class SourceOperationsIT {

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void positionsGoBackForwardAndAwayAsAsked() {
        SourceLane lane = SourceLane.of(cluster, "moved", 10).start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);

        lane.move("{\"seq_num\":4}");
        lane.awaitRead(concat(range(0, 10), range(4, 10)));
        lane.awaitStored(10);

        // more than an int holds is a long to Connect; back to what there is before anything reads
        lane.stop();
        rest.patchOffsets(lane.name(), lane.patch("{\"seq_num\":9007199254740993}"))
                .require(200);
        assertThat(lane.stored()).isEqualTo(9007199254740993L);
        lane.append(5);
        rest.patchOffsets(lane.name(), lane.patch("{\"seq_num\":12}")).require(200);
        lane.resume();
        lane.awaitRead(concat(range(0, 10), range(4, 10), range(12, 15)));
        lane.awaitStored(15);

        lane.move("null");
        lane.awaitRead(concat(range(0, 10), range(4, 10), range(12, 15), range(0, 15)));
        lane.awaitStored(15);

        lane.stop();
        rest.resetOffsets(lane.name()).require(200);
        assertThat(lane.stored()).isEqualTo(-1);
        lane.resume();
        lane.awaitRead(concat(range(0, 10), range(4, 10), range(12, 15), range(0, 15), range(0, 15)));
        lane.delete();
    }

    @Test
    void requestsThatMakeNoSenseAreRefusedWithTheExpectedForm() {
        SourceLane lane = SourceLane.of(cluster, "move-refused", 3).start();
        lane.awaitRead(range(0, 3));
        lane.awaitStored(3);
        lane.stop();
        String form = "{\\\"seq_num\\\":<next number";

        assertRefused(lane, lane.patch("{\"seq_num\":-1}"), "negative", form);
        assertRefused(lane, lane.patch("{\"seq_num\":\"2\"}"), "not such a number", form);
        assertRefused(lane, lane.patch("{\"seq_num\":1.5}"), "not such a number", form);
        // Connect's own words
        assertRefused(lane, lane.patch("{\"seq_num\":9223372036854775808}"), "BigInteger");
        assertRefused(lane, lane.patch("{\"seq\":1}"), "other keys", form);
        assertRefused(lane, lane.patch("{}"), "not such a number", form);
        assertRefused(lane, lane.patch("{\"seq_num\":1,\"created_at\":\"yesterday\"}"), "created_at", form);
        assertRefused(
                lane,
                "{\"offsets\":[{\"partition\":{\"stream\":\"" + Cluster.BASIN
                        + "/another\"},\"offset\":{\"seq_num\":1}}]}",
                "not one of this connector's streams",
                form);
        assertRefused(
                lane,
                "{\"offsets\":[{\"partition\":{\"stream\":\"other-basin/x\"},\"offset\":{\"seq_num\":1}}]}",
                "not in this connector's basin",
                form);
        assertRefused(lane, "{\"offsets\":[{\"partition\":{\"topic\":\"x\"},\"offset\":{\"seq_num\":1}}]}", form);

        assertThat(lane.stored()).isEqualTo(3);
        lane.resume();
        lane.append(2);
        lane.awaitRead(range(0, 5));
        lane.delete();
    }

    private void assertRefused(SourceLane lane, String body, String... said) {
        ConnectRest.RestAnswer answer = rest.patchOffsets(lane.name(), body);
        assertThat(answer.status()).as(body + ": " + answer.body()).isGreaterThanOrEqualTo(400);
        assertThat(answer.body()).contains(said);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStreamOfWhichATransformDropsEverythingIsReadAgainAfterARestartUnlessThereAreHeartbeats(boolean heartbeats) {
        SourceLane lane = SourceLane.of(cluster, "dropped", 10)
                .with("transforms", "drop")
                .with("transforms.drop.type", "org.apache.kafka.connect.transforms.Filter")
                .with("transforms.drop.predicate", "records")
                .with("predicates", "records")
                .with("predicates.records.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches");
        lane.with("predicates.records.pattern", lane.topic());
        String beats = lane.stream() + "-heartbeats";
        if (heartbeats) {
            lane.with("heartbeat.interval.ms", "500").with("heartbeat.topic", beats);
        }
        lane.start();
        if (heartbeats) {
            lane.awaitStored(10);
            assertThat(lane.read(beats)).contains("10");
        } else {
            rest.awaitRunning(lane.name(), 1, SourceLane.PATIENCE);
            Await.sleep(Duration.ofSeconds(4));
            assertThat(lane.stored()).isEqualTo(-1);
        }
        lane.stop();
        // nothing is dropped any more
        lane.config().keySet().removeIf(key -> key.startsWith("transforms") || key.startsWith("predicates"));
        lane.start();
        lane.resume();
        lane.append(3);
        lane.awaitRead(heartbeats ? range(10, 13) : range(0, 13));
        lane.delete();
    }

    /** The task failed with the first heartbeat, or with tolerance never stored a position. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "all"})
    void heartbeatsStorePositionsAlsoWhereValuesAreText(String tolerance) {
        SourceLane lane = SourceLane.of(cluster, "text-heartbeats", 5);
        String beats = lane.stream() + "-heartbeats";
        lane.with("value.type", "string")
                .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
                .with("errors.tolerance", tolerance)
                .with("heartbeat.interval.ms", "500")
                .with("heartbeat.topic", beats)
                .start();
        lane.awaitRead(range(0, 5));
        // the command record is a position without a record for Kafka
        cluster.reader().trim(lane.stream(), 1);
        lane.awaitStored(6);
        lane.requireRunning();
        assertThat(lane.read(beats)).contains("6");
        assertThat(keys(beats)).contains(Cluster.BASIN + "/" + lane.stream());
        lane.append(2);
        lane.awaitRead(range(0, 7));
        lane.delete();
    }

    private List<String> keys(String topic) {
        List<String> keys = new ArrayList<>();
        TopicHistory.forEach(
                cluster.bootstrapServers(),
                topic,
                record -> keys.add(new String(record.key(), StandardCharsets.UTF_8)));
        return keys;
    }

    /** Of all streams of the task nothing arrived, RUNNING, and nothing said why. */
    @Test
    void aTopicThatNobodyCreatesIsNamedAndTheOtherStreamsGoOnWhenItIsThere() {
        String there = Cluster.unique("topic-there");
        String missing = Cluster.unique("topic-missing");
        for (String stream : List.of(missing, there)) {
            cluster.reader().createStream(stream, null);
            cluster.reader().appendTexts(stream, List.of("r0"));
        }
        cluster.createTopicNamed(there, 1);
        Map<String, String> config = Source.config(cluster.s2(), missing + "," + there, "${stream}", 1);
        config.keySet().removeIf(key -> key.startsWith("topic.creation."));
        Source source = Source.start(cluster, rest, "source-" + missing, config);

        Await.until("the log names the topics", SourceLane.PATIENCE, () -> logSays("Their topics are: " + missing));
        assertThat(rest.status(source.name()).tasks())
                .allMatch(task -> task.state().equals("RUNNING"));
        cluster.reader().appendTexts(there, List.of("r1"));
        cluster.createTopicNamed(missing, 1);
        source.awaitCommitted(missing, 1, SourceLane.PATIENCE);
        source.awaitCommitted(there, 2, SourceLane.PATIENCE);
        source.delete();
    }

    @ParameterizedTest
    @CsvSource({"session,none", "sse,none", "session,gzip", "sse,gzip"})
    void readingBeginsWhereAsked(String transport, String compression) {
        SourceLane earliest = SourceLane.of(cluster, "from-earliest", 5);
        SourceLane latest = SourceLane.of(cluster, "from-latest", 5);
        SourceLane instant = SourceLane.of(cluster, "from-instant", 5);
        SourceLane future = SourceLane.of(cluster, "from-future", 5);
        SourceLane empty = SourceLane.of(cluster, "from-latest-empty", 0);
        Await.sleep(Duration.ofMillis(50));
        Instant between = Instant.now();
        Await.sleep(Duration.ofMillis(50));
        instant.append(5);
        latest.with("start.from", "latest");
        empty.with("start.from", "latest");
        instant.with("start.from", between.toString());
        future.with("start.from", Instant.now().plusSeconds(3600).toString());
        List<SourceLane> all = List.of(earliest, latest, instant, future, empty);
        for (SourceLane lane : all) {
            lane.with("s2.transport", transport)
                    .with("s2.compression", compression)
                    .start();
        }
        earliest.awaitRead(range(0, 5));
        instant.awaitRead(range(5, 10));
        for (SourceLane lane : all) {
            rest.awaitRunning(lane.name(), 1, SourceLane.PATIENCE);
        }
        Await.sleep(Duration.ofSeconds(2));
        all.forEach(lane -> lane.append(3));
        earliest.awaitRead(range(0, 8));
        latest.awaitRead(range(5, 8));
        instant.awaitRead(range(5, 13));
        empty.awaitRead(range(0, 3));
        Cluster.say(
                "start.from an hour ahead over " + transport + ": " + future.read() + " " + rest.status(future.name()));
        future.requireRunning();
        assertThat(future.read()).isEmpty();
        all.forEach(SourceLane::delete);
    }

    @Test
    void aRecordTooLargeForTheProducerIsNamedInTheLogAndArrivesOnceTheProducerMaySendIt() throws IOException {
        SourceLane lane = SourceLane.of(cluster, "large", 2);
        byte[] filler = new byte[(1 << 20) - 64];
        java.util.Arrays.fill(filler, (byte) 'x');
        String large = new String(filler, StandardCharsets.US_ASCII);
        cluster.reader().appendForeign(lane.stream(), large);
        lane.with("topic.creation.default.max.message.bytes", "2097152").start();

        String trace = rest.awaitFailed(lane.name(), SourceLane.PATIENCE);
        assertThat(trace).contains("RecordTooLargeException");
        List<String> log = Files.readAllLines(cluster.worker().log());
        int ours = indexOf(log, "Record 2 of stream '" + lane.stream() + "'");
        assertThat(ours).isNotNegative();
        assertThat(log.get(ours)).contains("producer.override.max.request.size");
        // not before it: the producer's own words
        assertThat(log.subList(0, ours))
                .noneMatch(line -> line.contains(lane.name()) && line.contains("RecordTooLarge"));

        lane.with("producer.override.max.request.size", "2097152").start();
        Await.until("the large record arrives", SourceLane.PATIENCE, () -> lane.read()
                .contains(large));
        assertThat(lane.read()).hasSize(3);
        lane.delete();
    }

    @Test
    void aRecordForAPartitionItsTopicDoesNotHaveStopsTheTaskWithinTheProducersLimit() throws IOException {
        SourceLane lane = SourceLane.of(cluster, "no-such-partition", 0)
                .with("restore.partition", "true")
                .with("producer.override.max.block.ms", "2000");
        cluster.createTopicNamed(lane.topic(), 1);
        byte[][] id = {bytes("kafka.id"), bytes("orders/7/41")};
        cluster.reader().appendForeign(lane.stream(), List.of(new S2Reader.Foreign(bytes("r"), List.<byte[][]>of(id))));
        lane.start();

        rest.awaitFailed(lane.name(), SourceLane.PATIENCE);
        assertThat(Files.readString(cluster.worker().log()))
                .contains("Partition 7 of topic " + lane.topic() + " with partition count 1");
        lane.delete();
    }

    /** The task hung, RUNNING, and nothing said why. */
    @Test
    void aRecordForAPartitionItsTopicDoesNotHaveIsNamedAndGoesOnWhenThePartitionIsAdded() throws Exception {
        SourceLane lane = SourceLane.of(cluster, "awaited-partition", 0).with("restore.partition", "true");
        cluster.createTopicNamed(lane.topic(), 1);
        byte[][] id = {bytes("kafka.id"), bytes("orders/7/41")};
        cluster.reader().appendForeign(lane.stream(), List.of(new S2Reader.Foreign(bytes("r"), List.<byte[][]>of(id))));
        lane.start();

        String named = "the highest partitions asked for are: " + lane.topic() + ": 7.";
        Await.until("the log names topic and partition", SourceLane.PATIENCE, () -> logSays(named));
        assertThat(rest.status(lane.name()).tasks())
                .allMatch(task -> task.state().equals("RUNNING"));
        cluster.admin()
                .createPartitions(Map.of(lane.topic(), NewPartitions.increaseTo(8)))
                .all()
                .get();
        Await.until(
                "the record arrives", SourceLane.PATIENCE, () -> !lane.read().isEmpty());
        lane.delete();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int indexOf(List<String> lines, String part) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(part)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void aTaskStopsWithinASecondWhateverItDoes() throws IOException {
        SourceLane lane = SourceLane.of(cluster, "stopped-quickly", 10).start();
        lane.awaitRead(range(0, 10));
        timed("stopping an idle task", () -> {
            rest.stop(lane.name());
            rest.awaitState(lane.name(), "STOPPED", SourceLane.PATIENCE);
            Await.until("no task is left", SourceLane.PATIENCE, () -> rest.status(lane.name())
                    .tasks()
                    .isEmpty());
        });
        lane.resume();
        rest.awaitRunning(lane.name(), 1, SourceLane.PATIENCE);
        rest.pause(lane.name());
        Await.until("the task is paused", SourceLane.PATIENCE, () -> rest.status(lane.name()).tasks().stream()
                .allMatch(task -> task.state().equals("PAUSED")));
        lane.append(5);
        Await.sleep(Duration.ofSeconds(1));
        rest.resume(lane.name());
        lane.awaitRead(range(0, 15));
        lane.restart();
        lane.append(5);
        lane.awaitRead(range(0, 20));
        requireGracefulStop(lane);
        lane.delete();
    }

    /** The worker gives a task five seconds and then goes on without it. */
    private void requireGracefulStop(SourceLane lane) throws IOException {
        assertThat(Files.readString(cluster.worker().log()))
                .doesNotContain("Graceful stop of task " + lane.name() + "-0 failed");
    }

    /** Thousands of records are on their way wherever one looks: in S2's answers, in the task, in the producer. */
    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void aTaskStopsWithinASecondUnderLoad(String transport) throws Exception {
        int records = 200_000;
        SourceLane lane = SourceLane.of(cluster, "stopped-under-load", 0).with("s2.transport", transport);
        for (int i = 0; i < records / 1_000; i++) {
            lane.append(1_000);
        }
        cluster.createTopicNamed(lane.topic(), 1);
        lane.start();
        Await.until("the first records have arrived", SourceLane.PATIENCE, () -> cluster.end(lane.topic()) > 0);
        lane.stop();

        long stored = lane.stored();
        long millis = stopTime(lane.name() + "-0");
        Cluster.say("stopping a task under load over " + transport + " took " + millis + " ms, at " + stored + " of "
                + records);
        assertThat(stored).isBetween(1L, records - 1L);
        assertThat(cluster.end(lane.topic())).isEqualTo(stored);
        requireGracefulStop(lane);
        lane.resume();
        Await.until("the rest arrives", SourceLane.PATIENCE, () -> cluster.end(lane.topic()) >= records);
        assertThat(lane.read()).isEqualTo(range(0, records));
        lane.delete();
    }

    /** From the worker's decision to the moment at which the task's thread has left the task and closes its producer. */
    private long stopTime(String task) throws IOException {
        List<String> log = Files.readAllLines(cluster.worker().log());
        int asked = indexOf(log, "Stopping task " + task);
        assertThat(asked).as("a line that says it is stopped").isNotNegative();
        // two threads write these lines: the second may come first, by a millisecond
        int left = indexOf(log, "[task-thread-" + task + "] INFO KafkaProducer");
        assertThat(left).as("a line that says its producer is closed").isNotNegative();
        return Duration.between(time(log.get(asked)), time(log.get(left))).toMillis();
    }

    private static LocalTime time(String line) {
        return LocalTime.parse(line.substring(0, line.indexOf(' ')));
    }

    private static void timed(String what, Runnable action) {
        long start = System.nanoTime();
        action.run();
        Cluster.say(what + " took " + Cluster.millisSince(start) + " ms");
    }

    /** The connection is dead, and nobody says so: no reset, no end, no bytes. */
    @Test
    void connectionsThatFallSilentAreReplacedAndNothingIsLost() throws IOException {
        try (FaultProxy proxy = FaultProxy.to(URI.create(cluster.s2().basinEndpoint()))) {
            List<SourceLane> lanes = List.of(
                    SourceLane.of(cluster, "silent", 10).with("s2.transport", "session"),
                    SourceLane.of(cluster, "silent", 10).with("s2.transport", "sse"));
            for (SourceLane lane : lanes) {
                lane.with("s2.basin.endpoint", proxy.url().toString())
                        .with("s2.account.endpoint", proxy.url().toString())
                        .start();
            }
            lanes.forEach(lane -> lane.awaitRead(range(0, 10)));
            proxy.freezeOpen();
            long start = System.nanoTime();
            lanes.forEach(lane -> lane.append(10));
            lanes.forEach(lane -> lane.awaitRead(range(0, 20)));
            long millis = Cluster.millisSince(start);
            Cluster.say("dead connections were replaced within " + millis + " ms");
            assertThat(millis).isGreaterThan(5_000);
            String log = Files.readString(cluster.worker().log());
            for (SourceLane lane : lanes) {
                assertThat(log).contains("stream " + lane.stream() + ": nothing was heard for 20 s");
                lane.delete();
            }
        }
    }

    @Test
    void streamsComeAndGoAndComeAgainWithoutReconfiguration() {
        String prefix = Cluster.unique("found");
        Map<String, String> config = Source.config(cluster.s2(), prefix + "/*", "${stream}", 4);
        config.put("s2.discovery.interval.ms", "500");
        config.put("on.recreated", "restart");
        // what is there when a connector starts is read from here, what comes later from its beginning
        config.put("start.from", "latest");
        cluster.reader().createStream(prefix + "/old", null);
        cluster.reader().appendForeign(prefix + "/old", "before");
        Source source = Source.start(cluster, rest, "source-" + prefix, config);
        source.awaitRunning(4);
        Await.sleep(Duration.ofSeconds(2));
        cluster.reader().appendForeign(prefix + "/old", "after");
        source.awaitCommitted(prefix + "_old", 1, SourceLane.PATIENCE);

        cluster.reader().createStream(prefix + "/new", null);
        cluster.reader().appendTexts(prefix + "/new", List.of("n0", "n1"));
        source.awaitCommitted(prefix + "_new", 2, SourceLane.PATIENCE);

        cluster.reader().deleteStream(prefix + "/new");
        Await.sleep(Duration.ofSeconds(2));
        source.requireNoFailure();
        Await.until("the stream can be made again", SourceLane.PATIENCE, () -> {
            try {
                cluster.reader().createStream(prefix + "/new", null);
                return true;
            } catch (RuntimeException e) {
                return false;
            }
        });
        cluster.reader().appendTexts(prefix + "/new", List.of("again0", "again1", "again2"));
        source.awaitCommitted(prefix + "_new", 5, SourceLane.PATIENCE);
        assertThat(source.committed(prefix + "_new")).isEqualTo(5);
        assertThat(source.committed(prefix + "_old")).isEqualTo(1);

        // two streams, one topic: the one that was there first has it
        cluster.reader().createStream(prefix + "/twin_", null);
        Await.sleep(Duration.ofMillis(1_500));
        cluster.reader().createStream(prefix + "/twin/", null);
        cluster.reader().appendForeign(prefix + "/twin/", "second");
        cluster.reader().appendForeign(prefix + "/twin_", "first");
        source.awaitCommitted(prefix + "_twin_", 1, SourceLane.PATIENCE);
        Await.until(
                "the other is refused",
                SourceLane.PATIENCE,
                () -> logSays("Stream '" + prefix + "/twin/' is not read"));
        assertThat(source.committed(prefix + "_twin_")).isEqualTo(1);
        // and named in one list they are refused before anything runs
        Map<String, String> listed =
                Source.config(cluster.s2(), prefix + "/twin_," + prefix + "/twin/", "${stream}", 4);
        assertThat(rest.tryPut("source-twins-" + prefix, listed).status()).isEqualTo(400);
        source.awaitRunning(4);
        source.delete();
    }

    private boolean logSays(String text) {
        try {
            return Files.readString(cluster.worker().log()).contains(text);
        } catch (IOException e) {
            return false;
        }
    }
}
