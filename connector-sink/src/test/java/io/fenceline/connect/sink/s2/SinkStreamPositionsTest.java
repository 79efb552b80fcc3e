package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.claim.StreamPositions;
import io.fenceline.connect.sink.claim.StreamStanding;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator without Connect's REST looks at a stream and sets where the next task starts. */
class SinkStreamPositionsTest {

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);
    private final StreamPositions positions =
            new StreamPositions(rig.basin.access(), new Random(9), rig::now, Duration.ofSeconds(60));

    @BeforeEach
    void twentyRecordsWrittenAndTheConnectorGone() {
        topic.produce(20);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        worker.commit();
        rig.kill(worker);
        assertThat(stream.offsets()).isEqualTo(range(0, 20));
        assertThat(topic.committed()).isEqualTo(20);
    }

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private StreamStanding look() {
        return answer(positions.look(T0, "t/0"));
    }

    private boolean install(StreamStanding seen, @Nullable Long offset) {
        return answer(positions.install("t/0", seen, Checkpoint.startingAt(offset, seen.tail() + 1)));
    }

    private <T> T answer(CompletableFuture<T> future) {
        rig.settle();
        return future.join();
    }

    private List<Long> afterARestart() {
        WorkerModel next = rig.running(T0);
        rig.drain(next);
        return stream.offsets();
    }

    @Test
    void lookingShowsTheTokenInForceAndTheLastRecordAndChangesNothing() {
        String token = stream.token().value();
        long tail = stream.tail();

        StreamStanding seen = look();

        assertThat(seen.token().value()).isEqualTo(token);
        assertThat(seen.tail()).isEqualTo(tail);
        assertThat(seen.last()).isNotNull();
        assertThat(seen.last().offset()).isEqualTo(19);
        assertThat(seen.last().position()).isEqualTo(tail - 1);
        assertThat(seen.watermark()).isEqualTo(19);
        assertThat(seen.mark()).isNull();
        assertThat(seen.doubt()).isNull();
        assertThat(stream.tail()).isEqualTo(tail);
        assertThat(stream.token().value()).isEqualTo(token);
    }

    @Test
    void theLastOffsetIsTheTokensWhereTheRecordsAreGone() {
        assertThat(install(look(), 15L)).isTrue();
        for (long at = 0; at < stream.tail(); at++) {
            stream.expire(at);
        }

        StreamStanding seen = look();

        assertThat(seen.fact()).isEqualTo(Checkpoint.of(14, stream.tail(), Anchor.UNKNOWN));
        assertThat(seen.last()).isNull();
        assertThat(seen.watermark()).isEqualTo(14);
        assertThat(seen.doubt()).isNull();
    }

    @Test
    void aHoleThatNoTokenCoversIsADoubtAndAnOffsetSettlesIt() {
        for (long at = 0; at < stream.tail(); at++) {
            stream.expire(at);
        }

        StreamStanding seen = look();

        assertThat(seen.doubt()).isNotNull();
        assertThat(seen.doubt().code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
        assertThat(seen.doubt().reason()).contains("position " + (seen.tail() - 1) + " can no longer be read");
        assertThat(install(seen, 20L)).isTrue();
        topic.produce(3);
        assertThat(afterARestart()).isEqualTo(range(0, 23));
    }

    @Test
    void aSearchThatTakesTooLongIsADoubt() {
        stream.fence("by-hand");
        for (int i = 0; i < 30; i++) {
            stream.scribble("not ours");
        }
        StreamPositions hurried =
                new StreamPositions(rig.basin.access(), new Random(9), () -> 0, Duration.ofSeconds(-1));

        StreamStanding seen = answer(hurried.look(T0, "t/0"));

        assertThat(seen.last()).isNull();
        assertThat(seen.doubt()).isNotNull();
        assertThat(seen.doubt().reason()).contains("of reading backwards");
    }

    @Test
    void aTokenAboveTheTailIsAStreamThatWasReplaced() {
        stream.fence(CheckpointToken.fresh(Checkpoint.of(900, 1_000, Anchor.UNKNOWN), new Random(3))
                .value());

        StreamStanding seen = look();

        assertThat(seen.doubt()).isNotNull();
        assertThat(seen.doubt().code()).isEqualTo(TerminalCode.STREAM_RESET);
    }

    @Test
    void backMeansThatRecordsAreWrittenAgainOnceTheGroupIsSetToo() {
        assertThat(install(look(), 7L)).isTrue();
        topic.commit(7L);

        List<Long> all = new ArrayList<>(range(0, 20));
        all.addAll(range(7, 20));
        assertThat(afterARestart()).isEqualTo(all);
    }

    @Test
    void aStopMarkIsShownWithWhatItKnowsAndGivesWay() {
        StopMark mark = new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(19, 2, Anchor.UNKNOWN));
        stream.fence(mark.fresh(new Random(4)).value());
        assertThat(rig.failureOf(rig.assigned(T0))).hasMessageContaining("FOREIGN_WRITER");

        StreamStanding seen = look();

        assertThat(seen.mark()).isEqualTo(mark);
        assertThat(seen.watermark()).as("what can be read").isEqualTo(19);
        assertThat(install(seen, 20L)).isTrue();
        topic.produce(2);
        assertThat(afterARestart()).isEqualTo(range(0, 22));
    }

    @Test
    void aClearedTokenLetsTheNextTaskReadWhereTheStreamStands() {
        StopMark mark = new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(19, 2, Anchor.UNKNOWN));
        stream.fence(mark.fresh(new Random(4)).value());

        assertThat(answer(positions.clear("t/0", look()))).isTrue();

        assertThat(stream.token().isNone()).isTrue();
        topic.produce(2);
        assertThat(afterARestart()).isEqualTo(range(0, 22));
    }

    @Test
    void aStreamThatWasWrittenOrFencedSinceItWasLookedAtIsLeftAlone() {
        StreamStanding seen = look();
        stream.scribble("somebody is at work");
        long tail = stream.tail();
        assertThat(install(seen, 7L)).isFalse();
        assertThat(answer(positions.clear("t/0", seen))).isFalse();
        assertThat(stream.tail()).isEqualTo(tail);

        StreamStanding again = look();
        stream.fence("somebody");
        assertThat(install(again, 7L)).isFalse();
        assertThat(answer(positions.clear("t/0", again))).isFalse();
        assertThat(stream.token().value()).isEqualTo("somebody");
    }

    @Test
    void aTokenOfANewerVersionIsNeitherReadNorReplaced() {
        for (String newer : List.of("f2.something.newer", "s2.something.newer")) {
            stream.fence(newer);

            CompletableFuture<StreamStanding> looked = positions.look(T0, "t/0");
            rig.settle();

            assertThatThrownBy(looked::join)
                    .hasCauseInstanceOf(CheckpointToken.NewerTokenException.class)
                    .hasMessageContaining("version 2");
        }
    }

    @Test
    void anAckThatIsNotOfOurFenceAtItsPositionIsNoSuccess() {
        StreamStanding seen = look();
        rig.basin.misreportNextFence(ack -> new AppendAck(
                new StreamPosition(ack.start().seqNum() + 3, 0),
                new StreamPosition(ack.end().seqNum() + 3, 0),
                ack.tail()));

        CompletableFuture<Boolean> installed =
                positions.install("t/0", seen, Checkpoint.startingAt(7L, seen.tail() + 1));
        rig.settle();

        assertThatThrownBy(installed::join).hasMessageContaining("acknowledged the records [");
    }

    @Test
    void anAnswerThatNeverCameIsAFailureAndNoAnswer() {
        StreamStanding seen = look();
        rig.basin.next(Kind.FENCE, ModelBasin.Fate.UNHEARD);

        CompletableFuture<Boolean> installed =
                positions.install("t/0", seen, Checkpoint.startingAt(7L, seen.tail() + 1));
        rig.settle();

        assertThat(installed).isCompletedExceptionally();
        // and doing it again is harmless
        assertThat(install(look(), 7L)).isTrue();
    }
}
