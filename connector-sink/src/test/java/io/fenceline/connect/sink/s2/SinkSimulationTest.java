package io.fenceline.connect.sink.s2;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.testkit.SameRun;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Several tasks on three partitions, with everything that can go wrong going wrong at random: tasks die, pause and come
 * back as zombies, partitions move eagerly or one by one, answers are lost, requests arrive late, operators trim,
 * retention removes what a checkpoint covers, dead letter queues are slow, others append to streams, delete or replace
 * them. After each commit: what is committed is in the stream or was reported. Once a task has stopped because of what was
 * done to a stream, nobody writes there and everybody stops with the same code until an operator decides (INV-51). At the
 * end, with everything healed: each stream is its partition, record by record; of one that was deleted, what the old and the
 * new ones held together.
 *
 * <p>Prints its seed; {@code -Dseed=…} runs one again and prints what happened, {@code -Druns=…} says how many.
 */
class SinkSimulationTest {

    private static final List<TopicPartition> PARTITIONS =
            List.of(new TopicPartition("t", 0), new TopicPartition("t", 1), new TopicPartition("t", 2));

    private static final byte[] TOO_LARGE = new byte[(1 << 20) + 1];

    private static final Map<String, Integer> TOTALS = new HashMap<>();

    @Test
    void streamsEqualTheirPartitionsWhateverHappens() {
        Long given = Long.getLong("seed");
        int runs = given != null ? 1 : Integer.getInteger("runs", 100);
        long first = given != null ? given : System.nanoTime();
        for (int run = 0; run < runs; run++) {
            long seed = first + run;
            List<String> log = simulate(seed);
            if (given != null) {
                log.forEach(System.out::println);
            }
        }
        System.out.println("simulated " + runs + " runs from seed " + first + ": " + TOTALS);
        if (runs >= 30) {
            for (String effective : List.of(
                    "killed",
                    "zombies",
                    "late landed",
                    "unheard DATA",
                    "unheard FENCE",
                    "trims",
                    "converter away",
                    "FOREIGN_WRITER",
                    "STREAM_RESET",
                    "TARGET_MISSING",
                    "stopped again",
                    "offsets set")) {
                assertThat(TOTALS.getOrDefault(effective, 0))
                        .as("runs in which " + effective)
                        .isPositive();
            }
        }
    }

    @Test
    void sameSeedGivesTheSameRun() {
        List<String> here = someRuns();
        SameRun.compare("again", here, someRuns());
        SameRun.inOtherJvms(here, SomeRuns.class);
    }

    private static List<String> someRuns() {
        List<String> log = new ArrayList<>();
        for (long seed = 1; seed <= 20; seed++) {
            log.add("seed " + seed);
            log.addAll(simulate(seed));
        }
        return log;
    }

    static final class SomeRuns {
        private SomeRuns() {}

        public static void main(String[] none) {
            someRuns().forEach(System.out::println);
        }
    }

    /** Gives back what happened. */
    private static List<String> simulate(long seed) {
        Simulation simulation = new Simulation(seed);
        try (simulation) {
            simulation.run();
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(
                    "seed " + seed + " (run it again with -Dseed=" + seed + "): " + failure.getMessage()
                            + "\n  the last that happened:\n  " + simulation.lastLines(40),
                    failure);
        }
        return simulation.log;
    }

    private static void count(String what) {
        TOTALS.merge(what, 1, Integer::sum);
    }

    private static final class Simulation implements AutoCloseable {

        private final SinkRig rig;
        private final Random random;
        private final List<WorkerModel> members = new ArrayList<>();
        /** Workers that the group has given up and that do not know it yet. */
        private final List<WorkerModel> zombies = new ArrayList<>();

        private final Map<TopicPartition, Set<Long>> errant = new HashMap<>();
        private final Map<TopicPartition, Set<Long>> reported = new HashMap<>();
        private final Map<Kind, Integer> trouble = new EnumMap<>(Kind.class);
        /** Retention takes whatever it likes; an operator settles what can no longer be known. */
        private final boolean harsh;

        /** Stopped partitions are held instead of stopping their task. */
        private final boolean holds;
        /** What streams of a partition held that were deleted, oldest first. */
        private final Map<TopicPartition, List<List<Long>>> deleted = new HashMap<>();
        /** Partitions to which something was done that a task may stop for, ever. */
        private final Set<TopicPartition> meddledWith = new HashSet<>();
        /** Stops that were reported, and over which nobody has decided since. */
        private final Map<TopicPartition, Stopped> stopped = new HashMap<>();

