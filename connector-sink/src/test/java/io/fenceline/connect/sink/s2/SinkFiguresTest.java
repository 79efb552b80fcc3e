package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.ServerError;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators see of a task. */
class SinkFiguresTest {

    private final SinkRig rig = new SinkRig();

    @AfterEach
    void tearDown() {
        rig.close();
    }

    @Test
    void anAppendTakesFromItsSubmissionToItsAckWhateverItMeetsOnTheWay() throws Exception {
        WorkerModel worker = rig.running(T0, T1);
        assertThat(figure("append-latency-p50-ms")).as("claims are no appends").isNull();

        rig.topic(T0).produce(1);
        worker.poll();
        rig.settle();
        assertThat(figure("append-latency-p99-ms")).isEqualTo(0.001);

        rig.topic(T1).produce(1);
        rig.basin.always(Kind.DATA, Fate.HELD);
        worker.poll();
        rig.settle();
        rig.advance(Duration.ofMillis(30));
        rig.basin.next(Kind.DATA, Fate.LOST);
        rig.basin.always(Kind.DATA, null);
        rig.settle();
        assertThat(figure("append-latency-p99-ms"))
                .as("lost, and not sent again yet")
                .isEqualTo(0.001);

        rig.advance(Duration.ofSeconds(2));
        rig.settle();
        assertThat(figure("append-latency-p99-ms")).isEqualTo(2030.0);
        assertThat(figure("append-latency-p50-ms")).isEqualTo(0.001);
    }

    @Test
    void aHeldPartitionIsCountedAndSaysItsCodeUntilItIsClosed() throws Exception {
        rig.properties.put("on.stop", "hold");
        WorkerModel worker = rig.running(T0, T1);
        rig.topic(T0).produce(3);
        rig.drain(worker);
        assertThat(figure("lanes-held")).isEqualTo(0L);
        assertThat(figureOfT0("held-code")).isNull();

        rig.stream(T0).scribble("somebody else's");
        rig.topic(T0).produce(3);
        rig.drain(worker, worker);
        assertThat(figure("lanes-held")).isEqualTo(1L);
        assertThat(figureOfT0("held-code")).isEqualTo("FOREIGN_WRITER");
        assertThat(figureOfT0("state")).isEqualTo("HELD");

        worker.revoke(T0);
        assertThat(figure("lanes-held")).isEqualTo(0L);
    }

    /** The task was RUNNING with lag 0 and reconnects-total 0, and no alert could fire. */
    @Test
    void aTaskThatCannotClaimItsStreamsShowsIt() throws Exception {
        rig.basin.always(Kind.FENCE, Fate.UNREACHABLE);
        rig.topic(T0).produce(3);
        WorkerModel worker = rig.running(T0, T1);
        for (int i = 0; i < 60; i++) {
            rig.advance(Duration.ofSeconds(1));
            rig.run(worker, 1);
        }
        assertThat(figure("lanes")).isEqualTo(2L);
        assertThat(figure("lanes-owned")).isEqualTo(0L);
        assertThat(figure("lanes-claiming")).isEqualTo(2L);
        assertThat(figure("partitions-paused")).isEqualTo(2L);
        assertThat((long) figure("progress-age-max-ms")).isBetween(60_000L, 61_000L);
        assertThat((long) figure("claim-failures-total")).isGreaterThan(10L);
        assertThat(figure("claims-total")).isEqualTo(2L);
        assertThat(figureOfT0("owned")).isEqualTo(0);
        assertThat(figureOfT0("lag")).as("nobody knows").isNull();

        rig.basin.always(Kind.FENCE, null);
        for (int i = 0; i < 15; i++) {
            rig.advance(Duration.ofSeconds(1));
            rig.drain(worker);
        }
        assertThat(figure("lanes-owned")).isEqualTo(2L);
        assertThat(figure("lanes-claiming")).isEqualTo(0L);
        assertThat(figure("partitions-paused")).isEqualTo(0L);
        assertThat(figure("progress-age-max-ms")).as("nothing is to be done").isEqualTo(0L);
        assertThat(figureOfT0("owned")).isEqualTo(1);
        assertThat(figureOfT0("lag")).isEqualTo(0L);

        worker.revoke(T0);
        assertThat(figure("lanes")).isEqualTo(1L);
        assertThat(figure("lanes-owned")).isEqualTo(1L);
    }

