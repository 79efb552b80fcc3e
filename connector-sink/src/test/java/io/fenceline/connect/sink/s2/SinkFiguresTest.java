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