        private final Set<TopicPartition> decided = new HashSet<>();
        /** Codes of marks over which somebody has decided, ever. */
        private final Map<TopicPartition, Set<TerminalCode>> overruled = new HashMap<>();

        /** Counts polls and decisions, to tell which was first. */
        private long moment;

        private final Map<TopicPartition, Long> decidedAt = new HashMap<>();
        private final Map<WorkerModel, Long> polledAt = new HashMap<>();

        private record Stopped(TerminalCode code, List<Long> written) {}

        private boolean healed;

        private final List<String> log = new ArrayList<>();
        private final Map<TopicPartition, String> lastLogged = new HashMap<>();

        Simulation(long seed) {
            // Neighbouring seeds would begin with the same numbers.
            SplittableRandom seeds = new SplittableRandom(seed);
            rig = new SinkRig(seeds.nextLong());
            random = new Random(seeds.nextLong());
            harsh = random.nextInt(4) == 0;
            holds = !harsh && random.nextInt(4) == 0;
            rig.properties.put("on.stop", holds ? "hold" : "fail");
            rig.properties.put("batch.max.records", String.valueOf(1 + random.nextInt(6)));
            rig.properties.put("linger.ms", String.valueOf(random.nextInt(20)));
            rig.properties.put("checkpoint.idle.ms", random.nextInt(4) == 0 ? "0" : "2000");
            rig.properties.put("buffer.max.bytes", String.valueOf(500 + random.nextInt(50_000)));
            rig.properties.put("errors.tolerance", "all");
            rig.properties.put("errors.deadletterqueue.topic.name", "dlq");
            rig.properties.put("body.converter", UnsteadyConverter.class.getName());
            UnsteadyConverter.failures = 0;
            rig.basin.letAbortedArriveLate();
            rig.basin.letTheRestArriveLate();
            for (TopicPartition partition : PARTITIONS) {
                rig.topic(partition);
                rig.stream(partition);
                deleted.put(partition, new ArrayList<>());
                errant.put(partition, new HashSet<>());
                reported.put(partition, new HashSet<>());
            }
            for (Kind kind : Kind.values()) {
                trouble.put(kind, random.nextInt(3) * random.nextInt(kind == Kind.DATA ? 25 : 15));
            }
            rig.basin.setNetwork((kind, stream) -> {
                Fate fate = fate(kind);
                log.add(kind + " of " + stream + ": " + fate);
                return fate;
            });
        }

        private String lastLines(int count) {
            return String.join("\n  ", log.subList(Math.max(0, log.size() - count), log.size()));
        }

        /** What has become of streams and commits. */
        private void logChanges() {
            for (TopicPartition partition : PARTITIONS) {
                ModelTopic topic = rig.topic(partition);
                String stream = "none";
                if (rig.basin.exists(partition.topic() + "/" + partition.partition())) {
                    ModelStream held = rig.stream(partition);
                    stream = "tail " + held.tail() + ", token " + held.token().value();
                }
                String now =
                        partition + ": end " + topic.end() + ", committed " + topic.committed() + "; stream " + stream;
                if (!now.equals(lastLogged.put(partition, now))) {
                    log.add(now);
                }
            }
        }

        private Fate fate(Kind kind) {
            if (healed || random.nextInt(100) >= trouble.get(kind)) {
                return Fate.ANSWERED;
            }
            Fate fate =
                    switch (random.nextInt(5)) {
                        case 0 -> Fate.HELD;
                        case 1 -> Fate.LOST;
                        case 2 -> Fate.LATE;
                        case 3 -> Fate.UNREACHABLE;
                        default -> Fate.UNHEARD;
                    };
            if (fate == Fate.UNHEARD) {
                count("unheard " + kind);
            }
            return fate;
        }

        void run() {
            join();
            int steps = 150 + random.nextInt(250);
            for (int step = 0; step < steps; step++) {
                step(random.nextInt(41));
                rig.settleLoops();
                logChanges();
                checkStopped();
            }
            finish();
            logChanges();
            logStreams();
        }

        private void logStreams() {
            for (TopicPartition partition : PARTITIONS) {
                for (SequencedRecord record : rig.stream(partition).everything()) {
                    log.add(partition + "@" + record.seqNum() + " at " + record.timestamp() + ": "
                            + new String(record.body(), StandardCharsets.UTF_8));
                }
            }
        }