    @Test
    void aClaimThatS2PutsOffCountsAsThrottledAndAsFailed() throws Exception {
        rig.basin.refuse(Kind.FENCE, ServerError.of(429, "rate_limited", ""), ServerError.of(503, "unavailable", ""));
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 5; i++) {
            rig.advance(Duration.ofSeconds(1));
            rig.run(worker, 1);
        }
        assertThat(figureOfT0("owned")).isEqualTo(1);
        assertThat(figure("claim-failures-total")).isEqualTo(2L);
        assertThat(figure("throttled-total")).isEqualTo(1L);
    }

    @Test
    void atLeastOnceTheQuestionAboutAStreamIsItsClaim() throws Exception {
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.basin.allowUnconditionalAppends();
        rig.basin.next(Kind.CONFIG, Fate.UNREACHABLE, Fate.UNREACHABLE);
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 15; i++) {
            rig.advance(Duration.ofSeconds(1));
            rig.run(worker, 1);
        }
        assertThat(figureOfT0("owned")).isEqualTo(1);
        assertThat(figure("claim-failures-total")).isEqualTo(2L);
    }

    @Test
    void theAgeOfProgressOfATaskBeginsWithWorkAndNotWithTheLastOfIt() throws Exception {
        WorkerModel worker = rig.running(T0, T1);
        rig.advance(Duration.ofMinutes(10));
        rig.topic(T0).produce(3);
        rig.basin.always(Kind.DATA, Fate.HELD);
        rig.drain(worker);
        rig.advance(Duration.ofSeconds(7));
        rig.run(worker, 1);

        assertThat((long) figure("progress-age-max-ms")).isBetween(7_000L, 8_000L);
        assertThat((long) figureOfT0("progress-age-ms")).isGreaterThan(600_000L);
        assertThat((long) figure("bytes-held")).isPositive().isEqualTo(figureOfT0("bytes-held"));
    }

    @Test
    void anAppendThatS2PutsOffCountsAsThrottled() throws Exception {
        WorkerModel worker = rig.running(T0);
        rig.basin.refuse(Kind.DATA, ServerError.of(429, "rate_limited", ""));
        rig.topic(T0).produce(3);
        for (int i = 0; i < 5; i++) {
            rig.advance(Duration.ofSeconds(1));
            rig.drain(worker);
        }
        assertThat(figure("records-acknowledged-total")).isEqualTo(3L);
        assertThat(figure("throttled-total")).isEqualTo(1L);
        assertThat(figure("resends-total")).as("S2 had it").isEqualTo(1L);
    }

    @Test
    void whatNoAttemptHasBroughtToS2IsNotResent() throws Exception {
        WorkerModel worker = rig.running(T0);
        rig.basin.next(Kind.DATA, Fate.UNREACHABLE, Fate.UNREACHABLE, Fate.UNREACHABLE);
        rig.topic(T0).produce(3);
        for (int i = 0; i < 5; i++) {
            rig.advance(Duration.ofSeconds(2));
            rig.drain(worker);
        }
        assertThat(figure("records-acknowledged-total")).isEqualTo(3L);
        assertThat(figure("reconnects-total")).isEqualTo(3L);
        assertThat(figure("resends-total")).isEqualTo(0L);
    }

    @Test
    void afterAnOffsetRequestNothingIsCalledDurableBeforeTheFirstAck() throws Exception {
        rig.topic(T0).produce(20);
        rig.stream(T0)
                .fence(CheckpointToken.fresh(Checkpoint.of(4, 1, Anchor.UNKNOWN), new Random(1))
                        .value());
        rig.basin.always(Kind.DATA, Fate.HELD);
        WorkerModel worker = rig.running(T0);
        rig.drain(worker);
        assertThat(figureOfT0("watermark")).isEqualTo("position set by an offset request");

        rig.basin.always(Kind.DATA, null);
        rig.drain(worker);
        assertThat(figureOfT0("watermark")).isEqualTo(19L);
    }

    private static @Nullable Object figure(String name) throws JMException {
        return figure("io.fenceline:type=s2-sink-task,connector=orders-to-s2,task=0", name);
    }

    private static @Nullable Object figureOfT0(String name) throws JMException {
        return figure("io.fenceline:type=s2-sink-stream,connector=orders-to-s2,task=0,topic=t,partition=0", name);
    }

    private static @Nullable Object figure(String bean, String name) throws JMException {
        return ManagementFactory.getPlatformMBeanServer().getAttribute(new ObjectName(bean), name);
    }
}
