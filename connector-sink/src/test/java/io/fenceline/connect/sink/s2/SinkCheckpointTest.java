package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Idle checkpoints and those left behind by a close. */
class SinkCheckpointTest {

    private static final Duration IDLE = Duration.ofSeconds(61);

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private WorkerModel idleAfter(int records) {
        WorkerModel worker = rig.running(T0);
        topic.produce(records);
        rig.drain(worker);
        rig.advance(IDLE);
        return worker;
    }

    private Checkpoint inForce() {
        return CheckpointToken.read(stream.token());
    }

    private Anchor anchorOf(long offset) {
        return Anchor.lowBits((int) (1_700_000_000_000L + offset * 1000));
    }

    private void everythingExpires() {
        for (long at = 0; at < stream.tail(); at++) {
            stream.expire(at);
        }
    }

    @Test
    void anIdleLaneLeavesACheckpointThatOutlivesEveryRecord() {
        WorkerModel worker = idleAfter(10);
        rig.drain(worker);
        assertThat(inForce()).isEqualTo(Checkpoint.of(9, stream.tail(), anchorOf(9)));
        assertThat(stream.commands()).isEqualTo(2);
        everythingExpires();
        rig.kill(worker);

        topic.produce(5);
        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 15));
    }

    @Test
    void aLaneThatStaysIdleHasSaidEverythingAndRepeatsNothing() {
        WorkerModel worker = idleAfter(10);
        for (int i = 0; i < 10; i++) {
            rig.drain(worker);
            rig.advance(IDLE);
        }

        assertThat(stream.commands()).isEqualTo(2);
    }

    @Test
    void theChainGoesOnBehindACheckpoint() {
        WorkerModel worker = idleAfter(10);
        rig.drain(worker);
        for (int i = 0; i < 5; i++) {
            topic.produce(3);
            rig.drain(worker);
            rig.advance(IDLE);
            rig.drain(worker);
        }
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 25));
        assertThat(stream.commands()).isEqualTo(7);
        assertThat(inForce()).isEqualTo(Checkpoint.of(24, stream.tail(), anchorOf(24)));
        assertThat(topic.committed()).isEqualTo(25);
    }

    @Test
    void aTrimOfEverythingTheCheckpointIncludedLeavesNoGap() {
        WorkerModel worker = idleAfter(10);
        rig.drain(worker);
        stream.trim(stream.tail());
        rig.kill(worker);
        topic.produce(5);

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 15));
    }

    @Test
    void recordsThatComeWhileACheckpointIsOutAreWrittenBehindIt() {
        rig.properties.put("batch.max.records", "4");
        WorkerModel worker = idleAfter(10);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        worker.poll();
        rig.settle();
        // More than one batch of them.
        topic.produce(30);
        rig.run(worker, 3);
        worker.commit();
        assertThat(topic.committed()).isIn(null, 10L);
        rig.basin.always(Kind.FENCE, null);
        rig.settle();
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 40));
        assertThat(topic.committed()).isEqualTo(40);
    }

    @Test
    void aCheckpointWhoseAnswerIsLostIsFollowedByAClaimBeforeAnythingElse() {
        WorkerModel worker = idleAfter(10);
        rig.basin.next(Kind.FENCE, Fate.UNHEARD);
        worker.poll();
        rig.settle();
        topic.produce(10);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 20));
        assertThat(stream.commands()).as("claim, checkpoint, claim").isEqualTo(3);
        assertThat(inForce())
                .as("the claim copies what the checkpoint said")
                .isEqualTo(Checkpoint.of(9, 12, anchorOf(9)));
        assertThat(topic.committed()).isEqualTo(20);
    }

    @Test
    void aCheckpointThatLandsLateIsRejected() {
        WorkerModel worker = idleAfter(10);
        rig.basin.next(Kind.FENCE, Fate.LATE);
        worker.poll();
        rig.settle();
        topic.produce(10);
        rig.drain(worker);
        rig.basin.landLate(0);
        topic.produce(10);
        rig.drain(worker);

        assertThat(rig.basin.landed()).isZero();
        assertThat(stream.offsets()).isEqualTo(range(0, 30));
        assertThat(stream.commands()).as("a claim before any other append").isEqualTo(2);
    }

    @Test
    void aTailThatMovedUnderACheckpointLeadsToAClaimAndNoTakeover() {
        rig.properties.put("claim.max.takeovers", "0");
        WorkerModel worker = idleAfter(10);
        stream.trim(3);
        rig.drain(worker);
        topic.produce(10);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 20));
    }

    @Test
    void aTokenLostToAnotherWriterIsNoticedByACheckpoint() {
        WorkerModel worker = idleAfter(10);
        stream.fence("somebody");
        long tail = stream.tail();
        rig.drain(worker);
        worker.commit();

        assertThat(topic.committed()).isNull();
        assertThat(stream.tail()).isEqualTo(tail);
    }

    @Test
    void aStreamMadeAgainIsNoticedByACheckpoint() {
        WorkerModel worker = idleAfter(10);
        rig.basin.delete("t/0");
        rig.basin.stream("t/0");

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.STREAM_RESET);
    }

    @Test
    void aStreamThatIsGoneIsNoticedByACheckpoint() {
        WorkerModel worker = idleAfter(10);
        rig.basin.delete("t/0");

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.TARGET_MISSING);
    }

    @Test
    void aCheckpointThatIsRefusedForNowIsPutOff() {
        WorkerModel worker = idleAfter(10);
        rig.basin.refuse(Kind.FENCE, ServerError.of(429, "rate_limited", "later"));
        rig.basin.next(Kind.FENCE, Fate.ANSWERED, Fate.UNREACHABLE);
        for (int i = 0; i < 4; i++) {
            rig.drain(worker);
            rig.advance(IDLE);
        }

        assertThat(stream.commands()).isEqualTo(2);
        assertThat(inForce().watermark()).isEqualTo(9);
    }

    @Test
    void aClosedLaneLeavesACheckpointIfNothingIsInFlight() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        worker.closeEverything();
        rig.settle();

        assertThat(inForce()).isEqualTo(Checkpoint.of(9, stream.tail(), anchorOf(9)));
        assertThat(topic.committed()).isEqualTo(10);
        everythingExpires();
        topic.produce(5);
        WorkerModel next = rig.running(T0);
        rig.drain(next);
        assertThat(stream.offsets()).isEqualTo(range(0, 15));
    }

    @Test
    void aClosedLaneWithRecordsInFlightSendsNothing() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        topic.produce(10);
        rig.basin.always(Kind.DATA, Fate.HELD);
        worker.poll();
        rig.settle();
        worker.closeEverything();
        rig.settle();

        assertThat(stream.commands()).isEqualTo(1);
        assertThat(rig.basin.waiting()).isZero();
        assertThat(topic.committed()).isEqualTo(10);
    }

    @Test
    void zeroSwitchesCheckpointsOff() {
        rig.properties.put("checkpoint.idle.ms", "0");
        WorkerModel worker = idleAfter(10);
        rig.drain(worker);
        rig.advance(Duration.ofHours(1));
        rig.drain(worker);

        assertThat(stream.commands()).isEqualTo(1);
    }

    @Test
    void aNewStreamWithNothingWrittenSaysSo() {
        WorkerModel worker = rig.running(T0);
        rig.advance(IDLE);
        rig.drain(worker);

        assertThat(inForce()).isEqualTo(Checkpoint.groupPositionFrom(2));
        rig.kill(worker);
        topic.produce(5);
        WorkerModel next = rig.running(T0);
        rig.drain(next);
        assertThat(stream.offsets()).isEqualTo(range(0, 5));
    }

    @Test
    void anExpiredStreamWithoutACheckpointIsUnknownEvenUnderARunningTask() {
        rig.properties.put("checkpoint.idle.ms", "0");
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        rig.kill(worker);
        everythingExpires();
        WorkerModel next = rig.assigned(T0);

        assertThat(rig.failureOf(next).code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
    }

    @Test
    void f10_retentionUnderARunningTaskDoesNotMatter() {
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 5; i++) {
            topic.produce(10);
            rig.drain(worker);
            everythingExpires();
        }
        stream.trim(1); // even a new claim knows what it wrote itself
        topic.produce(10);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 60));
    }

    /** It was believed: the session went on behind the position the ack named, and stopped there with {@code STREAM_RESET}. */
    @Test
    void anAckThatIsNotTheCheckpointsIsNotBelieved() {
        for (long by : new long[] {1, -1, 1_000}) {
            WorkerModel worker = idleAfter(10);
            rig.basin.misreportNextFence(ack -> shifted(ack, by));
            rig.drain(worker);
            topic.produce(5);
            rig.drain(worker);
            worker.commit();

            assertThat(worker.failure()).isNull();
            assertThat(stream.offsets()).isEqualTo(topic.offsets());
            assertThat(topic.committed()).isEqualTo(topic.end());
            worker.closeEverything();
            rig.settle();
            rig.kill(worker);
        }
    }

    private static AppendAck shifted(AppendAck ack, long by) {
        return new AppendAck(shifted(ack.start(), by), shifted(ack.end(), by), shifted(ack.tail(), by));
    }

    private static StreamPosition shifted(StreamPosition position, long by) {
        return new StreamPosition(position.seqNum() + by, position.timestamp());
    }

    /** The task took it for another writer's, and with it one of the takeovers it is allowed. */
    @Test
    void aPartitionThatComesBackDoesNotLoseItsStreamToItsOwnPartingCheckpoint() {
        rig.properties.put("claim.max.takeovers", "0");
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        rig.basin.next(Kind.FENCE, Fate.LATE);
        worker.revoke(T0);
        rig.settle();
        assertThat(rig.basin.lateRequests()).isEqualTo(1);
        // the claim learns which token is in force, and another is before its fence arrives
        rig.basin.next(Kind.FENCE, Fate.ANSWERED);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        worker.assign(T0);
        rig.settle();
        rig.basin.landLate(0);
        rig.basin.always(Kind.FENCE, null);
        topic.produce(5);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 15));
    }

    /** The task stopped for the record, said that everything before it was in the stream, and left no mark. */
    @Test
    void aRecordThatCannotBeWrittenWaitsForTheCheckpointThatShowsThatTheStreamWasReplaced() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        rig.advance(IDLE);
        rig.run(worker, 2);
        rig.basin.delete("t/0");
        rig.stream(T0).scribble("of the new stream");
        topic.produce(1L, new byte[2 << 20]);
        rig.run(worker, 5);
        assertThat(worker.failure()).isNull();

        rig.basin.always(Kind.FENCE, null);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.STREAM_RESET);
        assertThat(StopMark.read(rig.stream(T0).token())).isNotNull();
    }
}