        private void step(int kind) {
            log.add("step " + kind + " at " + rig.now());
            switch (kind) {
                case 0, 1, 2, 3 -> produce();
                case 4 -> commit();
                case 5 ->
                    rig.advance(
                            random.nextInt(4) == 0
                                    ? Duration.ofSeconds(random.nextInt(60))
                                    : Duration.ofMillis(random.nextInt(3000)));
                case 7 -> moveOne();
                case 8 -> kill();
                case 9 -> becomeZombie();
                case 10 -> buryZombie();
                case 11, 12, 6 -> zombieActs();
                case 13 -> landLate();
                case 14 -> trim();
                case 15 -> expire();
                case 16 -> rebalanceEagerly();
                case 17, 18 -> rig.advance(Duration.ofMillis(random.nextInt(30)));
                case 19, 20 -> rig.basin.deliver();
                case 21 -> rig.settle();
                case 22 -> loseTheConverter();
                case 23, 27 -> meddle();
                case 24, 25, 26 -> decide(anyPartition());
                default -> poll();
            }
        }

        private void produce() {
            TopicPartition partition = anyPartition();
            ModelTopic topic = rig.topic(partition);
            for (int i = random.nextInt(12); i >= 0; i--) {
                int kind = random.nextInt(40);
                if (kind == 0) {
                    topic.skip();
                } else if (kind == 1) {
                    errant.get(partition).add(topic.produce(topic.end() + 1, TOO_LARGE));
                } else if (kind == 2) {
                    topic.produce(null, topic.value(topic.end()));
                } else if (kind < 12) {
                    topic.produce(topic.end() + 1, 7); // for the converter
                } else {
                    topic.produce(1);
                }
            }
        }

        /** Its registry is away for the next records that need it. */
        private void loseTheConverter() {
            if (random.nextBoolean()) {
                UnsteadyConverter.failures = random.nextInt(30);
                count("converter away");
            }
        }

        // -------------------------------------------------------------- the group

        private WorkerModel join() {
            WorkerModel worker = rig.worker();
            worker.maxPoll = 1 + random.nextInt(20);
            worker.reporter = (record, error) -> {
                ReportedLater report = new ReportedLater(
                        reported.get(new TopicPartition(record.originalTopic(), record.originalKafkaPartition())),
                        record.originalKafkaOffset());
                reports.add(report);
                return report.done;
            };
            worker.start();
            members.add(worker);
            polledAt.put(worker, ++moment);
            Set<TopicPartition> free = new TreeSet<>(rig.topics.comparator());
            free.addAll(PARTITIONS);
            members.forEach(member -> free.removeAll(member.assigned()));
            worker.assign(free.toArray(TopicPartition[]::new));
            return worker;
        }

        private void poll() {
            WorkerModel worker = members.get(random.nextInt(members.size()));
            attempt(worker, worker::poll);
            if (random.nextBoolean()) {
                rig.settle();
            }
        }

        private void commit() {
            WorkerModel worker = members.get(random.nextInt(members.size()));
            guard(worker, worker::commit);
            checkCommitted();
        }

        private void attempt(WorkerModel worker, Runnable polls) {
            guard(worker, polls);
            polledAt.put(worker, ++moment);
        }

        /** A member whose task fails is restarted; only being fenced, and what was done to a stream, are reasons to fail. */
        private void guard(WorkerModel worker, Runnable call) {
            try {
                call.run();
            } catch (TerminalException end) {
                count(end.code().toString());
                log.add("stopped: " + String.valueOf(end.getMessage()).replace("\n", " | "));
                if (harsh && end.code() == TerminalCode.WATERMARK_UNKNOWN) {
                    settleWatermarks();
                } else if (StopMark.isFor(end.code())) {
                    onStop(worker, end);
                } else {
                    assertThat(end.code()).as(end.getMessage()).isEqualTo(TerminalCode.FENCED);
                }
                members.remove(worker);
                zombies.remove(worker);
                worker.task.close(worker.assigned());
                rig.kill(worker);
                if (members.isEmpty() || random.nextBoolean()) {
                    join();
                } else {
                    giveAwayTheRest();
                }
            }
        }

