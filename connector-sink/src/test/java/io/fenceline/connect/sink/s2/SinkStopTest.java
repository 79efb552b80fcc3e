package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointInstaller;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stop that asks for a decision holds for every task that gets the partition, until somebody decides (INV-51, F-52). */
class SinkStopTest {

    /** What happens to a stream or a topic that a task cannot go on from, and that another task would not notice. */
    private enum Accident {
        FOREIGN_WRITER,
        STREAM_RESET,
        TARGET_MISSING,
        TOPIC_RECREATED;

        TerminalCode code() {
            return TerminalCode.valueOf(name());
        }
    }

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private ModelStream stream() {
        return rig.stream(T0);
    }

    private WorkerModel tenRecordsWritten() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        worker.commit();
        assertThat(topic.committed()).isEqualTo(10);
        return worker;
    }

    private void happens(Accident accident) {
        switch (accident) {
            case FOREIGN_WRITER -> stream().scribble("somebody else's");
            case STREAM_RESET -> {
                rig.basin.delete("t/0");
                stream().scribble("of the new stream");
            }
            case TARGET_MISSING -> {
                rig.basin.delete("t/0");
                // Its session may still be open at the time; the next one is told.
                rig.advance(Duration.ofMinutes(1));
            }
            case TOPIC_RECREATED -> {
                topic.recreate();
                topic.produce(2);
            }
        }
    }

    /** The task ends, and Connect gives its partitions away. */
    private TerminalException stops(WorkerModel worker) {
        TerminalException end = rig.failureOf(worker);
        worker.closeEverything();
        rig.settle();
        rig.kill(worker);
        return end;
    }

    private TerminalException stopsAfter(Accident accident) {
        WorkerModel worker = tenRecordsWritten();
        happens(accident);
        topic.produce(3);
        return stops(worker);
    }

    private void anOperatorSetsTheOffset(long offset) {
        assertThat(new CheckpointInstaller(rig.basin.access(), new Random(9), () -> 0, 1)
                        .install("t/0", position -> Checkpoint.startingAt(offset, position)))
                .satisfies(answer -> rig.settle())
                .isCompletedWithValue(true);
        topic.commit(offset);
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void f52_theNextTaskStopsWithTheSameCodeAndChangesNothing(Accident accident) {
        TerminalException first = stopsAfter(accident);
        assertThat(first.code()).isEqualTo(accident.code());
        assertThat(first).hasMessageNotContaining("may not last");
        // Long enough that nothing about the topic shows any more.
        topic.produce(30);
        ModelStream left = stream();
        long tail = left.tail();
        List<Long> written = left.offsets();
        Long committed = topic.committed();

        for (int task = 0; task < 3; task++) {
            TerminalException next = stops(rig.assigned(T0));
            assertThat(next.code()).isEqualTo(accident.code());
            assertThat(next)
                    .hasMessageContaining("stop mark")
                    .hasMessageContaining("s2 fence s2://model-basin/t/0 \"\"");
        }

        assertThat(stream()).isSameAs(left);
        assertThat(stream().tail()).isEqualTo(tail);
        assertThat(stream().offsets()).isEqualTo(written);
        assertThat(topic.committed()).isEqualTo(committed);
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void f52_goesOnWhereAnOffsetRequestSays(Accident accident) {
        stopsAfter(accident);
        stops(rig.assigned(T0));
        List<Long> before = stream().offsets();
        topic.produce(30);
        anOperatorSetsTheOffset(4);

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        List<Long> all = new ArrayList<>(before);
        all.addAll(range(4, (int) topic.end()));
        assertThat(stream().offsets()).isEqualTo(all);
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void f52_goesOnBehindTheStreamsLastRecordOrAtTheGroupsPositionWhenTheFenceWasCleared(Accident accident) {
        stopsAfter(accident);
        stops(rig.assigned(T0));
        boolean replaced = accident == Accident.STREAM_RESET || accident == Accident.TARGET_MISSING;
        topic.produce(30);
        stream().fence("");

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(stream().offsets()).isEqualTo(range(replaced ? 10 : 0, (int) topic.end()));
    }

    /** A second one would cost the next task up to five seconds, and say no more. */
    @Test
    void aTaskThatMeetsAMarkStopsAtOnceAndLeavesNoneOfItsOwn() {
        stopsAfter(Accident.FOREIGN_WRITER);
        WorkerModel next = rig.assigned(T0);
        rig.basin.always(Kind.FENCE, Fate.HELD);

        assertThatThrownBy(next::poll).isInstanceOf(TerminalException.class).hasMessageContaining("stop mark");
    }

    @Test
    void theMarkSaysUpToWhichOffsetTheStreamWasWritten() {
        stopsAfter(Accident.TARGET_MISSING);

        assertThat(StopMark.read(stream().token()))
                .isEqualTo(new StopMark(TerminalCode.TARGET_MISSING, Checkpoint.of(9, 11, Anchor.UNKNOWN)));
        assertThat(stops(rig.assigned(T0)))
                .hasMessageContaining("offsets up to 9 were durable")
                .hasMessageContaining("\"kafka_offset\":10");
    }

    @Test
    void theTaskKeepsItsPartitionUntilTheMarkIsAnsweredAndTheOthersGoOn() {
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(10);
        rig.drain(worker);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        for (int i = 0; i < 20; i++) {
            rig.topic(T1).produce(1);
            rig.run(worker, 2);
        }
        assertThat(worker.isPaused(T0)).isTrue();
        worker.commit();
        assertThat(rig.topic(T1).committed()).isEqualTo(20);
        assertThat(topic.committed()).isEqualTo(10);

        rig.basin.always(Kind.FENCE, null);
        assertThat(rig.failureOf(worker)).hasMessageNotContaining("may not last");
    }

    @Test
    void aTaskWithAStopOfItsOwnWaitsForTheMarkOfAnotherPartition() {
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(10);
        rig.topic(T1).produce(10);
        rig.drain(worker);
        rig.basin.setNetwork((kind, of) -> kind == Kind.FENCE && of.equals("t/0") ? Fate.HELD : Fate.ANSWERED);
        stream().scribble("somebody else's");
        topic.produce(3);
        rig.run(worker, 3);
        ServerError refused = ServerError.of(403, "permission_denied", "no");
        rig.basin.refuse(Kind.DATA, refused, refused, refused);
        rig.topic(T1).produce(3);
        rig.run(worker, 20);
        assertThat(worker.failure()).isNull();

        rig.basin.setNetwork((kind, of) -> Fate.ANSWERED);
        rig.failureOf(worker);
        assertThat(StopMark.read(stream().token())).isNotNull();
    }

    @Test
    void aStopFoundByAClaimThatSucceededLeavesItsMarkOverThatClaim() {
        WorkerModel worker = tenRecordsWritten();
        // Behind Connect's back: it refuses a request while the connector runs.
        anOperatorSetsTheOffset(4);
        topic.produce(3);

        TerminalException end = stops(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.STREAM_RESET);
        assertThat(end).hasMessageNotContaining("may not last");
        assertThat(stops(rig.assigned(T0)).code()).isEqualTo(TerminalCode.STREAM_RESET);
    }

    @Test
    void aMarkThatIsNotAnsweredKeepsNobodyLongerThanFiveSeconds() {
        WorkerModel worker = tenRecordsWritten();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        rig.run(worker, 5);
        rig.advance(Duration.ofMillis(4_900));
        rig.run(worker, 1);
        rig.advance(Duration.ofMillis(100));

        assertThat(rig.failureOf(worker))
                .hasMessageContaining("may not last")
                .hasMessageContaining("S2 did not answer in time");
    }

    /** The process rested: somebody may have decided meanwhile, and a mark of ours would stop his task. */
    @Test
    void aMarkWhoseTurnComesBehindItsTimeIsNotSent() {
        WorkerModel worker = tenRecordsWritten();
        rig.basin.next(Kind.FENCE, Fate.LOST);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        for (int i = 0; i < 3; i++) {
            worker.poll();
            rig.settle();
        }
        rig.advance(Duration.ofSeconds(6));
        rig.settle();

        assertThat(rig.failureOf(worker)).hasMessageContaining("may not last");
        assertThat(StopMark.read(stream().token())).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LOST", "UNHEARD", "LATE", "UNREACHABLE"})
    void aMarkWhoseAnswerIsLostIsLeftAllTheSame(Fate fate) {
        WorkerModel worker = tenRecordsWritten();
        rig.basin.next(Kind.FENCE, fate);
        happens(Accident.STREAM_RESET);
        topic.produce(3);

        assertThat(stops(worker)).hasMessageNotContaining("may not last");
        while (rig.basin.lateRequests() > 0) {
            rig.basin.landLate(0);
        }
        assertThat(stops(rig.assigned(T0)).code()).isEqualTo(TerminalCode.STREAM_RESET);
    }

    @Test
    void aPartitionThatIsTakenAwayMeanwhileIsStoppedForTheNextTaskToo() {
        WorkerModel worker = tenRecordsWritten();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        rig.run(worker, 3);
        worker.revoke(T0);
        rig.basin.always(Kind.FENCE, null);
        rig.settle();

        assertThat(stops(rig.assigned(T0)).code()).isEqualTo(TerminalCode.FOREIGN_WRITER);
    }

    /** The next owner claimed the stream before the mark was there, and went on behind a hole. */
    @ParameterizedTest
    @EnumSource(Accident.class)
    void aPartitionIsNotGivenUpBeforeItsMarkIsLeft(Accident accident) {
        WorkerModel worker = tenRecordsWritten();
        happens(accident);
        topic.produce(3);
        worker.poll();
        rig.settle();
        // What the session has found is told to the task in the commit that comes before the partition goes.
        worker.revoke(T0);

        assertThat(StopMark.read(stream().token())).extracting(StopMark::code).isEqualTo(accident.code());
        worker.assign(T0);
        rig.settle();
        assertThat(rig.failureOf(worker).code()).isEqualTo(accident.code());
    }

    /** Nobody asks what may be committed then, which is when a task is told otherwise. */
    @ParameterizedTest
    @EnumSource(Accident.class)
    void norIsOneThatIsLost(Accident accident) {
        WorkerModel worker = tenRecordsWritten();
        happens(accident);
        topic.produce(3);
        worker.poll();
        rig.settle();
        worker.lose(T0);

        assertThat(StopMark.read(stream().token())).extracting(StopMark::code).isEqualTo(accident.code());
    }

    @Test
    void marksOfManyPartitionsAreWaitedForTogether() {
        WorkerModel worker = rig.running(T0, T1);
        rig.topic(T0).produce(10);
        rig.topic(T1).produce(10);
        rig.drain(worker);
        stream().scribble("somebody else's");
        rig.stream(T1).scribble("somebody else's");
        rig.topic(T0).produce(3);
        rig.topic(T1).produce(3);
        worker.poll();
        rig.settle();
        worker.revoke(T0, T1);

        assertThat(StopMark.read(stream().token())).isNotNull();
        assertThat(StopMark.read(rig.stream(T1).token())).isNotNull();
    }

    @Test
    void aMarkThatIsNotAnsweredKeepsAPartitionNoLongerThanSixSeconds() {
        WorkerModel worker = tenRecordsWritten();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        worker.poll();
        rig.settle();
        long before = rig.now();
        worker.revoke(T0);

        assertThat(Duration.ofNanos(rig.now() - before)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
    }

    /** What answers the mark is gone. */
    @Test
    void norIfNobodyIsLeftToAnswer() {
        WorkerModel worker = tenRecordsWritten();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        rig.run(worker, 3);
        rig.endLoops();
        long before = rig.now();
        worker.revoke(T0);

        assertThat(Duration.ofNanos(rig.now() - before)).isLessThanOrEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void aTaskThatDoesNotKnowItsLossLeavesNoMarkOverTheNewOwner() {
        WorkerModel zombie = tenRecordsWritten();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        rig.run(zombie, 3);
        // Its mark is under way when another task fences the stream.
        FencingToken owner = CheckpointToken.fresh(Checkpoint.NOTHING, new Random(3));
        stream().fence(owner.value());
        rig.basin.always(Kind.FENCE, null);

        assertThat(rig.failureOf(zombie))
                .hasMessageContaining("may not last")
                .hasMessageContaining("another writer has fenced the stream since");
        assertThat(stream().token()).isEqualTo(owner);
    }

    @Test
    void aStreamWhoseDeletionIsPendingIsNotWaitedForAndMadeAgain() {
        rig.basin.delete("t/0");
        ServerError pending = ServerError.of(409, "stream_deletion_pending", "in a while");
        rig.basin.refuse(Kind.FENCE, pending, pending, pending);
        topic.produce(3);
        WorkerModel worker = rig.assigned(T0);

        assertThat(stops(worker).code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(stops(rig.assigned(T0)).code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(stream().offsets()).isEmpty();
    }

    @Test
    void aStreamThatNobodyWouldMakeIsNotMadeForTheMark() {
        rig.properties.put("s2.stream.auto.create", "false");
        rig.stream(T0);
        TerminalException end = stopsAfter(Accident.TARGET_MISSING);

        assertThat(end.code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(end).hasMessageNotContaining("may not last");
        assertThat(rig.basin.exists("t/0")).isFalse();
        assertThat(stops(rig.assigned(T0)).code()).isEqualTo(TerminalCode.TARGET_MISSING);
    }

    @Test
    void whatTheTargetShowsByItselfLeavesNoMark() {
        WorkerModel worker = tenRecordsWritten();
        worker.closeEverything();
        rig.settle();
        rig.kill(worker);
        topic.recreate();
        for (int i = 0; i < 12; i++) {
            topic.produce(5L + i, topic.value(topic.end()));
        }
        topic.commit(0L);

        assertThat(stops(rig.assigned(T0)).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        assertThat(StopMark.read(stream().token())).isNull();
    }

    @Test
    void theStreamBelongsToAnotherWhenATaskStopsFencedAndGetsNoMark() {
        rig.properties.put("claim.max.takeovers", "0");
        WorkerModel worker = tenRecordsWritten();
        stream().fence("somebody");
        topic.produce(3);

        assertThat(stops(worker).code()).isEqualTo(TerminalCode.FENCED);
        assertThat(stream().token()).isEqualTo(new FencingToken("somebody"));
    }

    @Test
    void atLeastOnceLeavesNoMarkAndGoesOnInAStreamMadeAgain() {
        rig.basin.allowUnconditionalAppends();
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.stream(T0);
        TerminalException end = stopsAfter(Accident.TARGET_MISSING);
        assertThat(end.code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(rig.basin.exists("t/0")).isFalse();

        WorkerModel next = rig.running(T0);
        rig.drain(next);
        assertThat(stream().offsets()).isEqualTo(range(10, 13));
    }

    // ------------------------------------------------------------------ on.stop=hold

    private WorkerModel holding() {
        rig.properties.put("on.stop", "hold");
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(10);
        rig.topic(T1).produce(10);
        rig.drain(worker);
        return worker;
    }

    @ParameterizedTest
    @EnumSource(Accident.class)
    void aHeldPartitionDoesNotStopTheOthers(Accident accident) {
        WorkerModel worker = holding();
        worker.commit();
        Long committed = topic.committed();
        happens(accident);
        topic.produce(3);
        rig.topic(T1).produce(10);
        rig.drain(worker, worker);
        rig.topic(T1).produce(10);
        rig.drain(worker);
        worker.commit();

        assertThat(worker.isPaused(T0)).isTrue();
        assertThat(worker.isPaused(T1)).isFalse();
        assertThat(topic.committed()).isIn(committed, 0L);
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 30));
        assertThat(rig.topic(T1).committed()).isEqualTo(30);
        assertThat(StopMark.read(stream().token())).extracting(StopMark::code).isEqualTo(accident.code());
    }

    @Test
    void aRebalanceLooksAgainAndGoesOnOnceSomebodyHasDecided() {
        WorkerModel worker = holding();
        happens(Accident.FOREIGN_WRITER);
        topic.produce(3);
        rig.drain(worker, worker);
        worker.rebalanceEagerly(T0, T1);
        rig.drain(worker);
        assertThat(worker.isPaused(T0)).as("the mark is met").isTrue();
        assertThat(stream().offsets()).isEqualTo(range(0, 10));

        stream().fence("");
        rig.drain(worker);
        assertThat(stream().offsets()).as("it does not look by itself").isEqualTo(range(0, 10));
        worker.rebalanceEagerly(T0, T1);
        rig.drain(worker, worker);

        assertThat(stream().offsets()).isEqualTo(range(0, 13));
        assertThat(worker.isPaused(T0)).isFalse();
    }

    /** It would have claimed the stream for a partition that stands still, over its own mark or beside it. */
    @Test
    void aCheckpointWhoseAnswerIsLostAfterItsLaneStoppedStartsNoClaim() {
        rig.properties.put("checkpoint.idle.ms", "1000");
        WorkerModel worker = holding();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        rig.advance(Duration.ofSeconds(2));
        rig.run(worker, 2);
        happens(Accident.TOPIC_RECREATED);
        rig.run(worker, 5);
        rig.basin.always(Kind.FENCE, Fate.LOST);
        rig.run(worker, 5);
        rig.basin.always(Kind.FENCE, null);
        rig.topic(T1).produce(10);
        rig.drain(worker, worker);

        assertThat(worker.isPaused(T0)).isTrue();
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 20));
        assertThat(StopMark.read(stream().token())).extracting(StopMark::code).isEqualTo(TerminalCode.TOPIC_RECREATED);
    }

    @Test
    void everyStopOfAPartitionIsHeldAlsoTheOnesThatLeaveNoMark() {
        rig.properties.put("claim.max.takeovers", "0");
        WorkerModel worker = holding();
        stream().fence("somebody");
        topic.produce(3);
        rig.topic(T1).produce(10);
        rig.drain(worker, worker);

        assertThat(worker.isPaused(T0)).isTrue();
        assertThat(stream().token()).isEqualTo(new FencingToken("somebody"));
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 20));
        assertThat(Objects.requireNonNull(stream()).offsets()).isEqualTo(range(0, 10));
    }
}
