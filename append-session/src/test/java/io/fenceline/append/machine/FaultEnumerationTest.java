package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.machine.SessionWorld.EventKind;
import io.fenceline.append.machine.SessionWorld.Fault;
import io.fenceline.append.machine.SessionWorld.FaultKind;
import io.fenceline.append.machine.SessionWorld.Weather;
import io.fenceline.s2.RefusalCount;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Three batches, and everything that can go wrong on the wire once and twice: at every event of the fault-free run every fault
 * that fits it, and in each of the runs that gives every fault at every later event. Complete for that bound.
 * {@code -Dfaults.depth=3} goes one deeper.
 */
class FaultEnumerationTest {

    private static final int DEPTH = Integer.getInteger("faults.depth", 2);
    private static final List<Weather> WEATHERS = weathers();

    private int cases;
    private int effective;
    private int landed;
    private int claims;
    private int holesThatDidNotMatter;
    private final Map<FaultKind, Integer> byKind = new EnumMap<>(FaultKind.class);
    private final Map<String, Integer> byEnd = new TreeMap<>();

    private static List<Weather> weathers() {
        List<Weather> all = new ArrayList<>();
        for (boolean requestsFirst : new boolean[] {true, false}) {
            for (boolean bytesOutlive : new boolean[] {true, false}) {
                for (int window : new int[] {1 << 20, 1}) {
                    all.add(new Weather(requestsFirst, bytesOutlive, window));
                }
            }
        }
        return all;
    }

    @Test
    void fencedSessionKeepsEveryRecordOnceAndInOrderUnderEveryPairOfFaults() {
        for (Weather weather : WEATHERS) {
            enumerate(RetryPolicy.FENCED, true, weather, List.of(), 0);
        }
        report("fenced");
        for (FaultKind kind : FaultKind.values()) {
            assertThat(byKind.get(kind)).as("runs with an effective %s", kind).isPositive();
        }
        assertThat(landed).as("batches found by reading back").isPositive();
        assertThat(claims).as("new claims").isPositive();
        assertThat(holesThatDidNotMatter)
                .as("positions that a trim took and that were nothing of ours")
                .isPositive();
    }

    @Test
    void policyAllWithAGuardIsAsSafeAsFenced() {
        for (Weather weather : WEATHERS) {
            enumerate(RetryPolicy.ALL, true, weather, List.of(), 0);
        }
        report("all, guarded");
    }

    @Test
    void sessionWithoutSideEffectsNeverRepeatsAndNeverLiesUnderEveryPairOfFaults() {
        for (Weather weather : WEATHERS) {
            enumerate(RetryPolicy.NO_SIDE_EFFECTS, false, weather, List.of(), 0);
            enumerate(RetryPolicy.NO_SIDE_EFFECTS, true, weather, List.of(), 0);
        }
        report("no side effects");
        assertThat(byEnd).containsKeys("Closed", "InDoubt");
    }

    @Test
    void sessionThatResendsEverythingLosesNothingUnderEveryPairOfFaults() {
        for (Weather weather : WEATHERS) {
            enumerate(RetryPolicy.ALL, false, weather, List.of(), 0);
        }
        report("all");
    }

    private void enumerate(RetryPolicy policy, boolean guarded, Weather weather, List<Fault> faults, int from) {
        List<EventKind> trace = runCase(policy, guarded, weather, faults);
        if (faults.size() == DEPTH) {
            return;
        }
        for (int event = from; event < trace.size(); event++) {
            for (FaultKind kind : FaultKind.values()) {
                List<Fault> more = new ArrayList<>(faults);
                more.add(new Fault(event, kind));
                if (kind.at == trace.get(event) && isWithinTheContract(more)) {
                    enumerate(policy, guarded, weather, more, event + 1);
                }
            }
        }
    }

    /**
     * The service promises that nothing behind a refused batch is written. Where it does not keep that, positions still do,
     * unless something else of the very length of the refused batch takes its place: no client can tell that in time.
     */
    private static boolean isWithinTheContract(List<Fault> faults) {
        boolean unpoisoned = faults.stream().anyMatch(fault -> fault.kind() == FaultKind.ERROR_429_UNPOISONED);
        boolean moved = faults.stream().anyMatch(fault -> switch (fault.kind()) {
            case COMMAND, TRIM_EVERYTHING, TRIM_EVERYTHING_BEHIND, FOREIGN -> true;
            default -> false;
        });
        return !(unpoisoned && moved);
    }