        /** As an operator does who asks the stream's readers for the last offset they have. */
        private void settleWatermarks() {
            stopped.clear();
            decided.addAll(PARTITIONS);
            for (TopicPartition partition : PARTITIONS) {
                overrule(partition);
                ModelStream stream = rig.stream(partition);
                List<Long> offsets = stream.offsets();
                long behind = stream.tail() + 1;
                Checkpoint fact = offsets.isEmpty()
                        ? Checkpoint.groupPositionFrom(behind)
                        : Checkpoint.of(offsets.get(offsets.size() - 1), behind, Anchor.UNKNOWN);
                stream.fence(CheckpointToken.fresh(fact, random).value());
            }
        }

        /** Its message says which partition it is, and whether the task could leave a mark. */
        private void onStop(WorkerModel worker, TerminalException end) {
            String message = String.valueOf(end.getMessage());
            TopicPartition partition = PARTITIONS.stream()
                    .filter(one -> message.contains("partition: " + one + ","))
                    .findFirst()
                    .orElseThrow();
            assertThat(meddledWith).as(message).contains(partition);
            Stopped before = stopped.get(partition);
            if (before != null && message.contains("left a stop mark")) {
                if (end.code() != before.code()) {
                    // One that was not called for long has met an earlier mark, over which somebody has decided since.
                    assertThat(decidedAt.getOrDefault(partition, -1L))
                            .as(message)
                            .isGreaterThan(polledAt.get(worker));
                    assertThat(overruled.getOrDefault(partition, Set.of()))
                            .as(message)
                            .contains(end.code());
                }
                count("stopped again");
            }
            // A task may be told by the next call only, when somebody has decided already.
            StopMark left = mark(partition);
            boolean late = left == null && decided.contains(partition);
            if (before == null && !late && !message.contains("may not last")) {
                // Of two tasks that stop at once, the mark is the first one's.
                stopped.put(partition, new Stopped(left == null ? end.code() : left.code(), current(partition)));
            }
        }

        private void checkStopped() {
            stopped.forEach((partition, stop) -> assertThat(current(partition))
                    .as("stream of %s, which was stopped with %s", partition, stop.code())
                    .isEqualTo(stop.written()));
        }

        /** Others append to a stream, delete it or replace it, but for one that a task has stopped for already. */
        private void meddle() {
            TopicPartition partition = anyPartition();
            String name = partition.topic() + "/" + partition.partition();
            if (random.nextBoolean() || stopped.containsKey(partition) || mark(partition) != null) {
                return;
            }
            meddledWith.add(partition);
            int kind = random.nextInt(4);
            if (kind >= 2) {
                rig.stream(partition).scribble("somebody else's");
                return;
            }
            deleted.get(partition).add(current(partition));
            rig.basin.delete(name);
            if (kind == 1) {
                rig.stream(partition);
            }
        }

        /** An operator says where to go on, if a task has left a mark. */
        private void decide(TopicPartition partition) {
            StopMark mark = mark(partition);
            if (mark == null) {
                return;
            }
            ModelStream stream = rig.stream(partition);
            overrule(partition);
            stopped.remove(partition);
            decided.add(partition);
            if (mark.code() == TerminalCode.FOREIGN_WRITER && !stream.hasHoles() && random.nextInt(4) > 0) {
                stream.fence("");
                count("fences cleared");
            } else {
                long last = everything(partition).stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(-1);
                long behind = stream.tail() + 1;
                Checkpoint fact =
                        last < 0 ? Checkpoint.groupPositionFrom(behind) : Checkpoint.of(last, behind, Anchor.UNKNOWN);
                stream.fence(CheckpointToken.fresh(fact, random).value());
                count("offsets set");
            }
            if (holds) {
                count("held");
                for (WorkerModel member : members) {
                    if (member.assigned().contains(partition)) {
                        member.revoke(partition);
                        member.assign(partition);
                    }
                }
            }
        }

        private void overrule(TopicPartition partition) {
            StopMark mark = mark(partition);
            if (mark != null) {
                overruled.computeIfAbsent(partition, ignored -> new HashSet<>()).add(mark.code());
                decidedAt.put(partition, ++moment);
            }
        }

        private @Nullable StopMark mark(TopicPartition partition) {
            return rig.basin.exists(partition.topic() + "/" + partition.partition())
                    ? StopMark.read(rig.stream(partition).token())
                    : null;
        }

        /** Offsets in the partition's stream, none if it does not exist. */
        private List<Long> current(TopicPartition partition) {
            return rig.basin.exists(partition.topic() + "/" + partition.partition())
                    ? rig.stream(partition).offsets()
                    : List.of();
        }

