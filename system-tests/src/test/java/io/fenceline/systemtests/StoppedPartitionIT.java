package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Connect gives the partition of a task that stopped to another one within a second: that one comes to the same stop, and
 * changes nothing, until somebody decides (F-52).
 */
final class StoppedPartitionIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final S2Reader reader = cluster.reader();

    @Test
    void aForeignRecordStopsTheNextTaskToo() {
        SingleLane lane =
                SingleLane.of(cluster, "stopped-foreign", 10).withTasks(2).start();
        lane.awaitCommitted(10);
        reader.appendForeign(lane.stream(), "not of the connector");
        lane.produce(5);

        String message = lane.awaitAllStopped("FOREIGN_WRITER");

        assertThat(message).contains("offsets up to 9");
        unchanged(lane, 10, offsets(0, 10), List.of(-1));
        lane.restart();
        lane.awaitAllStopped("FOREIGN_WRITER");
        unchanged(lane, 10, offsets(0, 10), List.of(-1));
        lane.obey(message, 0);
        lane.awaitWritten(offsets(0, 10), List.of(-1), offsets(10, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamMadeAnewStopsTheNextTaskToo() {
        SingleLane lane =
                SingleLane.of(cluster, "stopped-reset", 10).withTasks(2).start();
        lane.awaitCommitted(10);
        lane.recreateStream();
        lane.produce(5);

        assertThat(lane.awaitAllStopped("STREAM_RESET")).contains("offsets up to 9 were durable");

        unchanged(lane, 10);
        lane.clearFence();
        lane.restart();
        lane.awaitWritten(offsets(10, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamThatWasDeletedIsNotMadeAgainByTheNextTask() {
        SingleLane lane =
                SingleLane.of(cluster, "stopped-missing", 10).withTasks(2).start();
        lane.awaitCommitted(10);
        reader.deleteStream(lane.stream());
        lane.produce(5);

        String message = lane.awaitAllStopped("TARGET_MISSING");

        unchanged(lane, 10);
        lane.obey(message, 0, 3);
        lane.awaitWritten(offsets(3, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aTopicMadeAnewStopsTheNextTaskToo() {
        SingleLane lane =
                SingleLane.of(cluster, "stopped-topic", 100).withTasks(2).start();
        lane.awaitCommitted(100);
        lane.recreateTopic(200);

        String message = lane.awaitStopped("TOPIC_RECREATED");
        Await.until("both tasks have stopped", PATIENCE, () -> cluster.rest().status(lane.name()).tasks().stream()
                .allMatch(task -> task.state().equals("FAILED") && task.trace().contains("[TOPIC_RECREATED]")));

        assertThat(lane.written()).isEqualTo(offsets(0, 100));
        lane.obey(message, 0, 0);
        lane.awaitWritten(offsets(0, 100), offsets(0, 200));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStopHoldsAcrossWorkers() {
        try (ConnectWorker first = cluster.newWorker("stopped", "stopped-1").start();
                ConnectWorker second = cluster.newWorker("stopped", "stopped-2").startInBackground()) {
            second.awaitReady();
            SingleLane lane = SingleLane.on(cluster, first.rest(), "stopped-workers", 10)
                    .withTasks(2)
                    .start();
            Await.until(
                    "each worker has a task",
                    PATIENCE,
                    () -> first.rest().status(lane.name()).tasks().stream()
                                    .map(task -> task.worker())
                                    .distinct()
                                    .count()
                            == 2);
            lane.awaitWritten(offsets(0, 10));
            lane.recreateStream();
            lane.produce(5);

            lane.awaitAllStopped("STREAM_RESET");

            assertThat(lane.written()).isEmpty();
            lane.delete();
        }
    }

    @Test
    void aHeldPartitionLeavesTheOthersOfItsTaskAlone() {
        String topic = cluster.createTopic("held", 2);
        Load load = Load.start(cluster.bootstrapServers(), topic, 2, 200, 200, 5);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("on.stop", "hold");
        Sink sink = Sink.start(cluster, cluster.rest(), topic, 2, reader, config);
        sink.awaitDurable(200, PATIENCE);

        reader.appendForeign(topic + "/0", "not of the connector");

        Await.until("a mark is left", PATIENCE, () -> lastToken(topic + "/0").startsWith("s1."));
        long others = reader.tail(topic + "/1");
        Await.until("the other partition goes on", PATIENCE, () -> reader.tail(topic + "/1") > others + 100);
        long held = reader.tail(topic + "/0");
        sink.awaitRunning(1);
        assertThat(reader.tail(topic + "/0")).isEqualTo(held);

        reader.fence(topic + "/0", "");
        sink.rest().restart(sink.name());
        long produced = load.stop();
        sink.awaitNoLag(PATIENCE);
        assertThat(sink.check().toString())
                .startsWith("records in Kafka " + produced + ", records in S2 " + (produced + 1)
                        + ", duplicates 0, missing 0, out of order 0, altered 0, foreign 1");
        sink.delete();
    }

    private String lastToken(String stream) {
        return reader.readAll(stream).stream()
                .filter(record -> record.isCommand())
                .map(record -> new String(record.body(), StandardCharsets.UTF_8))
                .reduce("", (earlier, later) -> later);
    }

    @SafeVarargs
    private static void unchanged(SingleLane lane, long committed, List<Integer>... parts) {
        List<Integer> expected = Arrays.stream(parts).flatMap(List::stream).toList();
        assertThat(lane.written()).isEqualTo(expected);
        assertThat(lane.committedAsShown()).isEqualTo(committed);
    }
}