    private List<EventKind> runCase(RetryPolicy policy, boolean guarded, Weather weather, List<Fault> faults) {
        SessionWorld world = new SessionWorld(policy, guarded, weather, faults, () -> 0.5);
        try {
            world.submit(0, 2);
            world.submit(2, 1);
            world.submit(3, 2);
            world.close();
            world.run();
            check(policy, guarded, faults, world);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    policy + (guarded ? " guarded, " : " unguarded, ") + weather + ", " + faults + "\n  "
                            + String.join("\n  ", world.log) + "\n  stream: " + world.stream.ids(),
                    e);
        }
        cases++;
        effective += world.effectiveFaults;
        landed += world.landedByReadBack;
        claims += world.claims;
        holesThatDidNotMatter += world.holesThatDidNotMatter;
        for (Fault fault : faults) {
            byKind.merge(fault.kind(), 1, Integer::sum);
        }
        byEnd.merge(world.end == null ? "none" : world.end.getClass().getSimpleName(), 1, Integer::sum);
        return world.trace;
    }

    private static void check(RetryPolicy policy, boolean guarded, List<Fault> faults, SessionWorld world) {
        assertThat(world.effectiveFaults).isEqualTo(faults.size());
        boolean closed = world.end instanceof SessionEnd.Closed;
        boolean replayed = faults.stream()
                .anyMatch(
                        fault -> fault.kind() == FaultKind.DUPLICATE_NOW || fault.kind() == FaultKind.DUPLICATE_AT_END);
        // without a position in mind a session has to believe what an ack says
        boolean misled = faults.stream().anyMatch(fault -> fault.kind() == FaultKind.WRONG_START);
        // without conditions a network that plays bytes twice writes them twice, and late ones land anywhere
        if (guarded) {
            world.checkStream();
            world.checkTickets();
        } else if (policy == RetryPolicy.NO_SIDE_EFFECTS && !replayed && !world.stream.wasRecreated()) {
            assertThat(world.stream.ids()).doesNotHaveDuplicates();
            if (!misled) {
                world.checkTickets();
            }
        }
        if (closed) {
            assertThat(world.tickets).allMatch(ticket -> ticket.ack != null || ticket.foundByClaim);
            if (!world.stream.wasRecreated()) {
                List<Integer> expected = new ArrayList<>();
                for (int id = 0; id < 5; id++) {
                    expected.add(id);
                }
                assertThat(world.stream.ids()).containsAll(expected);
            }
        }
        if (policy != RetryPolicy.NO_SIDE_EFFECTS
                && faults.stream().allMatch(fault -> fault.kind().isTransient())) {
            assertThat(world.end).isInstanceOf(SessionEnd.Closed.class);
        }
        endsFitTheirCauses(faults, world);
    }

    private static void endsFitTheirCauses(List<Fault> faults, SessionWorld world) {
        SessionEnd end = world.end;
        if (end instanceof SessionEnd.Fenced) {
            assertThat(faults).anyMatch(fault -> fault.kind() == FaultKind.FENCED_BY_OTHER);
        } else if (end instanceof SessionEnd.ForeignWriter) {
            assertThat(faults).anyMatch(fault -> fault.kind() == FaultKind.FOREIGN);
        } else if (end instanceof SessionEnd.StreamReset) {
            assertThat(faults).anyMatch(fault -> fault.kind() == FaultKind.RECREATED);
        } else if (end instanceof SessionEnd.TargetMissing) {
            assertThat(faults)
                    .anyMatch(fault -> fault.kind() == FaultKind.ERROR_404 || fault.kind() == FaultKind.READ_404);
        } else if (end instanceof SessionEnd.Rejected) {
            assertThat(faults).anyMatch(fault -> fault.kind() == FaultKind.ERROR_422);
        } else if (end instanceof SessionEnd.AuthFailed) {
            assertThat(faults)
                    .filteredOn(fault -> fault.kind() == FaultKind.ERROR_401 || fault.kind() == FaultKind.PREFLIGHT_401)
                    .hasSizeGreaterThanOrEqualTo(RefusalCount.REFUSALS_OF_RIGHTS);
        } else if (end instanceof SessionEnd.TailMoved) {
            assertThat(world.watermarkUnknown || !world.stream.token().value().startsWith("owner"))
                    .isTrue();
        } else if (end instanceof SessionEnd.ProtocolFailed) {
            assertThat(faults).anyMatch(fault -> fault.kind() == FaultKind.RECREATED);
        } else if (!(end instanceof SessionEnd.Closed) && !(end instanceof SessionEnd.InDoubt)) {
            throw new AssertionError("unexpected end " + end);
        }
    }

    private void report(String policy) {
        System.out.printf(
                "fault enumeration, %s: %d cases, %d effective faults, %d batches found by reading back, %d new claims, ends %s%n",
                policy, cases, effective, landed, claims, byEnd);
    }
}