        /** And in those that were deleted. */
        private List<Long> everything(TopicPartition partition) {
            List<Long> all = new ArrayList<>();
            deleted.get(partition).forEach(all::addAll);
            all.addAll(current(partition));
            return all;
        }

        private void giveAwayTheRest() {
            Set<TopicPartition> free = new HashSet<>(PARTITIONS);
            members.forEach(member -> free.removeAll(member.assigned()));
            if (!free.isEmpty()) {
                members.get(random.nextInt(members.size())).assign(free.toArray(TopicPartition[]::new));
            }
        }

        private void kill() {
            if (random.nextInt(3) == 0) {
                WorkerModel victim = members.remove(random.nextInt(members.size()));
                rig.kill(victim);
                count("killed");
                replace();
            }
        }

        private void becomeZombie() {
            if (random.nextInt(3) == 0) {
                zombies.add(members.remove(random.nextInt(members.size())));
                count("zombies");
                replace();
            }
        }

        private void replace() {
            if (members.isEmpty() || random.nextBoolean()) {
                join();
            } else {
                giveAwayTheRest();
            }
        }

        /** A zombie polls what it still holds; of the group's offsets it can commit none. */
        private void zombieActs() {
            if (!zombies.isEmpty()) {
                WorkerModel zombie = zombies.get(random.nextInt(zombies.size()));
                attempt(zombie, zombie::poll);
            }
        }

        private void buryZombie() {
            if (!zombies.isEmpty()) {
                WorkerModel zombie = zombies.remove(random.nextInt(zombies.size()));
                zombie.lose(zombie.assigned().toArray(TopicPartition[]::new));
                if (random.nextBoolean()) {
                    rig.kill(zombie);
                } else {
                    // It joins again.
                    members.add(zombie);
                }
            }
        }

        private void moveOne() {
            WorkerModel from = members.get(random.nextInt(members.size()));
            if (from.assigned().isEmpty()) {
                return;
            }
            TopicPartition moved =
                    from.assigned().get(random.nextInt(from.assigned().size()));
            from.revoke(moved);
            checkCommitted();
            if (members.size() < 3 && random.nextBoolean()) {
                join();
            } else {
                members.get(random.nextInt(members.size())).assign(moved);
            }
        }

        private void rebalanceEagerly() {
            for (WorkerModel member : members) {
                member.revoke(member.assigned().toArray(TopicPartition[]::new));
            }
            checkCommitted();
            Map<WorkerModel, List<TopicPartition>> assignment = new HashMap<>();
            for (TopicPartition partition : PARTITIONS) {
                assignment
                        .computeIfAbsent(members.get(random.nextInt(members.size())), ignored -> new ArrayList<>())
                        .add(partition);
            }
            for (WorkerModel member : members) {
                member.assign(assignment.getOrDefault(member, List.of()).toArray(TopicPartition[]::new));
            }
        }

        // -------------------------------------------------------------- the outside

        /** A report to the dead letter queue that is under way. */
        private final List<ReportedLater> reports = new ArrayList<>();

        private static final class ReportedLater {
            final CompletableFuture<Void> done = new CompletableFuture<>();
            final Set<Long> into;
            final long offset;

            ReportedLater(Set<Long> into, long offset) {
                this.into = into;
                this.offset = offset;
            }
        }

        private void landLate() {
            if (random.nextInt(6) == 0 || healed) {
                while (!reports.isEmpty()) {
                    ReportedLater report = reports.remove(0);
                    report.into.add(report.offset);
                    report.done.complete(null);
                }
            }
            if (rig.basin.lateRequests() > 0) {
                int before = rig.basin.landed();
                rig.basin.landLate(random.nextInt(rig.basin.lateRequests()));
                if (rig.basin.landed() > before) {
                    count("late landed");
                }
            }
        }

        private void trim() {
            TopicPartition partition = anyPartition();
            if (!rig.basin.exists(partition.topic() + "/" + partition.partition())) {
                return;
            }
            ModelStream stream = rig.stream(partition);
            // Up to what a checkpoint covers: more would be a loss that has to stop the task.
            Long covered = CheckpointToken.read(stream.token()).position();
            if (harsh && random.nextInt(3) == 0) {
                // Takes everything, its own record included.
                stream.trim(stream.tail() + 1_000);
                count("trims above the tail");
            } else if (random.nextInt(4) == 0) {
                stream.trim(covered == null ? 0 : Math.min(covered, stream.tail()));
                count("trims");
            }
        }

