package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import java.lang.management.ManagementFactory;
import java.time.Duration;
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

    private static @Nullable Object figure(String name) throws JMException {
        ObjectName task = new ObjectName("io.fenceline:type=s2-sink-task,connector=orders-to-s2,task=0");
        return ManagementFactory.getPlatformMBeanServer().getAttribute(task, name);
    }
}
