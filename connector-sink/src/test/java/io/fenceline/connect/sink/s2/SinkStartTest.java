package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a task goes on: which record it writes first, and how it knows the topic for the one the stream was written from. */
class SinkStartTest {

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);

    @AfterEach
    void tearDown() {
        rig.close();
    }

    static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    /** A task that has written the topic so far, and has died without committing anything. */
    private void wroteAndDied() {
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        assertThat(stream.offsets()).isEqualTo(topic.offsets());
        rig.kill(worker);
    }

    @Test
    void aNewStreamIsWrittenFromTheGroupsPosition() {
        topic.produce(25);
        topic.commit(5L);

        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(5, 25));
        assertThat(topic.committed()).isEqualTo(25);
    }

    @Test
    void f7_whatLandedBeforeTheCommitIsDroppedExactly() {
        topic.produce(100);
        wroteAndDied();
        topic.produce(10);

        WorkerModel next = rig.running(T0);
        rig.drain(next);
        next.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 110));
        assertThat(next.seeks).containsExactly("t-0@99");
        assertThat(topic.committed()).isEqualTo(110);
    }

    @Test
    void f6_aCrashBetweenFenceAndDataLosesNothing() {
        topic.produce(10);
        wroteAndDied();
        rig.kill(rig.running());
        for (int i = 0; i < 5; i++) {
            rig.kill(rig.assigned(T0));
        }

        WorkerModel next = rig.running(T0);
        topic.produce(1);
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 11));
        assertThat(stream.commands()).isEqualTo(7);
    }

    @Test
    void f44_fiveHundredCrashedOwnersLeaveTheWatermarkFindable() {
        topic.produce(10);
        wroteAndDied();
        for (int i = 0; i < 500; i++) {
            rig.kill(rig.assigned(T0));
        }
        topic.produce(10);

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 20));
        assertThat(stream.commands()).isEqualTo(502);
    }

    @Test
    void f8_aGroupResetBackSkipsWhatIsInTheStream() {
        topic.produce(50);
        wroteAndDied();
        topic.commit(3L);
        topic.produce(5);

        WorkerModel next = rig.running(T0);
        rig.drain(next);
        next.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 55));
        assertThat(topic.committed()).isEqualTo(55);
    }

    @Test
    void f8_aGroupResetForwardIsRespected() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        topic.commit(15L);

        WorkerModel next = rig.running(T0);
        rig.drain(next);
        next.commit();

        assertThat(stream.offsets())
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(15, 20))
                        .boxed()
                        .toList());
        assertThat(next.seeks).isEmpty();
    }

    @Test
    void behindTheWatermarkATaskLooksAtItsRecordOnceToSeeWhetherTheTopicIsTheSame() {
        topic.produce(10);
        wroteAndDied();
        topic.commit(10L);
        topic.produce(1);

        WorkerModel next = rig.running(T0);
        rig.drain(next);
        topic.produce(1);
        rig.drain(next);

        assertThat(next.seeks).containsExactly("t-0@9");
        assertThat(stream.offsets()).isEqualTo(range(0, 12));
    }

    /** Its record may come back with another timestamp each time: every restart would stop. */
    @Test
    void behindATransformThatMaySetTimestampsAPositionBehindTheWatermarkIsBelieved() {
        rig.properties.put("transforms", "clock");
        rig.properties.put("transforms.clock.type", "com.example.WallClock");
        topic.produce(10);
        wroteAndDied();
        topic.commit(10L);
        topic.produce(1);

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(next.seeks).isEmpty();
        assertThat(stream.offsets()).isEqualTo(range(0, 11));
    }

    /** Another task of the connector had committed the old position into the new topic: its records were skipped. */
    @Test
    void aTopicMadeAgainWithMoreRecordsStopsATaskThatNeverHadThePartition() {
        topic.produce(10);
        wroteAndDied();
        topic.recreate();
        for (int i = 0; i < 20; i++) {
            topic.produce(5L + i, "new");
        }
        topic.commit(10L);

        WorkerModel next = rig.assigned(T0);

        assertThat(rig.failureOf(next).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        next.closeEverything();
        rig.kill(next);
        assertThat(rig.failureOf(rig.assigned(T0)).code())
                .as("whoever comes next stops, too")
                .isEqualTo(TerminalCode.TOPIC_RECREATED);
    }

    @Test
    void aResetThatJumpsForwardIsLookedIntoWhenTheResetPolicyIsNotEarliest() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        rig.properties.put("consumer.override.auto.offset.reset", "latest");
        topic.commit(null);

        WorkerModel next = rig.worker();
        next.reset = "latest";
        next.start();
        next.assign(T0);
        rig.settle();
        topic.produce(3);
        rig.drain(next);

        assertThat(next.seeks).containsExactly("t-0@9");
        assertThat(stream.offsets()).isEqualTo(range(0, 23));
    }

    @Test
    void aResetToTheEndOfAnIdleTopicCommitsNothingItSkippedAndBringsItBack() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        rig.properties.put("consumer.override.auto.offset.reset", "latest");
        topic.commit(null);

        WorkerModel next = rig.worker();
        next.reset = "latest";
        next.start();
        next.assign(T0);
        rig.settle();
        rig.drain(next);
        // nothing is handed over: only the offset to commit shows where the consumer stands
        next.commit();
        assertThat(topic.committed()).as("no further than the stream").isEqualTo(9);
        rig.drain(next);
        next.commit();

        assertThat(next.seeks).containsExactly("t-0@9");
        assertThat(stream.offsets()).isEqualTo(range(0, 20));
        assertThat(topic.committed()).isEqualTo(20);
    }

    @Test
    void aConsumerThatNeverJumpsIsNotMovedBackToAWatermarkThatRetentionTookAway() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        topic.removeBefore(15);
        topic.commit(17L);
        rig.properties.put("consumer.override.auto.offset.reset", "none");

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(next.seeks).isEmpty();
        assertThat(stream.offsets())
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(17, 20))
                        .boxed()
                        .toList());
    }

    @Test
    void f20_theLagDrainsWhenEverythingFromTheWatermarkOnIsFiltered() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        topic.commit(4L);

        WorkerModel next = rig.worker();
        next.transform = record -> record != null && record.kafkaOffset() < 9 ? record : null;
        next.start();
        next.assign(T0);
        rig.settle();
        rig.drain(next);
        next.commit();

        assertThat(next.seeks).containsExactly("t-0@9");
        assertThat(topic.committed()).isEqualTo(20);
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }

    @Test
    void aResetThatJumpsOverARemovedWatermarkComesBackToTheRecordFirstShown() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        topic.removeBefore(15);
        topic.commit(17L);
        rig.properties.put("consumer.override.auto.offset.reset", "latest");

        WorkerModel next = rig.worker();
        next.reset = "latest";
        next.start();
        next.assign(T0);
        rig.settle();
        rig.run(next, 3);
        topic.produce(3);
        rig.drain(next);
        next.commit();

        assertThat(next.seeks).containsExactly("t-0@9", "t-0@17");
        assertThat(stream.offsets())
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(17, 23))
                        .boxed()
                        .toList());
        assertThat(topic.committed()).isEqualTo(23);
    }

    @Test
    void aWatermarkRecordThatIsCompactedAwayDoesNotMatter() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(5);
        topic.compact(9);
        topic.compact(10);

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(stream.offsets())
                .isEqualTo(range(0, 15).stream().filter(offset -> offset != 10).toList());
    }

    @Test
    void f9_aTopicMadeAgainWithFewerRecordsThanTheWatermarkIsNoticed() {
        topic.produce(10);
        wroteAndDied();
        topic.recreate();
        topic.commit(0L);
        topic.produce(4);

        WorkerModel next = rig.running(T0);
        TerminalException end = rig.failureOf(next);

        assertThat(end.code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        assertThat(end)
                .hasMessageContaining("\"kafka_offset\":0")
                .hasMessageContaining("\"kafka_offset\":10")
                .hasMessageContaining("another cluster")
                .hasMessageContaining("transform");
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }

    @Test
    void f9_aTopicMadeAgainWithMoreRecordsThanTheWatermarkIsNoticedByItsTimestamp() {
        topic.produce(10);
        wroteAndDied();
        topic.recreate();
        topic.commit(0L);
        for (int i = 0; i < 30; i++) {
            topic.produce(1_800_000_000_000L + i, "another " + i);
        }

        WorkerModel next = rig.running(T0);

        assertThat(rig.failureOf(next).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        next.commit();
        assertThat(topic.committed()).isEqualTo(0);
    }

    @Test
    void f9_aTopicMadeAgainIsNoticedByTheAnchorInTheTokenWhenTheStreamHasExpired() {
        topic.produce(10);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        worker.closeEverything();
        rig.settle();
        for (long at = 0; at < stream.tail(); at++) {
            stream.expire(at);
        }
        topic.recreate();
        topic.commit(0L);
        for (int i = 0; i < 30; i++) {
            topic.produce(1_800_000_000_000L + i, "another " + i);
        }

        WorkerModel next = rig.running(T0);

        assertThat(rig.failureOf(next).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
    }

    @Test
    void f9_aTopicMadeAgainUnderARunningTaskIsNoticedByARepeatedOffset() {
        topic.produce(10);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        topic.recreate();
        topic.produce(4);

        TerminalException end = rig.failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }

    /** The commit of a revoked partition is tried until the topic is there again, and then is one of the new topic. */
    @Test
    void f9_aTopicMadeAgainAtOnceWithMoreRecordsWasSkippedUpToTheOldPosition() {
        topic.produce(10);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        worker.revoke(T0);
        topic.recreate();
        topic.commit(10L);
        for (int i = 0; i < 30; i++) {
            topic.produce(1_800_000_000_000L + i, "another " + i);
        }
        worker.assign(T0);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }

    /** The record before the position has expired, and a consumer asked for it would fail or jump to the end. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "latest"})
    void aTaskThatGetsAPartitionBackIsNotMovedIfItMightNotComeBack(String reset) {
        rig.properties.put("consumer.override.auto.offset.reset", reset);
        topic.commit(0L);
        topic.produce(10);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        worker.revoke(T0);
        topic.removeBefore(10);
        topic.produce(5);
        worker.seeks.clear();
        worker.assign(T0);
        rig.drain(worker);

        assertThat(worker.seeks).isEmpty();
        assertThat(stream.offsets()).isEqualTo(range(0, 15));
    }

    @Test
    void recordsWithoutTimestampsHaveNoAnchorAndStillGoOnWhereTheyStopped() {
        for (int i = 0; i < 10; i++) {
            topic.produce(null, "v" + i);
        }
        wroteAndDied();

        WorkerModel next = rig.running(T0);
        topic.produce(null, "v10");
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 11));
    }

    @Test
    void f21_offsetsThatHoldNoRecordAreNoGapToWorryAbout() {
        topic.produce(3);
        topic.skip();
        topic.produce(3);
        topic.skip();
        topic.skip();
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        topic.produce(2);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(topic.offsets());
        assertThat(topic.committed()).isEqualTo(topic.end());
    }

    @Test
    void recordsHandedOverDuringTheClaimAreAskedForAgain() {
        topic.produce(10);
        wroteAndDied();
        topic.produce(10);
        topic.commit(12L);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        WorkerModel next = rig.worker();
        next.start();
        next.assign(T0);
        // The partition is paused, but an assigned worker may have fetched already.
        next.resume(T0);
        rig.run(next, 3);
        rig.basin.always(Kind.FENCE, null);
        rig.settle();
        rig.drain(next);

        assertThat(next.seeks).containsExactly("t-0@12");
        assertThat(stream.offsets())
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(12, 20))
                        .boxed()
                        .toList());
    }

    @Test
    void aNewStreamIsCreatedOnlyIfAllowed() {
        rig.basin.delete("t/0");
        topic.produce(3);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        assertThat(rig.stream(T0).offsets()).isEqualTo(range(0, 3));

        rig.basin.delete("t/0");
        rig.properties.put("s2.stream.auto.create", "false");
        WorkerModel other = rig.assigned(T0);
        assertThat(rig.failureOf(other).code()).isEqualTo(TerminalCode.TARGET_MISSING);
    }

    @Test
    void theWatermarkStaysUnknownUntilSomebodySettlesIt() {
        topic.produce(10);
        wroteAndDied();
        for (long at = 0; at < stream.tail(); at++) {
            stream.expire(at);
        }
        for (int attempt = 0; attempt < 3; attempt++) {
            WorkerModel next = rig.assigned(T0);
            TerminalException end = rig.failureOf(next);
            assertThat(end.code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
            assertThat(end)
                    .hasMessageContaining("PATCH /connectors/orders-to-s2/offsets")
                    .hasMessageContaining("\"kafka_partition\":0");
            rig.kill(next);
        }
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }

    @Test
    void aTaskThatFindsNothingToReadIsPatient() {
        rig.basin.always(Kind.FENCE, Fate.UNREACHABLE);
        topic.produce(10);
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 100; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(10));
        }
        assertThat(worker.isPaused(T0)).isTrue();
        rig.basin.always(Kind.FENCE, null);
        rig.advance(Duration.ofSeconds(30));
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }
}