        private void expire() {
            TopicPartition partition = anyPartition();
            if (!rig.basin.exists(partition.topic() + "/" + partition.partition())) {
                return;
            }
            ModelStream stream = rig.stream(partition);
            Long covered = CheckpointToken.read(stream.token()).position();
            if (harsh && random.nextInt(3) == 0) {
                for (int i = random.nextInt(5); i >= 0 && stream.tail() > 0; i--) {
                    stream.expire(random.nextInt((int) stream.tail()));
                }
                count("expired unknown");
            } else if (covered != null) {
                for (long at = 0; at < Math.min(covered, stream.tail()); at++) {
                    if (random.nextBoolean()) {
                        stream.expire(at);
                    }
                }
                count("expired");
            }
        }

        private TopicPartition anyPartition() {
            return PARTITIONS.get(random.nextInt(PARTITIONS.size()));
        }

        // -------------------------------------------------------------- checks

        /** What the partition's stream has to hold, of offsets below this one. */
        private List<Long> expected(TopicPartition partition, long below) {
            List<Long> expected = new ArrayList<>();
            for (long offset : rig.topic(partition).offsets()) {
                if (offset < below && !errant.get(partition).contains(offset)) {
                    expected.add(offset);
                }
            }
            return expected;
        }

        private void checkCommitted() {
            for (TopicPartition partition : PARTITIONS) {
                @Nullable Long committed = rig.topic(partition).committed();
                if (committed != null) {
                    assertThat(everything(partition))
                            .as("%s is committed up to %d", partition, committed)
                            .containsAll(expected(partition, committed));
                    Set<Long> diverted = new HashSet<>(errant.get(partition));
                    diverted.removeIf(offset -> offset >= committed);
                    assertThat(reported.get(partition))
                            .as("reports of %s", partition)
                            .containsAll(diverted);
                }
            }
        }

        private void finish() {
            healed = true;
            UnsteadyConverter.failures = 0;
            while (!zombies.isEmpty()) {
                buryZombie();
            }
            // Time enough for every back-off and every takeover that was used up.
            for (int i = 0; i < 60; i++) {
                rig.advance(Duration.ofMinutes(1));
                for (WorkerModel member : List.copyOf(members)) {
                    attempt(member, () -> rig.run(member, 2));
                    logChanges();
                    checkStopped();
                }
                landLate();
                PARTITIONS.forEach(this::decide);
            }
            while (!members.isEmpty()) {
                WorkerModel member = members.remove(0);
                member.closeEverything();
                rig.settle();
                rig.kill(member);
            }
            while (rig.basin.lateRequests() > 0) {
                landLate();
            }
            join();
            for (int i = 0; i < 1000 && lag() > 0; i++) {
                WorkerModel current = members.get(0);
                attempt(current, () -> rig.run(current, 5));
                logChanges();
                checkStopped();
                rig.advance(Duration.ofMillis(500));
                landLate();
                PARTITIONS.forEach(this::decide);
                members.get(0).commit();
            }
            checkCommitted();
            for (TopicPartition partition : PARTITIONS) {
                checkHeld(partition);
                assertThat(reported.get(partition))
                        .as("reports of %s", partition)
                        .containsAll(errant.get(partition));
            }
            assertThat(lag()).as("lag").isZero();
        }

        private void checkHeld(TopicPartition partition) {
            List<Long> expected = expected(partition, Long.MAX_VALUE);
            if (deleted.get(partition).isEmpty()) {
                assertThat(current(partition)).as("stream of %s", partition).isEqualTo(expected);
                return;
            }
            assertThat(new TreeSet<>(everything(partition)))
                    .as("streams of %s together", partition)
                    .containsExactlyElementsOf(expected);
            List<List<Long>> each = new ArrayList<>(deleted.get(partition));
            each.add(current(partition));
            for (List<Long> one : each) {
                assertThat(one)
                        .as("one of the streams of %s", partition)
                        .isSorted()
                        .doesNotHaveDuplicates();
            }
        }

        /** Records that are not committed; offsets that hold none do not count. */
        private long lag() {
            long lag = 0;
            for (TopicPartition partition : PARTITIONS) {
                ModelTopic topic = rig.topic(partition);
                Long committed = topic.committed();
                lag += topic.offsets().stream()
                        .filter(offset -> committed == null || offset >= committed)
                        .count();
            }
            return lag;
        }

        @Override
        public void close() {
            rig.close();
        }
    }
}
