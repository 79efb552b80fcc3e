package io.fenceline.systemtests;

import static io.fenceline.systemtests.SourceLane.concat;
import static io.fenceline.systemtests.SourceLane.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records are trimmed before they are read, streams are replaced, end below the stored position or are not there. */
final class SourceGapIT {

    private final Cluster cluster = Cluster.shared();

    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void recordsTrimmedBehindTheStoredPositionStopTheTaskUntilItsMessageIsObeyed(String transport) {
        SourceLane lane = SourceLane.of(cluster, "trimmed", 10)
                .with("s2.transport", transport)
                .start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);
        lane.stop();
        lane.append(10);
        lane.trim(15);
        lane.resume();

        String message = lane.awaitStopped("STREAM_GAP");
        assertThat(message).contains("records 10 to 14").contains("everything below number 10 was read");
        assertThat(lane.read()).isEqualTo(range(0, 10));
        lane.obey(message);
        lane.awaitRead(concat(range(0, 10), range(15, 20)));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aGapIsPassedOverOnceIfAskedFor() throws Exception {
        SourceLane lane = SourceLane.of(cluster, "gap-passed", 10)
                .with("on.gap", "continue")
                .with("heartbeat.interval.ms", "500")
                .with("heartbeat.topic", "gap-passed-heartbeats")
                .start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);
        lane.stop();
        lane.append(10);
        lane.trimEverything();
        long tail = lane.tail();
        lane.resume();
        // nothing is read behind the gap, and yet it is not met again
        lane.awaitStored(tail);
        lane.restart();
        Await.sleep(Duration.ofSeconds(2));
        lane.append(2);
        lane.awaitRead(concat(range(0, 10), range(20, 22)));
        assertThat(lane.gapWarnings(cluster)).isEqualTo(1);
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void everythingTrimmedIsNoticedWithoutAnyRecordBehindIt() {
        SourceLane lane = SourceLane.of(cluster, "all-trimmed", 10).start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);
        lane.stop();
        lane.append(5);
        lane.trimEverything();
        lane.resume();

        String message = lane.awaitStopped("STREAM_GAP");
        assertThat(message).contains("records 10 to ");
        lane.obey(message);
        lane.append(3);
        lane.awaitRead(concat(range(0, 10), range(15, 18)));
        lane.delete();
    }

    @Test
    void recordsTrimmedBeforeTheFirstStartAreNotMissed() {
        SourceLane lane = SourceLane.of(cluster, "trimmed-first", 10);
        lane.trim(6);
        lane.start();
        lane.awaitRead(range(6, 10));
        lane.delete();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 30})
    void aStreamMadeAgainWhileStoppedStopsTheTaskUntilItsMessageIsObeyed(int records) {
        SourceLane lane = SourceLane.of(cluster, "replaced-while-stopped", 10).start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);
        lane.stop();
        lane.recreateStream();
        lane.append(records);
        lane.resume();

        String message = lane.awaitStopped("STREAM_RESET");
        assertThat(message).contains("deleted and made again");
        assertThat(lane.read()).isEqualTo(range(0, 10));
        lane.obey(message);
        lane.awaitRead(range(0, 10 + records));
        lane.delete();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 30})
    void aStreamMadeAgainUnderARunningTaskStopsIt(int records) {
        SourceLane lane = SourceLane.of(cluster, "replaced", 10).start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);
        lane.deleteStream();
        lane.createStream();
        lane.append(records);

        String trace = cluster.rest().awaitFailed(lane.name(), SourceLane.PATIENCE);
        // whether the task looks while there is no stream is a matter of moments
        assertThat(trace).containsAnyOf("[STREAM_RESET]", "[TARGET_MISSING]");
        assertThat(lane.read()).isEqualTo(range(0, 10));
        lane.restart();
        lane.awaitStopped("STREAM_RESET");
        lane.delete();
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void aStreamMadeAgainIsReadFromItsBeginningIfAskedFor(String transport) {
        SourceLane lane = SourceLane.of(cluster, "replaced-restart", 10)
                .with("on.recreated", "restart")
                .with("s2.transport", transport)
                .start();
        lane.awaitRead(range(0, 10));
        lane.recreateStream();
        lane.append(3);
        lane.awaitRead(range(0, 13));
        lane.awaitStored(3);
        lane.stop();
        lane.recreateStream();
        lane.append(30);
        lane.resume();
        lane.awaitRead(range(0, 43));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aStreamThatIsNotThereStopsTheTaskOrIsWaitedForIfAskedFor() {
        SourceLane lane = SourceLane.of(cluster, "missing", 0).with("validate.connection", "false");
        lane.deleteStream();
        lane.start();
        assertThat(lane.awaitStopped("TARGET_MISSING")).contains("nothing was read yet");

        lane.with("on.recreated", "restart").start();
        Await.until("the failed task was replaced", SourceLane.PATIENCE, () -> cluster.rest()
                .status(lane.name())
                .running(1));
        Await.sleep(Duration.ofSeconds(2));
        lane.requireRunning();
        lane.createStream();
        lane.append(5);
        lane.awaitRead(range(0, 5));
        lane.delete();
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void aPositionAboveTheStreamsEndStopsTheTaskUntilItsMessageIsObeyed(String transport) {
        SourceLane lane = SourceLane.of(cluster, "above-end", 10)
                .with("s2.transport", transport)
                .start();
        lane.awaitRead(range(0, 10));
        lane.awaitStored(10);
        lane.move("{\"seq_num\":1000}");

        String message = lane.awaitStopped("STREAM_RESET");
        assertThat(message).contains("the next record to read is 1000, but the stream ends at 10");
        lane.obey(message);
        lane.append(2);
        lane.awaitRead(range(0, 12));
        lane.delete();
    }
}
