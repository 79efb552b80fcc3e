package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.lane.PartitionLane;
import io.fenceline.connect.sink.lane.SinkLanes;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.stream.StreamTarget;
import io.fenceline.connect.sink.task.WorkerModel;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an operator finds in the worker's log. */
class SinkLogTest {

    private final SinkRig rig = new SinkRig();
    private final CapturedLog log = new CapturedLog(
            S2SinkTask.class, SinkLanes.class, PartitionLane.class, StreamTarget.class, ClaimRunner.class);

    @AfterEach
    void tearDown() {
        log.close();
        rig.close();
    }

    private void pass(WorkerModel worker, Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plusMillis(500)) {
            worker.poll();
            rig.settle();
            rig.advance(Duration.ofMillis(500));
        }
    }

    /** Each stream said so after each of its attempts, and none of that was a warning. */
    @Test
    void streamsThatCannotBeClaimedAreOneWarningOfTheTaskAtOnceAndEachHalfMinute() {
        rig.basin.always(Kind.FENCE, Fate.UNREACHABLE);
        WorkerModel worker = rig.assigned(T0, T1);
        pass(worker, Duration.ofSeconds(65));

        assertThat(log.lines("cannot be claimed"))
                .hasSize(3)
                .allMatch(line -> line.contains("2 of 2 streams cannot be claimed for "));
        assertThat(log.lines("cannot be claimed for 0 s: no answer: ")).hasSize(1);

        rig.basin.always(Kind.FENCE, null);
        pass(worker, Duration.ofSeconds(65));
        assertThat(log.lines("cannot be claimed for")).hasSize(3);
        assertThat(log.lines("no streams are left that cannot be claimed, after "))
                .hasSize(1);
        assertThat(log.lines(" waits ")).isEmpty();
    }

    @Test
    void aStreamThatCannotBeAskedForWithAtLeastOnceDeliveryIsWarnedOfToo() {
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.basin.always(Kind.CONFIG, Fate.UNREACHABLE);
        pass(rig.assigned(T0), Duration.ofSeconds(10));

        assertThat(log.lines("1 of 1 streams cannot be claimed for ")).hasSize(1);
    }

    @Test
    void aStopIsLeftToConnectAndThatOfAnotherPartitionAtTheSameTimeIsInTheLogOnce() {
        WorkerModel worker = rig.running(T0, T1);
        rig.topic(T0).produce(10);
        rig.topic(T1).produce(20);
        rig.drain(worker);
        worker.commit();
        rig.topic(T0).recreate();
        rig.topic(T1).recreate();
        rig.topic(T0).produce(2);
        rig.topic(T1).produce(2);

        TerminalException end = rig.failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        String shown = String.valueOf(end.getMessage()).contains("partition: t-0, ") ? "t-0" : "t-1";
        String other = shown.equals("t-0") ? "t-1" : "t-0";
        assertThat(log.lines("[TOPIC_RECREATED]")).singleElement().asString().contains(other + " ");
        assertThat(log.lines("partition: "))
                .containsExactly("partition: " + other + ", stream 't/" + other.charAt(2) + "'");
    }

    @Test
    void theStopOfATopicThatWasMadeAgainPrintsRequestsForAllPartitionsThatTheTaskHas() {
        WorkerModel worker = rig.running(T0, T1);
        rig.topic(T0).produce(10);
        rig.topic(T1).produce(20);
        rig.drain(worker);
        worker.commit();
        rig.topic(T0).recreate();
        rig.topic(T0).produce(2);

        TerminalException end = rig.failureOf(worker);

        assertThat(end)
                .hasMessageContaining("beginning: PATCH /connectors/orders-to-s2/offsets {\"offsets\":[" + entry(0, 0)
                        + "," + entry(1, 0) + "]}\n")
                .hasMessageContaining(": PATCH /connectors/orders-to-s2/offsets {\"offsets\":[" + entry(0, 10) + ","
                        + entry(1, 20) + "]}\n");
    }

    private static String entry(int partition, long offset) {
        return "{\"partition\":{\"kafka_topic\":\"t\",\"kafka_partition\":" + partition
                + "},\"offset\":{\"kafka_offset\":" + offset + "}}";
    }
}
