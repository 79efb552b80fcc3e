package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.WorkerModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How much a task takes from Kafka and has in flight while acks are slow. Records are a little less than a mebibyte, and an append each. */
class SinkWindowTest {

    private static final byte[] LARGE = new byte[(1 << 20) - 100];

    private final SinkRig rig = new SinkRig();
    private long answered;

    @AfterEach
    void tearDown() {
        rig.close();
    }

    /** A task that is handed one record at a time, and whose appends wait for {@link #answerAfter400Millis}. */
    private WorkerModel running() {
        WorkerModel worker = rig.running(T0, T1);
        worker.maxPoll = 1;
        rig.basin.always(Kind.DATA, Fate.HELD);
        for (int i = 0; i < 400; i++) {
            rig.topic(T0).produce(1_700_000_000_000L, LARGE);
        }
        return worker;
    }

    /** As many polls as the task wants records for; returns how many it holds then. */
    private long fill(WorkerModel worker) {
        int before;
        do {
            before = worker.handedOver;
            for (int i = 0; i < 3; i++) {
                worker.poll();
                rig.settle();
            }
        } while (worker.handedOver > before);
        return worker.handedOver - answered;
    }

    private void answerAfter400Millis() {
        rig.advance(Duration.ofMillis(400));
        int appends = rig.basin.openAppends();
        for (int i = 0; i < appends; i++) {
            rig.basin.next(Kind.DATA, Fate.ANSWERED);
        }
        rig.settle();
        answered += appends;
    }

    private List<Long> heldWhileAcksTake400Millis(WorkerModel worker, int times) {
        List<Long> held = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            held.add(fill(worker));
            answerAfter400Millis();
        }
        return held;
    }

    /** A task held what two windows of 5 MiB take, whatever its buffer, and was held to 11 MiB a second. */
    @Test
    void aStreamWithSlowAcksIsGivenMoreOfTheBufferUntilItHasItsShare() {
        WorkerModel worker = running();
        List<Long> held = heldWhileAcksTake400Millis(worker, 8);
        assertThat(held.get(0)).as("a window and as much ready").isEqualTo(11);
        assertThat(held.get(1)).as("two windows, and one ready").isEqualTo(16);
        assertThat(held).allMatch(records -> records <= 33).last().isEqualTo(33L);
    }

    @Test
    void aStreamThatIsAloneHasNearlyAllOfTheBufferAndNeverMoreThanIt() {
        WorkerModel worker = rig.running(T0);
        worker.maxPoll = 1;
        rig.basin.always(Kind.DATA, Fate.HELD);
        for (int i = 0; i < 400; i++) {
            rig.topic(T0).produce(1_700_000_000_000L, LARGE);
        }
        assertThat(heldWhileAcksTake400Millis(worker, 9))
                .allMatch(records -> records <= 57)
                .last()
                .isEqualTo(57L);
    }

    @Test
    void aStreamHasNoMoreInFlightThanTheKeySaysHoweverSlowItsAcks() {
        rig.properties.put("inflight.max.bytes", "" + (8 << 20));
        WorkerModel worker = running();
        assertThat(heldWhileAcksTake400Millis(worker, 6))
                .allMatch(records -> records <= 14)
                .last()
                .isEqualTo(14L);
    }

    @Test
    void aStreamTakesTwoOfTheKeysWindowsBeforeItsFirstAppendAsWell() {
        rig.properties.put("inflight.max.bytes", "" + (2 << 20));
        WorkerModel worker = rig.running(T0);
        worker.maxPoll = 1;
        rig.topic(T0).produce(1);
        rig.drain(worker);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        rig.advance(Duration.ofMinutes(2));
        worker.poll();
        rig.settle();
        for (int i = 0; i < 20; i++) {
            rig.topic(T0).produce(1_700_000_000_000L, LARGE);
        }
        answered = worker.handedOver;
        assertThat(fill(worker))
                .as("behind a checkpoint that has no answer yet")
                .isEqualTo(5);
    }

    @Test
    void aStreamThatHangsWithItsShareLeavesTheOthersTheirs() {
        WorkerModel worker = running();
        heldWhileAcksTake400Millis(worker, 8);
        assertThat(fill(worker)).isEqualTo(33);
        rig.basin.setNetwork((kind, stream) -> stream.equals("t/0") && kind == Kind.DATA ? Fate.HELD : Fate.ANSWERED);
        rig.basin.always(Kind.DATA, null);
        rig.topic(T1).produce(1000);
        worker.maxPoll = 500;
        for (int i = 0; i < 10; i++) {
            rig.drain(worker);
        }
        assertThat(rig.stream(T1).tail()).as("a fence and the records").isEqualTo(1001);
    }
}
