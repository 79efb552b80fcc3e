package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream is replaced, or loses records to trimming and retention: the task goes on where it can know, and else says so. */
final class StreamReplacementIT {

    private static final String KEPT = "{\"retention_policy\":{\"age\":86400}}";
    private static final String EXPIRING = "{\"retention_policy\":{\"age\":1}}";

    private final Cluster cluster = Cluster.shared();
    private final S2Reader reader = cluster.reader();

    @Test
    void aStreamMadeAnewUnderARunningTaskStopsItAndIsFilledFromTheBeginningOnRequest() {
        SingleLane lane = SingleLane.of(cluster, "replaced", 20).start();
        lane.awaitCommitted(20);

        lane.recreateStream();
        lane.produce(5);

        String message = lane.awaitStopped("STREAM_RESET");
        assertThat(message).contains("offsets up to 19 were durable");
        assertThat(lane.written()).isEmpty();
        lane.obey(message, 0, 0);
        lane.awaitWritten(offsets(0, 25));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamMadeAnewUnderARunningTaskIsWrittenFromTheGroupsPositionWhenItsFenceIsCleared() {
        SingleLane lane = SingleLane.of(cluster, "replaced-restart", 20).start();
        lane.awaitCommitted(20);
        lane.recreateStream();
        lane.produce(5);
        lane.awaitStopped("STREAM_RESET");

        lane.clearFence();
        lane.restart();

        lane.awaitWritten(offsets(20, 25));
        lane.delete();
    }

    @Test
    void aStreamMadeAnewWithAsManyRecordsUnderARunningTaskStopsIt() {
        SingleLane lane = SingleLane.of(cluster, "replaced-longer", 5).start();
        lane.awaitCommitted(5);

        lane.recreateStream();
        for (int i = 0; i < 12; i++) {
            reader.appendForeign(lane.stream(), "restored from elsewhere " + i);
        }
        lane.produce(5);

        lane.awaitStopped("STREAM_RESET");
        assertThat(lane.written()).containsOnly(-1).hasSize(12);
        lane.delete();
    }

    @Test
    void aStreamDeletedUnderARunningTaskIsWrittenAgainByDecisionOnly() {
        SingleLane lane = SingleLane.of(cluster, "vanished", 10).start();
        lane.awaitCommitted(10);

        reader.deleteStream(lane.stream());
        lane.produce(10);

        assertThat(lane.awaitStopped("TARGET_MISSING")).contains("offsets up to 9 were durable");
        assertThat(reader.tail(lane.stream())).as("it holds the mark alone").isEqualTo(1);
        lane.restart();
        lane.awaitStopped("TARGET_MISSING");
        lane.clearFence();
        lane.restart();
        lane.awaitWritten(offsets(10, 20));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamDeletedUnderAnIdleTaskIsMissedAtItsCheckpoint() {
        SingleLane lane = SingleLane.of(cluster, "vanished-idle", 10)
                .with("checkpoint.idle.ms", "4000")
                .start();
        lane.awaitWritten(offsets(0, 10));

        reader.deleteStream(lane.stream());

        assertThat(lane.awaitStopped("TARGET_MISSING")).contains("offsets up to 9 were durable");
        assertThat(reader.tail(lane.stream())).as("it holds the mark alone").isEqualTo(1);
        lane.delete();
    }

    @Test
    void aStreamMadeAnewUnderAStoppedConnectorIsNewAndTheLogSaysWhatIsNotKnown() {
        SingleLane lane = SingleLane.of(cluster, "replaced-stopped", 20).start();
        lane.awaitCommitted(20);
        lane.stop();

        lane.recreateStream();
        lane.produce(5);
        lane.resume();

        lane.awaitWritten(offsets(20, 25));
        assertThat(workerLog())
                .anyMatch(line -> line.contains("WARN")
                        && line.contains(lane.topic() + "-0")
                        && line.contains("starts at offset 20; nothing is known of earlier records"));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamTrimmedToItsEndAfterAnIdleCheckpointGoesOnUnderTheRunningTaskAndAfterARestart() {
        SingleLane lane = SingleLane.of(cluster, "trimmed-idle", 20)
                .with("checkpoint.idle.ms", "500")
                .start();
        lane.awaitCommitted(20);
        awaitIdleCheckpoint(lane);

        lane.trim(reader.tail(lane.stream()));
        lane.produce(5);
        lane.awaitWritten(offsets(20, 25));

        lane.awaitCommitted(25);
        awaitIdleCheckpoint(lane);
        lane.stop();
        lane.trim(reader.tail(lane.stream()));
        lane.produce(5);
        lane.resume();
        lane.awaitWritten(offsets(25, 30));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamTrimmedToItsEndWithoutACheckpointStopsTheTaskUntilItsMessageIsObeyed() {
        SingleLane lane = SingleLane.of(cluster, "trimmed-unknown", 20)
                .with("checkpoint.idle.ms", "0")
                .start();
        lane.awaitCommitted(20);
        lane.stop();
        lane.trim(reader.tail(lane.stream()));
        lane.produce(5);
        lane.resume();

        String message = lane.awaitStopped("WATERMARK_UNKNOWN");
        assertThat(lane.written()).isEmpty();
        assertThat(message).contains("GET /connectors/" + lane.name() + "/offsets");
        lane.obey(message, 0, lane.committedAsShown());
        lane.awaitWritten(offsets(20, 25));
        lane.produce(5);
        lane.awaitWritten(offsets(20, 30));
        lane.requireRunning();
        lane.delete();
    }

    /**
     * Retention makes holes anywhere: a record's end is decided when it is written, and the age can be changed. The server
     * removes what has expired when it compacts, which another stream has to move it to.
     */
    @Test
    void aHoleBelowTheLastRecordDoesNotMatterAndOneAboveItStopsTheTask() {
        assumeFalse(
                cluster.s2().isEmbedded(),
                "left out by -Ds2=embedded: it drops expired records from the front only and leaves no holes");
        try (S2Server server = S2Server.builder(cluster.output().resolve("s2-compacting"))
                .with("SL8_FLUSH_INTERVAL", "50ms")
                .with("SL8_L0_SST_SIZE_BYTES", "2048")
                .with("SL8_L0_MAX_SSTS", "64")
                .with("SL8_COMPACTOR_OPTIONS__POLL_INTERVAL", "100ms")
                .startOwn()) {
            S2Reader there = server.reader(Cluster.BASIN).createBasin();
            there.createStream("filler", null);
            SingleLane inside = withExpiringRecords(server, there, "hole-inside");
            SingleLane atTheEnd = withExpiringRecords(server, there, "hole-at-the-end");
            there.reconfigureStream(inside.stream(), KEPT);
            inside.produce(5);
            inside.awaitWritten(offsets(0, 25));
            inside.stop();
            atTheEnd.stop();
            Await.until("what has expired is gone", Duration.ofSeconds(60), () -> {
                for (int i = 0; i < 20; i++) {
                    there.appendForeign("filler", "x".repeat(1_500));
                }
                return inside.written().equals(SingleLane.concat(offsets(0, 10), offsets(20, 25)))
                        && atTheEnd.written().equals(offsets(0, 10));
            });

            inside.produce(5);
            inside.resume();
            inside.awaitWritten(offsets(0, 10), offsets(20, 30));
            inside.requireRunning();
            inside.delete();

            there.reconfigureStream(atTheEnd.stream(), KEPT);
            atTheEnd.produce(5);
            atTheEnd.resume();
            String message = atTheEnd.awaitStopped("WATERMARK_UNKNOWN");
            assertThat(atTheEnd.committedAsShown()).isEqualTo(20);
            atTheEnd.obey(message, 0, 20);
            atTheEnd.awaitWritten(offsets(0, 10), offsets(20, 25));
            atTheEnd.requireRunning();
            atTheEnd.delete();
        }
    }

    /** Ten records that stay and ten that expire. */
    private SingleLane withExpiringRecords(S2Server server, S2Reader there, String prefix) {
        SingleLane lane = SingleLane.on(cluster, server, there, prefix).with("checkpoint.idle.ms", "0");
        there.createStream(lane.stream(), KEPT);
        lane.start();
        lane.produce(10);
        lane.awaitWritten(offsets(0, 10));
        there.reconfigureStream(lane.stream(), EXPIRING);
        lane.produce(10);
        lane.awaitWritten(offsets(0, 20));
        return lane;
    }

    private void awaitIdleCheckpoint(SingleLane lane) {
        Await.until("the idle checkpoint is there", Duration.ofSeconds(20), () -> {
            List<S2Reader.Stored> all = reader.readAll(lane.stream());
            return !all.isEmpty() && all.get(all.size() - 1).isCommand();
        });
    }

    private List<String> workerLog() {
        try {
            return Files.readAllLines(cluster.worker().log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
