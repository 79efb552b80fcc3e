package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.lane.PartitionLane;
import io.fenceline.connect.sink.lane.SinkLanes;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.WorkerModel;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A basin that was wiped meets many streams at once: an operator sets all of them right, not one, a restart, and the next. */
class SinkGoneStreamsTest {

    private static final TopicPartition T2 = new TopicPartition("t", 2);
    private static final String ALL = "send this in place of a request for each: ";

    private final SinkRig rig = new SinkRig();
    private final CapturedLog log = new CapturedLog(SinkLanes.class, PartitionLane.class);

    @AfterEach
    void tearDown() {
        log.close();
        rig.close();
    }

    /** 10, 20 and 30 records. */
    private WorkerModel written() {
        rig.topic(T2);
        WorkerModel worker = rig.running(T0, T1, T2);
        for (TopicPartition partition : new TopicPartition[] {T0, T1, T2}) {
            rig.topic(partition).produce(10 * (partition.partition() + 1));
        }
        rig.drain(worker);
        worker.commit();
        return worker;
    }

    private void wiped(TopicPartition... partitions) {
        for (TopicPartition partition : partitions) {
            rig.basin.delete("t/" + partition.partition());
        }
        // sessions that are open at the time end meanwhile
        rig.advance(Duration.ofMinutes(1));
        for (TopicPartition partition : partitions) {
            rig.topic(partition).produce(3);
        }
    }

    /** It takes records, of which none is answered. */
    private void unanswered(TopicPartition partition) {
        heldBack(partition, Kind.DATA);
        rig.topic(partition).produce(3);
    }

    private void heldBack(TopicPartition partition, Kind... kinds) {
        rig.basin.setNetwork((kind, of) ->
                of.equals("t/" + partition.partition()) && Arrays.asList(kinds).contains(kind)
                        ? Fate.HELD
                        : Fate.ANSWERED);
    }

    private void answersComeAgain() {
        rig.basin.setNetwork((kind, of) -> Fate.ANSWERED);
    }

    private static String patch(TopicPartition... partitions) {
        return "PATCH /connectors/orders-to-s2/offsets {\"offsets\":["
                + Arrays.stream(partitions)
                        .map(partition -> "{\"partition\":{\"kafka_topic\":\"t\",\"kafka_partition\":"
                                + partition.partition() + "},\"offset\":{\"kafka_offset\":"
                                + 10 * (partition.partition() + 1) + "}}")
                        .collect(Collectors.joining(","))
                + "]}";
    }

    private TerminalException stops(WorkerModel worker) {
        TerminalException end = rig.failureOf(worker);
        worker.closeEverything();
        rig.settle();
        rig.kill(worker);
        return end;
    }

    @Test
    void theStreamsOfAWipedBasinHadToBeSetRightOneAfterTheOther() {
        WorkerModel worker = written();
        wiped(T0, T1);

        assertThat(stops(worker))
                .hasMessageContaining("2 partitions of this task have stopped")
                .hasMessageEndingWith(ALL + patch(T0, T1));
    }

    /** Another task goes on with it: a request that names it would have its records written again. */
    @Test
    void aStreamThatIsThereIsNotInTheRequestForThoseThatAreGone() {
        WorkerModel worker = written();
        wiped(T0, T2);
        rig.topic(T1).produce(3);

        assertThat(stops(worker)).hasMessageEndingWith(ALL + patch(T0, T2));
    }

    @Test
    void aStopThatIsAloneHasNoSecondRequest() {
        WorkerModel worker = written();
        wiped(T1);

        assertThat(stops(worker)).hasMessageContaining(patch(T1)).hasMessageNotContaining(ALL);
    }

    @Test
    void aStreamWhoseAnswerCameALittleLaterWasLeftOut() {
        WorkerModel worker = written();
        wiped(T0);
        unanswered(T1);
        rig.run(worker, 50);
        assertThat(worker.failure()).isNull();
        assertThat(worker.isPaused(T0)).isTrue();
        rig.basin.delete("t/1");
        answersComeAgain();

        assertThat(stops(worker)).hasMessageEndingWith(ALL + patch(T0, T1));
    }

    @Test
    void aTaskStartedAgainNamedOneOfTheMarksThatItsClaimsFind() {
        WorkerModel worker = written();
        wiped(T0, T1, T2);
        stops(worker);
        heldBack(T2, Kind.FENCE, Kind.READ, Kind.CONFIG);
        WorkerModel next = rig.assigned(T0, T1, T2);
        rig.run(next, 50);
        assertThat(next.failure()).isNull();
        answersComeAgain();

        assertThat(stops(next))
                .hasMessageContaining("left a stop mark in it")
                .hasMessageEndingWith(ALL + patch(T0, T1, T2));
    }

    @Test
    void aStreamThatDoesNotAnswerDelaysTheStopOfTheOthersByTwoSeconds() {
        WorkerModel worker = written();
        wiped(T0, T2);
        unanswered(T1);
        rig.run(worker, 50);
        assertThat(worker.failure()).isNull();
        rig.advance(Duration.ofSeconds(2));

        assertThat(rig.failureOf(worker)).hasMessageEndingWith(ALL + patch(T0, T2));
    }

    @Test
    void aPartitionThatIsTakenAwayWhileItsStopWaitsForOthersLeavesItsMessageInTheLog() {
        WorkerModel worker = written();
        wiped(T0);
        unanswered(T1);
        rig.run(worker, 50);
        worker.revoke(T0);

        assertThat(log.lines("was taken away before the task ended: [TARGET_MISSING]"))
                .hasSize(1);
        rig.basin.delete("t/1");
        answersComeAgain();
        assertThat(stops(worker)).hasMessageContaining("partition: t-1,").hasMessageNotContaining(ALL);
    }

    @Test
    void aStopThatIsToldIsNotInTheLogOnceMoreWhenItsTaskIsClosed() {
        WorkerModel worker = written();
        wiped(T0, T1);
        stops(worker);

        assertThat(log.lines("[TARGET_MISSING]")).singleElement().asString().contains("has stopped as well");
    }

    @Test
    void aStopOfAnotherKindWaitsForNobody() {
        WorkerModel worker = written();
        unanswered(T1);
        rig.stream(T0).scribble("somebody else's");
        rig.topic(T0).produce(3);

        assertThatThrownBy(() -> rig.run(worker, 5)).hasMessageStartingWith("[FOREIGN_WRITER]");
    }

    /** Another task may go on with it by itself. */
    @Test
    void aStreamInWhichNoMarkCouldBeLeftIsNotInTheRequest() {
        WorkerModel worker = written();
        heldBack(T1, Kind.FENCE);
        wiped(T0, T1, T2);
        rig.run(worker, 10);
        rig.advance(Duration.ofSeconds(5));

        assertThat(stops(worker)).hasMessageEndingWith(ALL + patch(T0, T2));
        assertThat(log.lines("this stop may not last")).hasSize(1);
    }

    @Test
    void aHeldPartitionNamesTheOthersThatAreHeldForTheSameThing() {
        rig.properties.put("on.stop", "hold");
        WorkerModel worker = written();
        wiped(T0, T1);
        rig.run(worker, 50);
        rig.advance(Duration.ofMinutes(1));
        rig.run(worker, 1);

        assertThat(log.lines(ALL + patch(T0, T1))).hasSizeGreaterThanOrEqualTo(3);
    }
}
