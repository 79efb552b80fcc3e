package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.HistoryCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Somebody else appends to a stream of ours, with and without regard to the fence, or fences it. */
final class ForeignWriterIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();
    private final S2Reader reader = cluster.reader();

    @Test
    void aForeignRecordBetweenOursUnderLoadStopsTheTaskAndARestartGoesOnBehindIt() {
        String topic = cluster.createTopic("intruded", 1);
        Load load = Load.start(cluster.bootstrapServers(), topic, 1, 1_500, 500, 17);
        Sink sink = Sink.start(cluster, rest, topic, 1, reader, cluster.sink(topic, 1));
        sink.awaitDurable(1_500, PATIENCE);

        reader.appendForeign(topic + "/0", "not of the connector");

        String trace = rest.awaitFailed(sink.name(), PATIENCE);
        long position = positionOfTheForeignRecord(topic + "/0");
        assertThat(trace)
                .contains("[FOREIGN_WRITER]")
                .contains("record at " + position + " ")
                .contains("stream '" + topic + "/0'")
                .contains("are durable in the stream")
                .contains("restart")
                .contains("s2 fence s2://" + Cluster.BASIN + "/" + topic + "/0 \"\"");
        reader.fence(topic + "/0", "");
        rest.restart(sink.name());
        Await.until("it runs again", PATIENCE, () -> rest.status(sink.name()).running(1));
        long produced = load.stop();

        sink.awaitNoLag(PATIENCE);
        HistoryCheck.Result result = sink.check();
        assertThat(result.toString())
                .startsWith("records in Kafka " + produced + ", records in S2 " + (produced + 1)
                        + ", duplicates 0, missing 0, out of order 0, altered 0, foreign 1");
        sink.delete();
    }

    @Test
    void aForeignRecordInAnIdleStreamStopsTheTaskAtTheNextRecord() {
        SingleLane lane = SingleLane.of(cluster, "intruded-idle", 10).start();
        lane.awaitWritten(offsets(0, 10));

        reader.appendForeign(lane.stream(), "not of the connector");
        lane.produce(5);

        assertThat(lane.awaitStopped("FOREIGN_WRITER")).contains("offsets up to 9");
        lane.clearFence();
        lane.restart();
        lane.awaitWritten(offsets(0, 10), List.of(-1), offsets(10, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aForeignRecordFoundByAnIdleCheckpointStopsTheTask() {
        SingleLane lane = SingleLane.of(cluster, "intruded-checkpoint", 10)
                .with("checkpoint.idle.ms", "4000")
                .start();
        lane.awaitWritten(offsets(0, 10));

        reader.appendForeign(lane.stream(), "not of the connector");

        assertThat(lane.awaitStopped("FOREIGN_WRITER")).contains("offsets up to 9");
        lane.delete();
    }

    @Test
    void foreignRecordsWrittenWhileNoTaskRanArePassedOver() {
        SingleLane lane = SingleLane.of(cluster, "intruded-stopped", 10).start();
        lane.awaitWritten(offsets(0, 10));
        lane.stop();
        reader.appendForeign(lane.stream(), "not of the connector");
        reader.appendForeign(lane.stream(), "either");
        lane.produce(5);

        lane.resume();

        lane.awaitWritten(offsets(0, 10), List.of(-1, -1), offsets(10, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamFencedByAnotherWriterIsTakenBackForTheNextRecord() {
        SingleLane lane = SingleLane.of(cluster, "fenced", 10).start();
        lane.awaitWritten(offsets(0, 10));

        reader.fence(lane.stream(), "somebody");
        reader.fence(lane.stream(), "somebody else");
        lane.produce(5);

        lane.awaitWritten(offsets(0, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamFencedAgainAndAgainStopsTheTaskWithTheNumberOfTakeovers() {
        SingleLane lane = SingleLane.of(cluster, "fenced-often", 1)
                .with("claim.max.takeovers", "2")
                .start();
        lane.awaitWritten(offsets(0, 1));
        for (int round = 1; round <= 2; round++) {
            reader.fence(lane.stream(), "somebody " + round);
            lane.produce(1);
            lane.awaitWritten(offsets(0, 1 + round));
        }

        reader.fence(lane.stream(), "somebody again");
        lane.produce(1);

        assertThat(lane.awaitStopped("FENCED")).contains("2 times").contains("offsets up to 2");
        lane.restart();
        lane.awaitWritten(offsets(0, 4));
        lane.delete();
    }

    @Test
    void withNoTakeoversAllowedTheFirstFenceStopsTheTask() {
        SingleLane lane = SingleLane.of(cluster, "fenced-once", 1)
                .with("claim.max.takeovers", "0")
                .start();
        lane.awaitWritten(offsets(0, 1));

        reader.fence(lane.stream(), "somebody");
        lane.produce(1);

        assertThat(lane.awaitStopped("FENCED"))
                .contains("claim.max.takeovers=0")
                .contains("the fencing token in force is 'somebody'");
        assertThat(lane.written()).isEqualTo(offsets(0, 1));
        // what is needed to find the other writer's log, and for the other to find this one
        List<String> said = lines(cluster.worker().log(), lane.stream());
        String claim = said.stream()
                .filter(line -> line.contains("fence at position"))
                .findFirst()
                .orElseThrow();
        String token = claim.replaceAll(".* with token '([^']+)'.*", "$1");
        assertThat(token).startsWith("f1.").hasSize(36);
        assertThat(said)
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .contains("the fencing token in force is 'somebody', ours was '" + token + "'");
        lane.delete();
    }

    @Test
    void aForeignRecordUnderAFenceOfItsOwnStopsTheTask() {
        SingleLane lane = SingleLane.of(cluster, "fenced-written", 10).start();
        lane.awaitWritten(offsets(0, 10));

        reader.fence(lane.stream(), "somebody");
        reader.appendForeign(lane.stream(), "not of the connector", "somebody");
        lane.produce(5);

        assertThat(lane.awaitStopped("FOREIGN_WRITER")).contains("offsets up to 9");
        lane.clearFence();
        lane.restart();
        lane.awaitWritten(offsets(0, 10), List.of(-1), offsets(10, 15));
        lane.delete();
    }

    @Test
    void aFenceThatIsClearedUnderARunningTaskStopsIt() {
        SingleLane lane = SingleLane.of(cluster, "unfenced", 10).start();
        lane.awaitWritten(offsets(0, 10));

        reader.fence(lane.stream(), "");
        lane.produce(5);

        assertThat(lane.awaitStopped("STREAM_RESET")).contains("cleared the fence");
        assertThat(lane.written()).isEqualTo(offsets(0, 10));
        lane.clearFence();
        lane.restart();
        lane.awaitWritten(offsets(0, 15));
        lane.delete();
    }

    @Test
    void ofTwoConnectorsOnOneStreamOneIsFencedAndTheStreamHoldsEverythingOnce() {
        String topic = cluster.createTopic("contested", 1);
        Load load = Load.start(cluster.bootstrapServers(), topic, 1, 1_000, 300, 23);
        Sink first = Sink.start(cluster, rest, topic, 1, reader, cluster.sink(topic, 1));
        first.awaitDurable(1_000, PATIENCE);
        String rival = "rival-" + topic;
        rest.put(rival, cluster.sink(topic, 1));

        Await.until("one of two connectors is fenced", PATIENCE, () -> Stream.of(first.name(), rival)
                .anyMatch(name -> rest.status(name).anyTaskFailed()));
        boolean firstLost = rest.status(first.name()).anyTaskFailed();
        String loser = firstLost ? first.name() : rival;
        String trace = rest.awaitFailed(loser, PATIENCE);
        assertThat(trace)
                .contains("[FENCED]")
                .contains("taken back 3 times within ten minutes")
                .contains("stream '" + topic + "/0'")
                .contains("same stream template");
        rest.delete(loser);
        Sink winner = new Sink(cluster, rest, firstLost ? rival : first.name(), topic, 1, reader);
        long produced = load.stop();

        assertThat(winner.requirePerfect(PATIENCE).inS2()).isEqualTo(produced);
        winner.awaitRunning(1);
        winner.delete();
    }

    private long positionOfTheForeignRecord(String stream) {
        return reader.readAll(stream).stream()
                .filter(record -> !record.isCommand() && record.text("kafka.id") == null)
                .findFirst()
                .orElseThrow()
                .seqNum();
    }

    private static List<String> lines(Path log, String about) {
        try {
            return Files.readAllLines(log).stream()
                    .filter(line -> line.contains(about))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
