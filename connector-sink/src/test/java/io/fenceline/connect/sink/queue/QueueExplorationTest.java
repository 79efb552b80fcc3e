package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.connect.sink.queue.OutboxMessage.Fate;
import io.fenceline.connect.sqs.DeduplicationId;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import io.fenceline.sqs.SendOutcome.Entry;
import io.fenceline.testkit.SameRun;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every interleaving of three records, two message groups and up to three tasks, up to a bound: real outboxes, bounds, ranges and
 * deadlines, a model of a FIFO queue that knows an id for five minutes. At any moment a task may crash, or go on as a zombie that
 * its worker no longer calls; a commit may fail, though not two of one task in a row; an attempt may be answered, applied and its
 * answer lost, lost, or land up to the margin behind its timeout; a message of it may be failed or put off; the clock may pass
 * the window, also between taking a request and sending it; the topic may be made again.
 *
 * <p>What must hold: no record is twice in the queue unless it was named before as one that may be; none below a committed offset
 * is missing; and the first copies of a group are in order, unless SQS failed a message in the middle of a request. Each mistake
 * of {@link Mutant} breaks that (INV-3, 9, 24, 49, 52; F-15, F-27, F-53).
 */
class QueueExplorationTest {

    /** {@code -Ddeeper=1} takes minutes instead of seconds. */
    private static final int DEEPER = Integer.getInteger("deeper", 0);

    private static final QueueUrl QUEUE = OutboxRig.FIFO;
    private static final long SECOND = 1_000_000_000L;
    private static final int WINDOW = 300;
    private static final int LEASE = 30;
    private static final int ATTEMPT = 10;
    /** How long after its gate an attempt may still land. */
    private static final int LATEST = ATTEMPT + (int) SendDeadline.MARGIN.toSeconds() - 1;

    /** A mistake that could be made. */
    private enum Mutant {
        NONE,
        /** Without the record's timestamp a topic that was made again has the ids of the one before. */
        ID_WITHOUT_TIMESTAMP,
        /** A thousand records further, not a thousand offsets. */
        BOUND_IN_RECORDS,
        /** The first task has another bound than the second, which does not know it. */
        BOUND_BY_CONFIGURATION,
        /** An offset given to preCommit counts as committed. */
        BOUND_TRUSTS_EACH_COMMIT,
        NO_LEASE,
        DEADLINE_FROM_THE_LAST_ATTEMPT,
        /** Also for records that an earlier task may have sent. */
        DEADLINE_FROM_OUR_FIRST_ATTEMPT,
        NO_DEADLINE,
        TWO_REQUESTS_OF_A_GROUP,
        WHOLE_BATCH_RETRY,
        /** Deadline and lease are looked at when a request is taken, not when it goes. */
        GATE_TOO_EARLY
    }

    /**
     * @param offsets of the three records; the first and the last are in one group
     * @param depth   steps from the start
     * @param holds   pauses between taking a request and sending it
     */
    private record Bounds(
            long[] offsets, int depth, int crashes, int zombies, int failedCommits, int again, int faults, int holds) {
        Bounds deeper(int by) {
            return new Bounds(offsets, depth + by, crashes, zombies, failedCommits, again, faults, holds);
        }

        @Override
        public String toString() {
            return offsets[2] + ": depth " + depth + ", crashes " + crashes + ", zombies " + zombies
                    + ", failed commits " + failedCommits + ", topics made again " + again + ", faults " + faults
                    + ", pauses " + holds;
        }
    }

    private static final long[] NEAR = {0, 1, 2};
    private static final long[] FAR = {0, 2_400, 2_401};

    private static final Bounds CRASHES = new Bounds(NEAR, 6, 2, 0, 1, 0, 3, 1);
    private static final Bounds ZOMBIE = new Bounds(NEAR, 6, 0, 1, 0, 0, 2, 1);
    private static final Bounds AGAIN = new Bounds(NEAR, 6, 1, 0, 0, 1, 1, 1);
    private static final Bounds FAR_CRASHES = new Bounds(FAR, 8, 2, 0, 1, 0, 1, 0);
    private static final Bounds FAR_ZOMBIE = new Bounds(FAR, 7, 0, 1, 0, 0, 0, 0);
    private static final Bounds ALL = new Bounds(FAR, 7, 2, 1, 1, 0, 0, 0);

    @Test
    void twoCrashes() {
        explore(CRASHES);
    }

    @Test
    void aZombieThatGoesOn() {
        explore(ZOMBIE);
    }

