package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.machine.SessionWorld.Fault;
import io.fenceline.append.machine.SessionWorld.FaultKind;
import io.fenceline.append.machine.SessionWorld.Weather;
import io.fenceline.s2.RefusalCount;
import io.fenceline.testkit.SameRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Long sessions under many faults, all drawn from a seed: batches come in while the wire misbehaves.
 * {@code -Dsimulation.seed=N} runs one seed again and prints what happened, {@code -Dsimulation.seconds=N} sets the time,
 * {@code -Dsimulation.from=N} the first seed.
 */
class SessionSimulationTest {

    private static final Long ONE_SEED = Long.getLong("simulation.seed");
    private static final long SECONDS = Long.getLong("simulation.seconds", 8);
    private static final long FIRST_SEED = Long.getLong("simulation.from", 0);
    private static final int LEAST_SEEDS = 2_000;

    private static final List<FaultKind> TRANSIENT =
            Arrays.stream(FaultKind.values()).filter(FaultKind::isTransient).toList();

    private record Outcome(SessionWorld world, List<String> log) {}

    @Test
    void everySeedKeepsEveryRecordOnceAndInOrder() {
        if (ONE_SEED != null) {
            simulate(ONE_SEED).log().forEach(System.out::println);
            return;
        }
        long until = System.nanoTime() + SECONDS * 1_000_000_000L;
        TreeMap<String, Integer> ends = new TreeMap<>();
        long effective = 0;
        long landed = 0;
        long seed = FIRST_SEED;
        while (seed < FIRST_SEED + LEAST_SEEDS || System.nanoTime() < until) {
            Outcome outcome = simulate(seed++);
            effective += outcome.world().effectiveFaults;
            landed += outcome.world().landedByReadBack;
            ends.merge(outcome.world().end.getClass().getSimpleName(), 1, Integer::sum);
        }
        System.out.printf(
                "session simulation: seeds %d to %d, %d effective faults, %d batches found by reading back, ends %s%n",
                FIRST_SEED, seed - 1, effective, landed, ends);
        assertThat(landed).isPositive();
    }

    @Test
    void sameSeedGivesTheSameRun() {
        List<String> here = fiftyRuns();
        SameRun.compare("again", here, fiftyRuns());
        SameRun.inOtherJvms(here, FiftyRuns.class);
    }

    private static List<String> fiftyRuns() {
        List<String> log = new ArrayList<>();
        for (long seed = 0; seed < 50; seed++) {
            log.add("seed " + seed);
            log.addAll(simulate(seed).log());
        }
        return log;
    }

    static final class FiftyRuns {
        private FiftyRuns() {}

        public static void main(String[] none) {
            fiftyRuns().forEach(System.out::println);
        }
    }

    private static Outcome simulate(long seed) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L);
        boolean onlyTransient = random.nextInt(4) > 0;
        Weather weather =
                new Weather(random.nextBoolean(), random.nextBoolean(), new int[] {1, 60, 1 << 20}[random.nextInt(3)]);
        List<Fault> faults = faults(random, onlyTransient);
        SessionWorld world = new SessionWorld(RetryPolicy.FENCED, true, weather, faults, random::nextDouble);
        try {
            int id = 0;
            for (int batch = 0; batch < 20 && world.end == null && world.claims == 0; batch++) {
                int records = 1 + random.nextInt(4);
                world.submit(id, records);
                id += records;
                for (int steps = random.nextInt(6);
                        steps > 0 && world.end == null && world.hasSomethingToDo();
                        steps--) {
                    world.step();
                }
            }
            if (world.end == null && world.claims == 0) {
                world.close();
            }
            world.run();
            world.checkStream();
            world.checkTickets();
            if (world.end instanceof SessionEnd.Closed) {
                assertThat(world.tickets).allMatch(ticket -> ticket.ack != null || ticket.foundByClaim);
                assertThat(world.stream.ids()).hasSize(world.recordsSubmitted());
            } else if (world.end instanceof SessionEnd.ProtocolFailed failed) {
                // only that many senseless answers without progress; that a sixth would have made sense nobody can know
                assertThat(world.senselessSinceProgress).as("%s", failed).isEqualTo(RefusalCount.STRANGE_ANSWERS);
            } else {
                assertThat(onlyTransient)
                        .as("only what lasts ends a session: %s", world.end)
                        .isFalse();
            }
            return new Outcome(world, world.log);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + " (run it again with -Dsimulation.seed=" + seed + "): " + weather + " " + faults
                            + "\n  " + String.join("\n  ", world.log) + "\n  stream: " + world.stream.ids(),
                    e);
        }
    }

    private static List<Fault> faults(Random random, boolean onlyTransient) {
        List<Fault> faults = new ArrayList<>();
        int every = 2 + random.nextInt(10);
        for (int event = 0; event < 120; event++) {
            if (random.nextInt(every) == 0) {
                // one of each kind of event, as it is not known yet which this one will be
                for (SessionWorld.EventKind at : SessionWorld.EventKind.values()) {
                    faults.add(new Fault(event, pick(random, at, onlyTransient)));
                }
            }
        }
        boolean unpoisoned = faults.stream().anyMatch(fault -> fault.kind() == FaultKind.ERROR_429_UNPOISONED);
        if (unpoisoned && !onlyTransient) {
            faults.removeIf(fault -> fault.kind() == FaultKind.ERROR_429_UNPOISONED);
        }
        return faults;
    }

    private static FaultKind pick(Random random, SessionWorld.EventKind at, boolean onlyTransient) {
        boolean lasting = !onlyTransient && random.nextInt(8) == 0;
        List<FaultKind> kinds = Arrays.stream(FaultKind.values())
                .filter(kind -> kind.at == at && (lasting || TRANSIENT.contains(kind)))
                .toList();
        return kinds.get(random.nextInt(kinds.size()));
    }
}
