package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionState;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every event does in every state. A pair without a row is a failure. */
class SessionTableTest {

    /**
     * State, event, next state, effects besides the change of state. In each state the session has what {@link #inState} gives
     * it; events carry the live generation; the tick is the next one due, or a late one where none is.
     */
    private static final String TABLE = """
            IDLE        | Submitted      | CONNECTING  | OpenExchange Send
            IDLE        | Established    | IDLE        |
            IDLE        | Acked          | IDLE        |
            IDLE        | Advised        | IDLE        |
            IDLE        | Refused        | IDLE        |
            IDLE        | Ended          | IDLE        |
            IDLE        | Broken         | IDLE        |
            IDLE        | PageRead       | IDLE        |
            IDLE        | ReadFailed     | IDLE        |
            IDLE        | Tick           | IDLE        |
            IDLE        | CloseRequested | CLOSED      | Finished
            IDLE        | AbortRequested | CLOSED      | Finished

            CONNECTING  | Submitted      | CONNECTING  | Send
            CONNECTING  | Established    | OPEN        |
            CONNECTING  | Acked          | OPEN        | Complete
            CONNECTING  | Advised        | DRAINING    | EndBody
            CONNECTING  | Refused        | BACKING_OFF | Discard Retrying
            CONNECTING  | Ended          | BACKING_OFF | Discard Retrying
            CONNECTING  | Broken         | BACKING_OFF | Discard Retrying
            CONNECTING  | PageRead       | CONNECTING  |
            CONNECTING  | ReadFailed     | CONNECTING  |
            CONNECTING  | Tick           | BACKING_OFF | Discard Retrying
            CONNECTING  | CloseRequested | CONNECTING  |
            CONNECTING  | AbortRequested | CLOSED      | Discard Fail Fail Finished

            OPEN        | Submitted      | OPEN        | Send
            OPEN        | Established    | OPEN        |
            OPEN        | Acked          | OPEN        | Complete
            OPEN        | Advised        | DRAINING    | EndBody
            OPEN        | Refused        | BACKING_OFF | Discard Retrying
            OPEN        | Ended          | BACKING_OFF | Discard Retrying
            OPEN        | Broken         | BACKING_OFF | Discard Retrying
            OPEN        | PageRead       | OPEN        |
            OPEN        | ReadFailed     | OPEN        |
            OPEN        | Tick           | BACKING_OFF | Discard Retrying
            OPEN        | CloseRequested | OPEN        |
            OPEN        | AbortRequested | CLOSED      | Discard Fail Fail Finished

            DRAINING    | Submitted      | DRAINING    |
            DRAINING    | Established    | DRAINING    |
            DRAINING    | Acked          | DRAINING    | Complete
            DRAINING    | Advised        | DRAINING    |
            DRAINING    | Refused        | BACKING_OFF | Discard Retrying
            DRAINING    | Ended          | BACKING_OFF | Discard Retrying
            DRAINING    | Broken         | BACKING_OFF | Discard Retrying
            DRAINING    | PageRead       | DRAINING    |
            DRAINING    | ReadFailed     | DRAINING    |
            DRAINING    | Tick           | BACKING_OFF | Discard Retrying
            DRAINING    | CloseRequested | DRAINING    |
            DRAINING    | AbortRequested | CLOSED      | Discard Fail Fail Finished

            BACKING_OFF | Submitted      | BACKING_OFF |
            BACKING_OFF | Established    | BACKING_OFF |
            BACKING_OFF | Acked          | BACKING_OFF |
            BACKING_OFF | Advised        | BACKING_OFF |
            BACKING_OFF | Refused        | BACKING_OFF |
            BACKING_OFF | Ended          | BACKING_OFF |
            BACKING_OFF | Broken         | BACKING_OFF |
            BACKING_OFF | PageRead       | BACKING_OFF |
            BACKING_OFF | ReadFailed     | BACKING_OFF |
            BACKING_OFF | Tick           | RESOLVING   | OpenExchange Send Resent
            BACKING_OFF | CloseRequested | BACKING_OFF |
            BACKING_OFF | AbortRequested | CLOSED      | Fail Fail Finished

            RESOLVING   | Submitted      | RESOLVING   |
            RESOLVING   | Established    | RESOLVING   |
            RESOLVING   | Acked          | RESOLVING   | Complete Reconciled Send Resent
            RESOLVING   | Advised        | DRAINING    | EndBody
            RESOLVING   | Refused        | BACKING_OFF | Discard Retrying
            RESOLVING   | Ended          | BACKING_OFF | Discard Retrying
            RESOLVING   | Broken         | BACKING_OFF | Discard Retrying
            RESOLVING   | PageRead       | RESOLVING   |
            RESOLVING   | ReadFailed     | RESOLVING   |
            RESOLVING   | Tick           | BACKING_OFF | Discard Retrying
            RESOLVING   | CloseRequested | RESOLVING   |
            RESOLVING   | AbortRequested | CLOSED      | Discard Fail Fail Finished

            RECONCILING | Submitted      | RECONCILING |
            RECONCILING | Established    | RECONCILING |
            RECONCILING | Acked          | RECONCILING |
            RECONCILING | Advised        | RECONCILING |
            RECONCILING | Refused        | RECONCILING |
            RECONCILING | Ended          | RECONCILING |
            RECONCILING | Broken         | RECONCILING |
            RECONCILING | PageRead       | IDLE        | Complete Complete Reconciled
            RECONCILING | ReadFailed     | BACKING_OFF | Retrying
            RECONCILING | Tick           | BACKING_OFF | Retrying
            RECONCILING | CloseRequested | RECONCILING |
            RECONCILING | AbortRequested | CLOSED      | Fail Fail Finished

            CLOSING     | Submitted      | CLOSING     | Fail
            CLOSING     | Established    | CLOSING     |
            CLOSING     | Acked          | CLOSED      | Discard Finished
            CLOSING     | Advised        | CLOSING     |
            CLOSING     | Refused        | CLOSED      | Discard Finished
            CLOSING     | Ended          | CLOSED      | Discard Finished
            CLOSING     | Broken         | CLOSED      | Discard Finished
            CLOSING     | PageRead       | CLOSING     |
            CLOSING     | ReadFailed     | CLOSING     |
            CLOSING     | Tick           | CLOSED      | Discard Finished
            CLOSING     | CloseRequested | CLOSING     |
            CLOSING     | AbortRequested | CLOSED      | Discard Finished

            CLOSED      | Submitted      | CLOSED      | Fail
            CLOSED      | Established    | CLOSED      |
            CLOSED      | Acked          | CLOSED      |
            CLOSED      | Advised        | CLOSED      |
            CLOSED      | Refused        | CLOSED      |
            CLOSED      | Ended          | CLOSED      |
            CLOSED      | Broken         | CLOSED      |
            CLOSED      | PageRead       | CLOSED      |
            CLOSED      | ReadFailed     | CLOSED      |
            CLOSED      | Tick           | CLOSED      |
            CLOSED      | CloseRequested | CLOSED      |
            CLOSED      | AbortRequested | CLOSED      |

            FENCED      | Submitted      | FENCED      | Fail
            FENCED      | Established    | FENCED      |
            FENCED      | Acked          | FENCED      |
            FENCED      | Advised        | FENCED      |
            FENCED      | Refused        | FENCED      |
            FENCED      | Ended          | FENCED      |
            FENCED      | Broken         | FENCED      |
            FENCED      | PageRead       | FENCED      |
            FENCED      | ReadFailed     | FENCED      |
            FENCED      | Tick           | FENCED      |
            FENCED      | CloseRequested | FENCED      |
            FENCED      | AbortRequested | FENCED      |

            FAILED      | Submitted      | FAILED      | Fail
            FAILED      | Established    | FAILED      |
            FAILED      | Acked          | FAILED      |
            FAILED      | Advised        | FAILED      |
            FAILED      | Refused        | FAILED      |
            FAILED      | Ended          | FAILED      |
            FAILED      | Broken         | FAILED      |
            FAILED      | PageRead       | FAILED      |
            FAILED      | ReadFailed     | FAILED      |
            FAILED      | Tick           | FAILED      |
            FAILED      | CloseRequested | FAILED      |
            FAILED      | AbortRequested | FAILED      |
            """;

