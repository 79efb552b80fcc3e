package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointInstaller;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator moves or resets the offset of a stopped connector, and a task takes it from there. */
class SinkOffsetAlterationTest {

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);

    @BeforeEach
    void twentyRecordsWrittenAndTheConnectorStopped() {
        topic.produce(20);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        worker.closeEverything();
        rig.settle();
        rig.kill(worker);
        assertThat(stream.offsets()).isEqualTo(range(0, 20));
        assertThat(topic.committed()).isEqualTo(20);
    }

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private CompletableFuture<Boolean> install(@Nullable Long offset) {
        CompletableFuture<Boolean> answer = new CheckpointInstaller(rig.basin.access(), new Random(9), () -> 0, 1)
                .install("t/0", position -> Checkpoint.startingAt(offset, position));
        rig.settle();
        return answer;
    }

    /** The whole request: the stream first, then the group. */
    private void alter(@Nullable Long offset) {
        assertThat(install(offset)).isCompletedWithValue(true);
        topic.commit(offset);
    }

    private List<Long> afterARestart() {
        WorkerModel next = rig.running(T0);
        rig.drain(next);
        next.commit();
        assertThat(topic.committed()).isEqualTo(topic.end());
        return stream.offsets();
    }

    private List<Long> writtenAndThen(List<Long> more) {
        List<Long> all = new ArrayList<>(range(0, 20));
        all.addAll(more);
        return all;
    }

    @Test
    void backMeansThatRecordsAreWrittenAgain() {
        alter(7L);

        assertThat(CheckpointToken.read(stream.token())).isEqualTo(Checkpoint.of(6, stream.tail(), Anchor.UNKNOWN));
        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(7, 20)));
    }

    @Test
    void forwardMeansThatRecordsAreLeftOut() {
        topic.produce(20);
        alter(33L);

        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(33, 40)));
    }

    @Test
    void zeroMeansEverythingAgain() {
        alter(0L);

        assertThat(CheckpointToken.read(stream.token())).isEqualTo(Checkpoint.groupPositionFrom(stream.tail()));
        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(0, 20)));
    }

    @Test
    void aResetMeansTheGroupsPosition() {
        alter(null);

        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(0, 20)));
    }

    @Test
    void aCrashBeforeTheFirstRecordChangesNothing() {
        alter(7L);
        for (int i = 0; i < 3; i++) {
            rig.kill(rig.assigned(T0));
        }

        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(7, 20)));
    }

    @Test
    void itSettlesAWatermarkThatIsUnknown() {
        for (long at = 0; at < stream.tail(); at++) {
            stream.expire(at);
        }
        stream.fence("by-hand"); // and with it what the last checkpoint said
        stream.expire(stream.tail() - 1);
        WorkerModel stuck = rig.assigned(T0);
        assertThat(rig.failureOf(stuck)).hasMessageContaining("WATERMARK_UNKNOWN");
        rig.kill(stuck);
        alter(20L);
        topic.produce(5);

        assertThat(afterARestart()).isEqualTo(range(0, 25));
    }

    @Test
    void aTokenThatIsReplacedInTheMiddleDoesNotFailTheRequest() {
        ServerError replaced = ServerError.of(401, "authn", "no").withCredentialsReplaced();
        rig.basin.refuse(Kind.TAIL, replaced);
        rig.basin.refuse(Kind.FENCE, replaced);
        alter(7L);

        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(7, 20)));
    }

    @Test
    void repeatingItAfterALostAnswerIsHarmless() {
        rig.basin.next(Kind.FENCE, Fate.UNHEARD);
        assertThat(install(7L)).isCompletedExceptionally();
        assertThat(topic.committed()).isEqualTo(20);
        alter(7L);

        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(7, 20)));
    }

    @Test
    void aRequestThatLandsAfterANewerOneIsRejected() {
        rig.basin.next(Kind.FENCE, Fate.ANSWERED, Fate.LATE);
        assertThat(install(3L)).isCompletedExceptionally();
        alter(12L);
        rig.basin.landLate(0);

        assertThat(rig.basin.landed()).isZero();
        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(12, 20)));
    }

    @Test
    void aTailThatMovesMeanwhileIsFollowed() {
        rig.basin.next(Kind.FENCE, Fate.HELD);
        CompletableFuture<Boolean> answer = new CheckpointInstaller(rig.basin.access(), new Random(9), () -> 0, 1)
                .install("t/0", position -> Checkpoint.startingAt(7L, position));
        rig.basin.deliver();
        stream.trim(5);
        rig.settle();

        assertThat(answer).isCompletedWithValue(true);
        assertThat(CheckpointToken.read(stream.token())).isEqualTo(Checkpoint.of(6, stream.tail(), Anchor.UNKNOWN));
    }

    @Test
    void aStreamThatDoesNotExistIsSkipped() {
        rig.basin.delete("t/0");

        assertThat(install(7L)).isCompletedWithValue(false);
        assertThat(rig.basin.exists("t/0")).isFalse();
    }

    @Test
    void aStopMarkGivesWayToARequestAndToAReset() {
        StopMark mark = new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(19, 2, Anchor.UNKNOWN));
        stream.fence(mark.fresh(new Random(4)).value());
        alter(null);
        assertThat(CheckpointToken.read(stream.token())).isEqualTo(Checkpoint.groupPositionFrom(stream.tail()));

        stream.fence(mark.fresh(new Random(5)).value());
        alter(7L);
        assertThat(CheckpointToken.read(stream.token())).isEqualTo(Checkpoint.of(6, stream.tail(), Anchor.UNKNOWN));
        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(7, 20)));
    }

    @Test
    void aStopMarkOfANewerVersionIsNotReplaced() {
        stream.fence("s2.something.newer");

        assertThatThrownBy(install(7L)::join).hasMessageContaining("version 2");
        assertThat(stream.token().value()).isEqualTo("s2.something.newer");
    }

    @Test
    void aTokenOfANewerVersionIsNotReplaced() {
        stream.fence("f2.something.newer");

        assertThatThrownBy(install(7L)::join).hasMessageContaining("version 2");
        assertThat(stream.token().value()).isEqualTo("f2.something.newer");
    }

    @Test
    void anAckThatIsNotOfOurFenceAtItsPositionIsNoSuccess() {
        rig.basin.misreportNextFence(ack -> new AppendAck(
                new StreamPosition(ack.start().seqNum() + 3, 0),
                new StreamPosition(ack.end().seqNum() + 3, 0),
                ack.tail()));

        assertThat(install(7L))
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining("acknowledged the records [");

        alter(7L);
        assertThat(afterARestart()).isEqualTo(writtenAndThen(range(7, 20)));
    }
}
