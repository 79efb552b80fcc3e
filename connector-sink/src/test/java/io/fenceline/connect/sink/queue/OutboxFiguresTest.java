package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.sink.queue.OutboxRig.FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.OTHER_FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.POLICY;
import static io.fenceline.connect.sink.queue.OutboxRig.STANDARD;
import static io.fenceline.connect.sink.queue.OutboxRig.accepted;
import static io.fenceline.connect.sink.queue.OutboxRig.answered;
import static io.fenceline.connect.sink.queue.OutboxRig.failed;
import static io.fenceline.connect.sink.queue.OutboxRig.not;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task shows of its requests and of what waits. */
class OutboxFiguresTest {

    private final OutboxRig rig = new OutboxRig();
    private final OutboxLane lane = rig.lane(FIFO);

    private Object figure(String name) {
        Object value = rig.outbox.figures().gauges(rig::now).stream()
                .filter(gauge -> gauge.name().equals(name))
                .map(Gauge::value)
                .findFirst()
                .orElseThrow()
                .read();
        assertThat(value).isNotNull();
        return value;
    }

    private void requireInFlight(int requests, long bytes, long ageMillis) {
        assertThat(figure("requests-in-flight")).isEqualTo(requests);
        assertThat(figure("bytes-in-flight")).isEqualTo(bytes);
        assertThat(figure("oldest-request-age-ms")).isEqualTo(ageMillis);
    }

    private SendRequest request(String group, long offset, int size) {
        rig.add(lane, group, offset, size, rig.wallNow());
        rig.outbox.flush(lane);
        return rig.taken();
    }

    @Test
    void aRequestIsInFlightFromWhenItIsPackedUntilItsMessagesAreSettled() {
        requireInFlight(0, 0, 0);
        SendRequest first = request("a", 0, 100);
        rig.advance(Duration.ofMillis(30));
        SendRequest second = request("b", 1, 250);
        rig.advance(Duration.ofMillis(12));
        requireInFlight(2, 350, 42);

        rig.answer(first, accepted(first));
        requireInFlight(1, 250, 12);

        rig.answer(second, accepted(second));
        requireInFlight(0, 0, 0);
    }

    @Test
    void oneThatWaitsForItsNextAttemptIsInFlightSinceItsFirst() {
        SendRequest first = request("a", 0, 100);
        rig.answer(first, failed(QueueAnswer.UNREACHABLE));

        rig.advance(Duration.ofMinutes(10));
        requireInFlight(1, 100, 600_000);

        SendRequest again = rig.taken();
        rig.answer(again, failed(QueueAnswer.UNREACHABLE));
        requireInFlight(1, 100, 600_000);
    }

    @Test
    void whatIsSettledInARequestIsInFlightNoLonger() {
        rig.add(lane, "a", 0, 100, rig.wallNow());
        rig.add(lane, "b", 1, 30, rig.wallNow());
        rig.add(lane, "c", 2, 7, rig.wallNow());
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        requireInFlight(1, 137, 0);

        rig.answer(request, answered(accepted(), not(QueueAnswer.THROTTLED), not(QueueAnswer.REFUSED)));

        requireInFlight(1, 30, 0);
    }

    @Test
    void whenTheOldestIsSettledTheNextOneIsTheOldest() {
        SendRequest first = request("a", 0, 1);
        rig.advance(Duration.ofMillis(10));
        SendRequest second = request("b", 1, 1);
        rig.advance(Duration.ofMillis(10));
        SendRequest third = request("c", 2, 1);

        rig.answer(second, accepted(second));
        requireInFlight(2, 2, 20);
        rig.answer(first, accepted(first));
        requireInFlight(1, 1, 0);
        rig.answer(third, failed(QueueAnswer.MISSING));
        requireInFlight(0, 0, 0);
    }

    @Test
    void aRequestThatIsSplitUpIsInFlightNoLongerAndItsPartsAreWhenTheyArePacked() {
        rig.add(lane, "a", 0, 100, rig.wallNow());
        rig.add(lane, "b", 1, 30, rig.wallNow());
        rig.advance(POLICY.linger());
        rig.answer(rig.taken(), failed(QueueAnswer.REFUSED));
        requireInFlight(0, 0, 0);

        assertThat(rig.takeAll()).hasSize(2);

        requireInFlight(2, 130, 0);
    }

    /** What is under way cannot be called back, and holds its group and its thread. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDroppedLaneHasOnlyInFlightWhatIsUnderWay(boolean underWay) {
        SendRequest request = request("a", 0, 100);
        if (!underWay) {
            rig.answer(request, failed(QueueAnswer.UNREACHABLE));
        }

        rig.outbox.drop(lane, rig.now());

        requireInFlight(underWay ? 1 : 0, underWay ? 100 : 0, 0);
        if (underWay) {
            rig.come(request, failed(QueueAnswer.NO_ANSWER));
        }
        requireInFlight(0, 0, 0);
    }

    @Test
    void theGroupsOfAllFifoQueuesAreCounted() {
        OutboxLane other = rig.lane(OTHER_FIFO);
        OutboxLane standard = rig.lane(STANDARD);
        rig.add(lane, "a", 0, 1, 2);
        rig.add(lane, "b", 3);
        rig.add(other, "a", 0);
        rig.add(standard, "tenant", 0);
        assertThat(figure("message-groups-waiting")).isEqualTo(3);
        rig.advance(POLICY.linger());
        List<SendRequest> all = rig.takeAll();
        assertThat(figure("message-groups-waiting")).as("in flight").isEqualTo(3);

        all.forEach(request -> rig.answer(request, accepted(request)));

        assertThat(figure("message-groups-waiting")).isEqualTo(0);
    }

    @Test
    void theGroupsOfADroppedLaneAreForgotten() {
        rig.add(lane, "a", 0);
        rig.add(lane, "b", 1);
        rig.add(rig.lane(FIFO), "b", 100);

        rig.outbox.drop(lane, rig.now());

        assertThat(figure("message-groups-waiting")).isEqualTo(1);
    }
}