    private record Row(SessionState state, String event, SessionState next, List<String> effects) {}

    @TestFactory
    Stream<DynamicTest> everyEventInEveryState() {
        return rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.state() + " " + row.event(), () -> {
                    MachineDriver driver = inState(row.state());
                    driver.forget();
                    driver.on(event(driver, row.event()));
                    assertThat(driver.state()).isEqualTo(row.next());
                    assertThat(effects(driver)).isEqualTo(row.effects());
                }));
    }

    @Test
    void everyPairHasARow() {
        List<String> pairs = new ArrayList<>();
        for (SessionState state : SessionState.values()) {
            for (Class<?> event : SessionEvent.class.getPermittedSubclasses()) {
                pairs.add(state + " " + event.getSimpleName());
            }
        }
        assertThat(rows().stream().map(row -> row.state() + " " + row.event()))
                .containsExactlyInAnyOrderElementsOf(pairs);
    }

    @Test
    void finalStatesAreNeverLeft() {
        for (SessionState state : SessionState.values()) {
            for (SessionState next : SessionState.values()) {
                if (state.isFinal()) {
                    assertThat(state.mayBecome(next))
                            .as("%s -> %s", state, next)
                            .isFalse();
                }
            }
        }
    }

    private static List<Row> rows() {
        return TABLE.lines()
                .filter(line -> !line.isBlank())
                .map(line -> {
                    String[] cells = line.split("\\|");
                    return new Row(
                            SessionState.valueOf(cells[0].strip()),
                            cells[1].strip(),
                            SessionState.valueOf(cells[2].strip()),
                            cells.length < 4 || cells[3].isBlank()
                                    ? List.of()
                                    : List.of(cells[3].strip().split(" ")));
                })
                .toList();
    }

    private static List<String> effects(MachineDriver driver) {
        return driver.effects.stream()
                .filter(effect -> !(effect instanceof SessionEffect.StateChanged))
                .map(effect -> effect.getClass().getSimpleName())
                .toList();
    }

    /** A session in that state with two batches sent, where the state has something in flight. */
    private static MachineDriver inState(SessionState state) {
        MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, null));
        switch (state) {
            case IDLE -> {}
            case CONNECTING -> twoSent(driver);
            case OPEN -> {
                twoSent(driver);
                driver.established();
            }
            case DRAINING -> {
                MachineDriver.Append first = driver.submit(1);
                driver.submit(1);
                driver.submit(1);
                driver.established();
                driver.ackWithAdvice(first);
            }
            case BACKING_OFF -> {
                twoSent(driver);
                driver.broken();
            }
            case RESOLVING -> {
                twoSent(driver);
                driver.broken();
                driver.tick();
            }
            case RECONCILING -> {
                twoSent(driver);
                driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            }
            case CLOSING -> {
                driver.ack(driver.submit(1));
                driver.close();
            }
            case CLOSED -> driver.close();
            case FENCED -> {
                twoSent(driver);
                driver.refuse(ServerError.tokenMismatch(new FencingToken("theirs")));
            }
            case FAILED -> {
                twoSent(driver);
                driver.refuse(404, "stream_not_found");
            }
        }
        assertThat(driver.state()).isEqualTo(state);
        return driver;
    }

    private static void twoSent(MachineDriver driver) {
        driver.submit(1);
        driver.submit(1);
    }

    private static SessionEvent event(MachineDriver driver, String name) {
        long generation = driver.generation;
        return switch (name) {
            case "Submitted" -> {
                MachineDriver.Append append = new MachineDriver.Append(90, 1);
                driver.appends.add(append);
                yield new SessionEvent.Submitted(append);
            }
            case "Established" -> new SessionEvent.Established(generation);
            case "Acked" -> new SessionEvent.Acked(generation, nextAck(driver), false);
            case "Advised" -> new SessionEvent.Advised(generation);
            case "Refused" -> new SessionEvent.Refused(generation, ServerError.of(500, "storage", ""));
            case "Ended" -> new SessionEvent.Ended(generation);
            case "Broken" ->
                new SessionEvent.Broken(generation, new TransportFailure(TransportFailure.Kind.BROKEN, "reset", null));
            case "PageRead" ->
                new SessionEvent.PageRead(
                        generation,
                        new ReadBatch(
                                driver.appends.stream()
                                        .limit(2)
                                        .flatMap(append -> driver.stored(append).stream())
                                        .toList(),
                                null));
            case "ReadFailed" -> new SessionEvent.ReadFailed(generation, null, "reset");
            case "Tick" -> {
                long wait = driver.machine.nanosUntilTick(driver.now);
                driver.now += wait == Long.MAX_VALUE ? Duration.ofHours(1).toNanos() : wait;
                yield new SessionEvent.Tick();
            }
            case "CloseRequested" -> new SessionEvent.CloseRequested();
            case "AbortRequested" -> new SessionEvent.AbortRequested();
            default -> throw new AssertionError(name);
        };
    }

    /** A correct ack for the oldest batch without one. */
    private static AppendAck nextAck(MachineDriver driver) {
        return driver.appends.stream()
                .filter(append -> append.ack == null)
                .findFirst()
                .map(driver::ackOf)
                .orElseGet(() -> MachineDriver.ack(MachineDriver.START + 5, MachineDriver.START + 6));
    }
}