    @Test
    void aTopicMadeAgain() {
        explore(AGAIN);
    }

    @Test
    void twoCrashesWhereOffsetsAreFarApart() {
        explore(FAR_CRASHES);
    }

    @Test
    void aZombieThatGoesOnWhereOffsetsAreFarApart() {
        explore(FAR_ZOMBIE);
    }

    @Test
    void twoCrashesAndAZombie() {
        explore(ALL);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void eachMistakeIsFound(Mutant mutant) {
        Violation found = null;
        for (Bounds bounds : List.of(AGAIN, ZOMBIE, FAR_ZOMBIE, CRASHES, FAR_CRASHES)) {
            found = found == null ? walk(bounds, mutant, world -> {}).violation : found;
        }

        assertThat(found).as(mutant.name()).isNotNull();
        System.out.println(mutant + " dies: " + found);
    }

    @Test
    void sameBoundsGiveTheSameRun() {
        List<String> here = someSteps();
        SameRun.compare("again", here, someSteps());
        SameRun.inOtherJvms(here, SomeSteps.class);
    }

    private static List<String> someSteps() {
        List<String> log = new ArrayList<>();
        List<String> steps = new ArrayList<>();
        walk(new Bounds(NEAR, 5, 1, 1, 1, 1, 2, 1), Mutant.NONE, world -> {
            steps.add(world.key());
            if (steps.size() == 100) {
                log.add(steps.get(99) + ", before that " + steps.hashCode());
                steps.clear();
            }
        });
        log.addAll(steps);
        return log;
    }

    static final class SomeSteps {
        private SomeSteps() {}

        public static void main(String[] none) {
            someSteps().forEach(System.out::println);
        }
    }

    private static void explore(Bounds bounds) {
        Bounds all = bounds.deeper(DEEPER);
        Result result = walk(all, Mutant.NONE, world -> {});
        System.out.println("explored " + result.states + " states, " + result.named + " with a copy that was named, "
                + result.stopped + " that stopped, " + result.complete + " with everything committed: offsets up to "
                + all);
        if (result.violation != null) {
            fail(result.violation.toString());
        }
        assertThat(result.complete).isGreaterThan(10);
        if (bounds.crashes() > 0) {
            assertThat(result.named).isGreaterThan(100);
        }
        if (bounds.faults() > 0) {
            assertThat(result.stopped).isGreaterThan(10);
        }
    }

    /** A state is the steps that lead to it, as what is real in it cannot be copied. */
    private record Path(@Nullable Path before, String step) {
        List<String> steps() {
            ArrayDeque<String> steps = new ArrayDeque<>();
            for (Path path = this; path.before != null; path = path.before) {
                steps.addFirst(path.step);
            }
            return List.copyOf(steps);
        }
    }

    /** 96 bits of a state's description. */
    private record Key(int java, long fnv) {
        static Key of(String text) {
            long hash = 0xcbf29ce484222325L;
            for (int i = 0; i < text.length(); i++) {
                hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
            }
            return new Key(text.hashCode(), hash);
        }
    }

    private record Violation(String what, List<String> steps) {
        @Override
        public String toString() {
            return what + " after " + String.join(" · ", steps);
        }
    }

    private static final class Result {
        int states;
        int named;
        int stopped;
        int complete;

        @Nullable
        Violation violation;
    }

    /** Goes on from each state once. */
    private static Result walk(Bounds bounds, Mutant mutant, Consumer<World> each) {
        Result result = new Result();
        Set<Key> seen = new HashSet<>();
        List<Path> frontier = List.of(new Path(null, ""));
        for (int depth = 0; depth < bounds.depth() && !frontier.isEmpty(); depth++) {
            List<Path> next = new ArrayList<>();
            for (Path path : frontier) {
                List<String> steps = path.steps();
                for (String step : replay(bounds, mutant, steps).steps()) {
                    World world = replay(bounds, mutant, steps);
                    world.apply(step);
                    each.accept(world);
                    Path further = new Path(path, step);
                    if (world.violation != null) {
                        result.violation = new Violation(world.violation, further.steps());
                        return result;
                    }
                    if (seen.add(Key.of(world.key()))) {
                        next.add(further);
                        result.states++;
                        result.named += world.namedCopies > 0 ? 1 : 0;
                        result.stopped += world.current.stopped ? 1 : 0;
                        result.complete += world.committed > bounds.offsets()[2] ? 1 : 0;
                    }
                }
            }
            frontier = next;
        }
        return result;
    }

    private static World replay(Bounds bounds, Mutant mutant, List<String> path) {
        World world = new World(bounds, mutant);
        for (String step : path) {
            world.apply(step);
        }
        return world;
    }

    // ------------------------------------------------------------------ the queue

    /** A record of the topic, of its first or second making. */
    private record Which(int record, int making) {}

    /** A message on the way. */
    private record Flying(Which which, String id, String group, boolean named) {}

    /** The rest of one attempt that lands late. */
    private record Late(List<Flying> messages, int sentAt) {}

    private static final class World {
        final Bounds bounds;
        final Mutant mutant;

        int seconds;
        /** Id to when SQS first accepted it. */
        final Map<String, Integer> known = new TreeMap<>();

        final List<Which> queue = new ArrayList<>();
        final Set<Which> namedBefore = new HashSet<>();
        /** Records that SQS failed in the middle of a request: what is said about their group's order does not count. */
        final Set<Which> failedInTheMiddle = new HashSet<>();

        final List<Late> late = new ArrayList<>();

        int making;
        int madeAt;
        long committed;
        /** Sends of each record that may still land, or have landed, of the making before. */
        int crashes;

        int zombies;
        int failedCommits;
        int faults;
        int holds;
        int tasks;
        int namedCopies;

        TaskProcess current;

        @Nullable
        TaskProcess zombie;

        @Nullable
        String violation;

        World(Bounds bounds, Mutant mutant) {
            this.bounds = bounds;
            this.mutant = mutant;
            this.current = new TaskProcess(this, tasks++);
        }

        // -------------------------------------------------------------- what can happen

        List<String> steps() {
            List<String> all = new ArrayList<>();
            all.add("put");
            all.add("commit");
            if (failedCommits < bounds.failedCommits() && !current.lastCommitFailed) {
                all.add("commit-fails");
            }
            if (crashes < bounds.crashes()) {
                all.add("crash");
            }
            if (zombies < bounds.zombies()) {
                all.add("zombie");
            }
            if (making < bounds.again()) {
                all.add("again");
            }
            for (int i = 0; i < late.size(); i++) {
                all.add("late " + i);
            }
            all.add("time 11");
            all.add("time 155");
            all.add("time 310");
            all.add("pause 310");
            ofTask("", current, all);
            if (zombie != null) {
                ofTask("z", zombie, all);
            }
            return all;
        }

        /** Takes what there is to send, which nobody will miss: this world is only asked what can happen. */
        private void ofTask(String name, TaskProcess task, List<String> all) {
            SendRequest request = task.hand;
            if (request == null) {
                request = task.outbox.take(now());
                if (request == null) {
                    return;
                }
                if (holds < bounds.holds()) {
                    all.add(name + "hold");
                }
            }
            all.add(name + "sent");
            if (faults < bounds.faults()) {
                all.add(name + "answer-lost");
                all.add(name + "lost");
                all.add(name + "put-off");
                if (late.isEmpty()) {
                    all.add(name + "slow");
                }
                if (request.members.size() > 1) {
                    all.add(name + "first-failed");
                    all.add(name + "last-put-off");
                }
            }
        }

        void apply(String step) {
            switch (step) {
                case "put" -> current.put();
                case "commit" -> commit(true);
                case "commit-fails" -> {
                    failedCommits++;
                    commit(false);
                }
                case "crash" -> {
                    crashes++;
                    current = new TaskProcess(this, tasks++);
                }
                case "zombie" -> {
                    zombies++;
                    zombie = current;
                    current = new TaskProcess(this, tasks++);
                }
                case "again" -> {
                    making++;
                    madeAt = seconds;
                    committed = 0;
                    current.close();
                    current = new TaskProcess(this, tasks++);
                }
                case "time 11" -> called(11);
                case "time 155" -> called(155);
                case "time 310" -> called(310);
                case "pause 310" -> pass(310);
                default -> {
                    if (step.startsWith("late ")) {
                        late.remove(Integer.parseInt(step.substring(5)))
                                .messages()
                                .forEach(this::land);
                    } else if (step.startsWith("z")) {
                        if (zombie != null) {
                            ofSender(zombie, step.substring(1));
                        }
                    } else {
                        ofSender(current, step);
                    }
                }
            }
            check();
        }

        /** The worker goes on calling its task meanwhile. */
        private void called(int time) {
            pass(time);
            current.called = now();
        }

        private void pass(int time) {
            seconds += time;
            late.removeIf(one -> seconds - one.sentAt() > LATEST);
        }

        private void commit(boolean succeeds) {
            long given = current.preCommit();
            if (succeeds) {
                committed = Math.max(committed, given);
            }
            current.lastCommitFailed = !succeeds;
        }

        private void ofSender(TaskProcess task, String what) {
            SendRequest request = task.hand == null ? task.outbox.take(now()) : task.hand;
            if (request == null) {
                throw new AssertionError(what + ", and there is nothing to send");
            }
            if (what.equals("hold")) {
                holds++;
                task.hand = request;
                if (mutant == Mutant.GATE_TOO_EARLY && !task.outbox.mayGo(request, now(), wall())) {
                    task.hand = null;
                    task.answered(request, failed(QueueAnswer.HELD_BACK));
                }
                return;
            }
            boolean held = task.hand != null;
            task.hand = null;
            if (!(held && mutant == Mutant.GATE_TOO_EARLY) && !task.outbox.mayGo(request, now(), wall())) {
                task.answered(request, failed(QueueAnswer.HELD_BACK));
                return;
            }
            if (mutant == Mutant.DEADLINE_FROM_OUR_FIRST_ATTEMPT) {
                request.members.forEach(member -> member.attemptSince = now());
            }
            List<Flying> messages = request.members.stream()
                    .map(member -> new Flying(
                            task.which(member),
                            String.valueOf(member.message.deduplicationId()),
                            group(task.which(member).record()),
                            member.named))
                    .toList();
            for (Flying message : messages) {
                if (message.named()) {
                    namedBefore.add(message.which());
                }
            }
            faults += what.equals("sent") ? 0 : 1;
            switch (what) {
                case "sent" -> {
                    messages.forEach(this::land);
                    task.answered(request, answered(messages.size(), -1, QueueAnswer.SERVER_ERROR));
                }
                case "answer-lost" -> {
                    messages.forEach(this::land);
                    task.answered(request, failed(QueueAnswer.NO_ANSWER));
                }
                case "lost" -> task.answered(request, failed(QueueAnswer.NO_ANSWER));
                case "put-off" -> task.answered(request, failed(QueueAnswer.THROTTLED));
                case "slow" -> {
                    late.add(new Late(messages, seconds));
                    task.answered(request, failed(QueueAnswer.NO_ANSWER));
                }
                case "first-failed" -> {
                    failedInTheMiddle.add(messages.get(0).which());
                    messages.subList(1, messages.size()).forEach(this::land);
                    partly(task, request, 0, QueueAnswer.SERVER_ERROR);
                }
                case "last-put-off" -> {
                    messages.subList(0, messages.size() - 1).forEach(this::land);
                    partly(task, request, messages.size() - 1, QueueAnswer.THROTTLED);
                }
                default -> throw new AssertionError(what);
            }
        }

        private void partly(TaskProcess task, SendRequest request, int not, QueueAnswer answer) {
            task.answered(
                    request,
                    mutant == Mutant.WHOLE_BATCH_RETRY
                            ? failed(answer)
                            : answered(request.members.size(), not, answer));
        }

        // -------------------------------------------------------------- the queue

        private void land(Flying message) {
            Integer first = known.get(message.id());
            if (first != null && seconds - first < WINDOW) {
                return;
            }
            known.put(message.id(), seconds);
            if (queue.contains(message.which())) {
                namedCopies++;
                if (!namedBefore.contains(message.which())) {
                    violation = message.which() + " is twice in the queue, and was not named";
                }
            } else if (message.which().making() == making) {
                for (int later = message.which().record() + 1; later < 3; later++) {
                    Which behind = new Which(later, making);
                    if (group(later).equals(message.group())
                            && queue.contains(behind)
                            && !failedInTheMiddle.contains(message.which())) {
                        violation = message.which() + " is in the queue behind " + behind + " of its group";
                    }
                }
            }
            queue.add(message.which());
        }

        private void check() {
            for (int record = 0; record < 3; record++) {
                Which which = new Which(record, making);
                if (bounds.offsets()[record] < committed && !queue.contains(which)) {
                    violation = which + " is below the committed offset " + committed + " and not in the queue";
                }
            }
        }

        // -------------------------------------------------------------- small things

        long now() {
            return (1_000L + seconds) * SECOND;
        }

        long wall() {
            return (1_000_000L + seconds) * 1_000;
        }

        /** Written when the topic was made. */
        long timestamp() {
            return (1_000_000L + madeAt) * 1_000 - 1_000 + making;
        }

        static String group(int record) {
            return record == 1 ? "b" : "a";
        }

        /** Times that are over count as over, however long. */
        private static int age(long seconds) {
            return (int) Math.max(-1, Math.min(seconds, 400));
        }

        String key() {
            StringBuilder key = new StringBuilder();
            key.append(making)
                    .append('/')
                    .append(making == 0 ? age(seconds) : age(seconds - madeAt))
                    .append(' ')
                    .append(committed)
                    .append(crashes)
                    .append(zombies)
                    .append(failedCommits)
                    .append(faults)
                    .append(holds)
                    .append(current.lastCommitFailed)
                    .append(' ');
            for (Which which : queue) {
                key.append(which.record()).append(which.making()).append(',');
            }
            known.forEach(
                    (id, at) -> key.append(id, 0, 4).append(age(seconds - at)).append(' '));
            for (int record = 0; record < 3; record++) {
                for (int of = 0; of <= making; of++) {
                    Which which = new Which(record, of);
                    key.append(namedBefore.contains(which) ? 'n' : '-')
                            .append(failedInTheMiddle.contains(which) ? 'f' : '-');
                }
            }
            for (Late one : late) {
                key.append('~').append(one.messages()).append(age(seconds - one.sentAt()));
            }
            current.describe(key);
            if (zombie != null) {
                zombie.describe(key.append('z'));
            }
            return key.toString();
        }
    }

    // ------------------------------------------------------------------ a task

    /** The pure parts of a task, as a lane and its target put them together. */
    private static final class TaskProcess {
        /** The real ones, which would be most of the work. */
        private static final Map<List<Long>, String> IDS = new HashMap<>();

        private final World world;
        private final int making;
        private final int number;
        final Outbox outbox;
        private final OffsetTracker offsets = new OffsetTracker();
        private final OutboxLane lane;
        private final Admission admission;
        private final List<OutboxMessage> messages = new ArrayList<>();
        private final List<Long> given = new ArrayList<>();
        private final long position;
        long called;
        private boolean handedOver;
        private long handedOverUpTo;
        boolean lastCommitFailed;
        boolean stopped;

        /** Taken, and not sent yet: the process was paused. */
        @Nullable
        SendRequest hand;

        TaskProcess(World world, int number) {
            this.world = world;
            this.making = world.making;
            this.number = number;
            this.position = world.committed;
            this.handedOverUpTo = position;
            this.called = world.now();
            QueuePolicy policy = new QueuePolicy(
                    "c",
                    new RetrySettings(Duration.ofSeconds(1), Duration.ofSeconds(10), null),
                    Duration.ZERO,
                    4,
                    10,
                    Duration.ofSeconds(ATTEMPT),
                    InDoubtPolicy.FAIL,
                    InDoubtOnRestart.RESEND);
            this.outbox = new Outbox(policy, this::isLeased, () -> 0, new QueueCounters(), warning -> {});
            this.lane = new OutboxLane(QUEUE, new DoubtRange("lane"), new OutboxLane.Receiver() {
                @Override
                public void onDone(OutboxMessage message) {
                    assertThat(message.fate).isEqualTo(Fate.ACCEPTED);
                    offsets.settle(message.entry);
                }

                @Override
                public void onStop(SendStop stop, List<OutboxMessage> with) {
                    stopped = true;
                }
            });
            this.admission = new Admission(bound(), all -> all.forEach(message -> outbox.add(message, world.now())));
            put();
        }

        private boolean isLeased(long now) {
            return world.mutant == Mutant.NO_LEASE || now - called <= LEASE * SECOND;
        }

        private CommitBound bound() {
            return switch (world.mutant) {
                case BOUND_IN_RECORDS ->
                    new CommitBound() {
                        @Override
                        boolean admits(long offset) {
                            return true;
                        }
                    };
                case BOUND_BY_CONFIGURATION ->
                    number > 0
                            ? new CommitBound()
                            : new CommitBound() {
                                @Override
                                boolean admits(long offset) {
                                    return offset < (given.isEmpty() ? position : given.get(given.size() - 1)) + 3_000;
                                }
                            };
                case BOUND_TRUSTS_EACH_COMMIT ->
                    new CommitBound() {
                        @Override
                        boolean admits(long offset) {
                            return offset < (given.isEmpty() ? position : given.get(given.size() - 1)) + LENGTH;
                        }
                    };
                default -> new CommitBound();
            };
        }

        void put() {
            called = world.now();
            if (!handedOver && !stopped) {
                handedOver = true;
                for (int record = 0; record < 3; record++) {
                    long offset = world.bounds.offsets()[record];
                    if (offset >= position) {
                        handOver(record, offset);
                    }
                }
            }
            admission.handOnAll();
        }

        private void handOver(int record, long offset) {
            admission.handedOver(offset, world.now());
            lane.doubtRange.handedOver(offset);
            String group = World.group(record);
            OutgoingMessage message = new OutgoingMessage(
                    "m" + record,
                    List.of(),
                    world.mutant == Mutant.TWO_REQUESTS_OF_A_GROUP ? group + record : group,
                    idOf(offset, world.mutant == Mutant.ID_WITHOUT_TIMESTAMP ? -1 : world.timestamp()),
                    world.mutant == Mutant.TWO_REQUESTS_OF_A_GROUP ? 600_000 : 10);
            SinkRecord kafka =
                    new SinkRecord("t", 0, null, null, null, "v", offset, world.timestamp(), TimestampType.CREATE_TIME);
            OutboxMessage added = new OutboxMessage(lane, offsets.open(offset), kafka, offset, message, 10);
            messages.add(added);
            handedOverUpTo = offset + 1;
            admission.add(added);
        }

        private static String idOf(long offset, long timestamp) {
            return IDS.computeIfAbsent(
                    List.of(offset, timestamp), of -> DeduplicationId.of("c", "t", 0, offset, timestamp));
        }

        long preCommit() {
            called = world.now();
            long unsettled = offsets.firstUnsettled();
            long committable = unsettled < 0 ? handedOverUpTo : unsettled;
            given.add(committable);
            if (!stopped) {
                admission.commitGiven(committable, world.now());
            }
            return committable;
        }

        void close() {
            outbox.drop(lane, world.now());
        }

        void answered(SendRequest request, SendOutcome outcome) {
            List<OutboxMessage> members = request.members;
            List<OutboxMessage> done = outbox.answered(request, outcome, world.now());
            if (world.mutant == Mutant.DEADLINE_FROM_THE_LAST_ATTEMPT) {
                members.forEach(member -> member.since = member.attemptSince);
            }
            if (world.mutant == Mutant.NO_DEADLINE) {
                members.forEach(member -> member.since = Long.MAX_VALUE / 2);
            }
            Returned.toLanes(done);
        }

        Which which(OutboxMessage message) {
            int record = 0;
            while (world.bounds.offsets()[record] != message.offset) {
                record++;
            }
            return new Which(record, making);
        }

        /** Everything that decides what it does from now on. */
        void describe(StringBuilder key) {
            long now = world.now();
            key.append('|').append(number > 0 ? "s" : "f").append(position).append(stopped ? 'X' : ' ');
            key.append(isLeased(now) ? (now - called) / SECOND : -1);
            int from = Math.max(0, given.size() - 2);
            key.append(given.subList(from, given.size()));
            Map<SendRequest, Integer> requests = new HashMap<>();
            for (OutboxMessage message : messages) {
                key.append(' ')
                        .append(message.offset)
                        .append(message.fate.name().charAt(0))
                        .append(message.inDoubt ? 'd' : '-')
                        .append(message.named ? 'n' : '-');
                if (message.fate != Fate.OPEN) {
                    continue;
                }
                if (message.started) {
                    key.append(World.age((now - message.since) / SECOND));
                }
                SendRequest open = message.line == null ? null : message.line.open;
                key.append(message.line == null ? "b" : open == null ? "w" : "o");
                if (open != null && open.members.contains(message)) {
                    key.append('r').append(requests.computeIfAbsent(open, one -> requests.size()));
                    if (open == hand) {
                        key.append('h');
                    } else if (open.patience != null) {
                        key.append(Math.max(0, (open.dueAt - now) / SECOND))
                                .append('p')
                                .append(open.patience.attempts());
                    }
                }
            }
        }
    }

    private static SendOutcome failed(QueueAnswer answer) {
        return new SendOutcome.Failed(answer, null, "as explored");
    }

    /** All but one are accepted. */
    private static SendOutcome answered(int count, int not, QueueAnswer answer) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(i == not ? new Entry.NotTaken(answer, "c", "m") : new Entry.Accepted("id", null));
        }
        return new SendOutcome.Answered(entries);
    }
}
