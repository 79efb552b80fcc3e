package io.fenceline.connect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fenceline.connect.source.queue.HandleChange.Kind;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.HandleOutcome.Entry;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.ReceiveOutcome;
import io.fenceline.sqs.ReceivedMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every order of what can happen to two or three messages, one to three slots and up to three tasks, up to a bound: real custodies,
 * {@link ModelSqs}, and a model of Connect. At any moment a task may crash, before its transaction or behind it; leave deletes,
 * extensions and a receive behind that land later, or never; a call may be lost, with its effect or without; it may take effect
 * late, and be answered later still; visibility may lapse; a transform may refuse a record.
 *
 * <p>What the model of Connect assumes (4.3.1, exactly-once support): records and their source offsets become visible in one
 * transaction; a predecessor's transaction is committed, or never will be, when its successor reads the offsets; answers come
 * behind the commit, on the thread that polls, and {@code commit} behind them; the word of a dropped record is kept back while
 * nothing else is in the transaction; a dropped record's offset is not written; a pause may commit the beginning of a batch.
 *
 * <p>What must hold: no message is twice in Kafka; none is deleted that Kafka does not have, unless it was dropped and the policy
 * says so; a FIFO group is in order; and from every state, without further faults, the queue becomes empty. Each mistake of
 * {@link Mutant} breaks that.
 */
class LedgerExplorationTest {

    /** {@code -Ddeeper=1} takes minutes instead of seconds. */
    private static final int DEEPER = Integer.getInteger("deeper", 0);

    private static final long SECOND = 1_000_000_000L;
    private static final int VISIBILITY = 4;
    /** Longer than anything a task does of itself, in seconds without a fault. */
    private static final int PATIENCE = 80;

    /** A mistake that could be made. */
    private enum Mutant {
        NONE(STANDARD),
        /** Each start uses the area of the one before, and the slots in it. */
        RECOVERED_SLOTS_GIVEN_OUT_AT_ONCE(STANDARD),
        /** What a start found stays taken. */
        RECOVERED_SLOTS_BLOCKED(STANDARD),
        /** A message is deleted when its record was handed over. */
        DELETE_BEFORE_COMMIT(STANDARD),
        /** A slot names all messages of its batch up to its own. */
        BATCH_WIDE_SLOTS(DROPPED_FAIL),
        /** The area is not in the name of a slot. */
        ONE_AREA(STANDARD),
        /** A predecessor's transaction commits behind its successor's start. */
        TWO_OWNERS(STANDARD_LEFT_BEHIND),
        /** The first handle is kept. */
        OLDEST_HANDLE(FIFO),
        /** A delete that was answered counts, however old the handle. */
        NO_REST(STANDARD_LAPSED),
        /** Nothing is known of what an earlier start produced. */
        NO_LEDGER(STANDARD);

        /** Where it shows. */
        final Bounds shows;

        Mutant(Bounds shows) {
            this.shows = shows;
        }
    }

    /**
     * @param groups of the messages, a letter each
     * @param depth  steps from the start
     * @param late   crashes that leave calls behind
     * @param faults calls that are lost
     * @param holds  calls that take longer than others
     * @param drops  the first message's record is refused by a transform, and what becomes of it; null: none is
     * @param after  steps that have been made; depth counts from there
     */
    private record Bounds(
            ModelSqs.Kind kind,
            String groups,
            int slots,
            int depth,
            int crashes,
            int late,
            int faults,
            int holds,
            @Nullable OnUnconfirmed drops,
            String... after) {
        /** What stops the task, or comes again for ever, stays in the queue. */
        boolean becomesEmpty() {
            return drops == null || drops == OnUnconfirmed.DELETE;
        }

        Bounds deeper(int by) {
            return new Bounds(kind, groups, slots, depth + by, crashes, late, faults, holds, drops, after);
        }
    }

    /** Everything there is, as long as no call is lost and none takes longer than others. */
    private static final Bounds STANDARD = new Bounds(ModelSqs.Kind.STANDARD, "aa", 1, 40, 2, 0, 0, 0, null);

    private static final Bounds STANDARD_LEFT_BEHIND = new Bounds(ModelSqs.Kind.STANDARD, "aa", 1, 9, 1, 1, 1, 0, null);
    private static final Bounds STANDARD_TWO_SLOTS = new Bounds(ModelSqs.Kind.STANDARD, "aa", 2, 8, 1, 0, 1, 0, null);
    /** A message that is produced and not deleted has lapsed, and another one has not come yet. */
    private static final Bounds STANDARD_LAPSED = new Bounds(
            ModelSqs.Kind.STANDARD, "aa", 3, 8, 1, 0, 1, 0, null, "receive-first", "poll", "commit", "time 5");

    private static final Bounds STANDARD_SLOW = new Bounds(ModelSqs.Kind.STANDARD, "aa", 1, 11, 1, 0, 0, 1, null);
    private static final Bounds STRICT = new Bounds(ModelSqs.Kind.STRICT, "aa", 1, 11, 1, 0, 1, 0, null);
    private static final Bounds FIFO = new Bounds(ModelSqs.Kind.FIFO, "aa", 2, 40, 1, 0, 1, 0, null);
    private static final Bounds FIFO_LEFT_BEHIND = new Bounds(ModelSqs.Kind.FIFO, "aa", 1, 11, 2, 1, 1, 0, null);
    private static final Bounds FIFO_TWO_GROUPS = new Bounds(ModelSqs.Kind.FIFO, "aba", 2, 14, 1, 0, 0, 0, null);
    private static final Bounds FIFO_SLOW = new Bounds(ModelSqs.Kind.FIFO, "aa", 1, 12, 1, 0, 0, 2, null);
    private static final Bounds DROPPED_FAIL =
            new Bounds(ModelSqs.Kind.STANDARD, "aa", 2, 12, 1, 0, 0, 0, OnUnconfirmed.FAIL);
    private static final Bounds DROPPED_DELETE =
            new Bounds(ModelSqs.Kind.STANDARD, "aa", 2, 12, 1, 0, 0, 0, OnUnconfirmed.DELETE);
    private static final Bounds DROPPED_KEEP =
            new Bounds(ModelSqs.Kind.STANDARD, "aa", 2, 9, 1, 0, 0, 0, OnUnconfirmed.KEEP);

    private static List<Bounds> all() {
        return List.of(
                STANDARD,
                STANDARD_LEFT_BEHIND,
                STANDARD_TWO_SLOTS,
                STANDARD_LAPSED,
                STANDARD_SLOW,
                STRICT,
                FIFO,
                FIFO_LEFT_BEHIND,
                FIFO_TWO_GROUPS,
                FIFO_SLOW,
                DROPPED_FAIL,
                DROPPED_DELETE,
                DROPPED_KEEP);
    }

    @ParameterizedTest
    @MethodSource("all")
    void nothingIsLostOrTwiceInKafkaOrStuck(Bounds bounds) {
        explore(bounds);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void eachMistakeIsFound(Mutant mutant) {
        Violation found = walk(mutant.shows, mutant).violation;

        assertThat(found).as(mutant.name()).isNotNull();
        System.out.println(mutant + " dies: " + found);
    }

    private static void explore(Bounds bounds) {
        Bounds all = bounds.deeper(DEEPER);
        long begun = System.nanoTime();
        Result result = walk(all, Mutant.NONE);
        System.out.println(
                "explored " + result.states + " states, " + result.complete + " with an empty queue, to depth "
                        + result.depth + " in " + (System.nanoTime() - begun) / 1_000_000 + " ms: " + all);
        if (result.violation != null) {
            fail(result.violation.toString());
        }
        assertThat(result.complete > 10).isEqualTo(bounds.becomesEmpty());
    }

    /** A state is the steps that lead to it, as what is real in it cannot be copied. */
    private record Path(@Nullable Path before, String step, List<String> next) {
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

    private record Violation(String what, List<String> steps, String last) {
        @Override
        public String toString() {
            return what + " after " + String.join(" · ", steps) + " · " + last;
        }
    }

    private static final class Result {
        int states;
        int complete;
        int depth;

        @Nullable
        Violation violation;
    }

    /** Goes on from each state once. */
    private static Result walk(Bounds bounds, Mutant mutant) {
        Result result = new Result();
        Set<Key> seen = new HashSet<>();
        List<Path> frontier = List.of(start(bounds, mutant));
        for (int depth = 0; depth < bounds.depth() && !frontier.isEmpty(); depth++) {
            List<Path> next = new ArrayList<>();
            for (Path path : frontier) {
                List<String> steps = path.steps();
                for (String step : path.next()) {
                    World world = replay(bounds, mutant, steps);
                    world.apply(step);
                    if (world.violation == null && seen.add(Key.of(world.key()))) {
                        result.states++;
                        result.complete += world.queue.isEmpty() ? 1 : 0;
                        next.add(new Path(path, step, world.steps()));
                        world.drain();
                    }
                    if (world.violation != null) {
                        result.violation = new Violation(world.violation, steps, step);
                        return result;
                    }
                }
            }
            frontier = next;
            result.depth = depth + 1;
        }
        return result;
    }

    private static Path start(Bounds bounds, Mutant mutant) {
        Path path = new Path(null, "", List.of());
        for (String step : bounds.after()) {
            path = new Path(path, step, List.of());
        }
        return new Path(
                path.before(), path.step(), replay(bounds, mutant, path.steps()).steps());
    }

    private static World replay(Bounds bounds, Mutant mutant, List<String> path) {
        World world = new World(bounds, mutant);
        for (String step : path) {
            world.apply(step);
        }
        return world;
    }

    // ------------------------------------------------------------------ the world

    /** Left behind by a task that is gone. */
    private record Late(
            @Nullable HandleChange change, @Nullable ReceiveOrder order, List<Sent> transaction, int since) {}

    /** A record in a transaction. */
    private record Sent(String id, Slot slot, List<String> batch) {}

    /** What Connect has stored for a slot. */
    private record Stored(List<String> ids, long start) {}

    private static final class World {
        final Bounds bounds;
        final Mutant mutant;
        final ModelSqs queue;
        final List<String> topic = new ArrayList<>();
        final Map<String, Stored> ledger = new TreeMap<>();
        final List<Late> late = new ArrayList<>();

        int seconds = 1_000;
        int crashes;
        int lates;
        int faults;
        int holds;
        TaskRun task;

        @Nullable
        String violation;

        World(Bounds bounds, Mutant mutant) {
            this.bounds = bounds;
            this.mutant = mutant;
            this.queue = new ModelSqs(bounds.kind(), VISIBILITY);
            for (int i = 0; i < bounds.groups().length(); i++) {
                queue.send("m" + i, bounds.groups().substring(i, i + 1));
                queue.messages.get(i).visibleAt = seconds;
            }
            this.task = new TaskRun(this);
        }

        long now() {
            return seconds * SECOND;
        }

        // -------------------------------------------------------------- what can happen

        /** Takes what there is to take: whoever asks goes on from here by {@link #drain} only. */
        List<String> steps() {
            List<String> all = new ArrayList<>();
            all.add("poll");
            if (task.handed.size() > 1) {
                all.add("commit-part");
            }
            all.add("commit");
            if (crashes < bounds.crashes()) {
                all.add("crash");
                if (!task.transaction.isEmpty()) {
                    all.add("commit-crash");
                }
                if (lates < bounds.late()) {
                    all.add("crash-late");
                }
            }
            for (int i = 0; i < late.size(); i++) {
                all.add("late " + i);
            }
            all.add("time 2");
            all.add("time 5");
            receiveSteps(all);
            changeSteps(all);
            return all;
        }

        private void receiveSteps(List<String> all) {
            if (task.answer != null) {
                all.add("answer");
                if (faults < bounds.faults()) {
                    all.add("answer-lost");
                }
            }
            if (task.order == null) {
                if (!task.takeOrder()) {
                    return;
                }
                if (holds < bounds.holds()) {
                    all.add("hold-order");
                }
            }
            all.add("receive");
            if (bounds.kind() != ModelSqs.Kind.FIFO && queue.inNoOrder(seconds) > 1) {
                all.add("receive-last");
                all.add("receive-first");
            }
            if (faults < bounds.faults()) {
                all.add("receive-lost");
            }
            if (task.answer == null && holds < bounds.holds()) {
                all.add("hold-answer");
            }
        }

        private void changeSteps(List<String> all) {
            if (task.change == null) {
                if (!task.takeChange()) {
                    return;
                }
                if (holds < bounds.holds()) {
                    all.add("hold-change");
                }
            }
            all.add("change");
            if (faults < bounds.faults()) {
                all.add("change-lost");
                all.add("change-undone");
            }
        }

        void apply(String step) {
            switch (step) {
                case "poll" -> task.poll();
                case "commit" -> task.commit(Integer.MAX_VALUE);
                case "commit-part" -> task.commit(1);
                case "commit-crash" -> {
                    commit(task.transaction);
                    crash();
                }
                case "crash" -> crash();
                case "crash-late" -> {
                    lates++;
                    task.leaveBehind();
                    crash();
                }
                case "time 2" -> pass(2);
                case "time 5" -> pass(5);
                case "hold-order" -> {
                    holds++;
                    task.takeOrder();
                }
                case "receive" -> task.receive(10, false, false);
                case "receive-first" -> task.receive(1, false, false);
                case "receive-last" -> task.receive(1, true, false);
                case "receive-lost" -> {
                    faults++;
                    task.receive(10, false, true);
                }
                case "hold-answer" -> {
                    holds++;
                    task.holdAnswer();
                }
                case "answer" -> task.answered(false);
                case "answer-lost" -> {
                    faults++;
                    task.answered(true);
                }
                case "hold-change" -> {
                    holds++;
                    task.takeChange();
                }
                case "change" -> task.change(true, false);
                case "change-lost" -> {
                    faults++;
                    task.change(true, true);
                }
                case "change-undone" -> {
                    faults++;
                    task.change(false, true);
                }
                default -> lands(late.remove(Integer.parseInt(step.substring(5))));
            }
            check();
        }

        private void pass(int time) {
            seconds += time;
            // The worker goes on calling its task.
            task.custody.receives.polled(now());
            // A call does not take longer than a visibility timeout.
            late.removeIf(one -> one.order() != null && seconds - one.since() > VISIBILITY);
        }

        private void crash() {
            crashes++;
            task = new TaskRun(this);
        }

        private void lands(Late one) {
            if (one.change() != null) {
                perform(one.change());
            } else if (one.order() != null) {
                ReceiveOrder order = one.order();
                queue.receive(order.maxMessages(), attemptOf(order), false, seconds);
            } else {
                commit(one.transaction());
            }
        }

        static @Nullable String attemptOf(ReceiveOrder order) {
            return order.attempt() == null ? null : order.attempt().id();
        }

        List<Entry> perform(HandleChange change) {
            List<Entry> entries = new ArrayList<>();
            for (String handle : change.handles) {
                entries.add(
                        change.kind == Kind.DELETE
                                ? queue.delete(handle, seconds)
                                : queue.changeVisibility(handle, (int) change.visibility.toSeconds(), seconds));
            }
            return entries;
        }

        void commit(List<Sent> transaction) {
            for (Sent sent : transaction) {
                if (topic.contains(sent.id())) {
                    violation = sent.id() + " is twice in Kafka";
                }
                String group = groupOf(sent.id());
                for (String before : topic) {
                    if (bounds.kind() == ModelSqs.Kind.FIFO
                            && groupOf(before).equals(group)
                            && before.compareTo(sent.id()) > 0) {
                        violation = sent.id() + " is in Kafka behind " + before + " of its group";
                    }
                }
                topic.add(sent.id());
                String slot = (mutant == Mutant.ONE_AREA ? 0 : sent.slot().area()) + "."
                        + sent.slot().number();
                ledger.put(
                        slot,
                        new Stored(
                                mutant == Mutant.BATCH_WIDE_SLOTS ? sent.batch() : List.of(sent.id()),
                                task.custody.start()));
            }
        }

        private String groupOf(String id) {
            int number = Integer.parseInt(id.substring(1));
            return bounds.groups().substring(number, number + 1);
        }

        private void check() {
            for (ModelSqs.Message message : queue.messages) {
                if (message.deleted && !topic.contains(message.id) && !isDeletedUnseen(message.id)) {
                    violation = message.id + " is deleted, and Kafka does not have it";
                }
            }
            CustodyStop stop = task.custody.failure();
            if (stop != null && !(bounds.drops() == OnUnconfirmed.FAIL && stop.why() == CustodyStop.Why.UNCONFIRMED)) {
                violation = "stopped: " + stop;
            }
        }

        boolean isDropped(String id) {
            return bounds.drops() != null && id.equals("m0");
        }

        private boolean isDeletedUnseen(String id) {
            return bounds.drops() == OnUnconfirmed.DELETE && isDropped(id);
        }

        /** Without further faults everything gets where it belongs. */
        void drain() {
            if (!bounds.becomesEmpty()) {
                return;
            }
            late.clear();
            for (int i = 0; i < PATIENCE && violation == null; i++) {
                if (task.answer != null) {
                    task.answered(false);
                }
                for (int calls = 0; calls < 20 && task.takeOrder(); calls++) {
                    task.receive(10, false, false);
                }
                task.poll();
                task.commit(Integer.MAX_VALUE);
                for (int calls = 0; calls < 20 && task.takeChange(); calls++) {
                    task.change(true, false);
                }
                check();
                if (queue.isEmpty()) {
                    return;
                }
                seconds++;
            }
            if (violation == null) {
                violation = "stuck";
            }
        }

        String key() {
            StringBuilder key = new StringBuilder();
            queue.describe(key, seconds);
            // The order of a topic matters within a group only, and there it is that of the ids.
            key.append(new TreeSet<>(topic))
                    .append(crashes)
                    .append(lates)
                    .append(faults)
                    .append(holds);
            ledger.forEach(
                    (slot, stored) -> key.append(slot).append(stored.ids()).append(stored.start() % 4));
            for (Late one : late) {
                key.append('~').append(relative(one.since() * SECOND));
                if (one.change() != null) {
                    describe(key, one.change());
                } else if (one.order() != null) {
                    key.append(one.order().maxMessages());
                } else {
                    key.append(one.transaction());
                }
            }
            task.describe(key);
            return key.toString();
        }

        void describe(StringBuilder key, HandleChange change) {
            key.append(change.kind.name().charAt(0)).append(relative(change.begun));
            for (int i = 0; i < change.handles.size(); i++) {
                String handle = change.handles.get(i);
                key.append(age(handle));
                key.append(change.members.isEmpty() || change.isOfNewestHandle(i) ? 'n' : 'o');
            }
        }

        String age(String handle) {
            int at = handle.indexOf('#');
            String id = handle.substring(0, at);
            return id + (queue.countOf(id) - Integer.parseInt(handle.substring(at + 1)));
        }

        int relative(long nanos) {
            return (int) Math.max(-9, Math.min(9, (nanos - now()) / SECOND));
        }
    }

    // ------------------------------------------------------------------ a task

    private static final class TaskRun {
        private static final CustodyCounters COUNTERS = new CustodyCounters();

        private final World world;
        final QueueCustody custody;

        /** Handed over, and not sent yet. */
        final ArrayDeque<Sent> handed = new ArrayDeque<>();

        final List<Sent> transaction = new ArrayList<>();
        /** Dropped records whose word is kept back. */
        final List<String> dropped = new ArrayList<>();

        /** Taken, and not under way yet. */
        @Nullable
        ReceiveOrder order;

        /** Under way: what comes of it, and of which. */
        @Nullable
        List<ReceivedMessage> answer;

        @Nullable
        ReceiveOrder answered;

        @Nullable
        HandleChange change;

        TaskRun(World world) {
            this.world = world;
            Set<String> ids = new LinkedHashSet<>();
            long last = 0;
            for (Stored stored : world.ledger.values()) {
                ids.addAll(stored.ids());
                last = Math.max(last, stored.start());
            }
            int slots = world.bounds.slots();
            switch (world.mutant) {
                case RECOVERED_SLOTS_GIVEN_OUT_AT_ONCE -> last = 3;
                case RECOVERED_SLOTS_BLOCKED -> slots -= world.ledger.size();
                case NO_LEDGER -> ids.clear();
                default -> {}
            }
            CustodyPolicy policy = new CustodyPolicy(
                    world.bounds.kind() == ModelSqs.Kind.FIFO,
                    Duration.ofSeconds(VISIBILITY),
                    Duration.ZERO,
                    2,
                    slots,
                    new RetrySettings(Duration.ofSeconds(1), Duration.ofSeconds(1), null),
                    world.bounds.drops() == null ? OnUnconfirmed.FAIL : world.bounds.drops());
            custody = new QueueCustody(
                    policy,
                    new RecoveredLedger(ids, last),
                    new BodyBudget(1 << 30),
                    "s" + world.crashes,
                    () -> 0,
                    COUNTERS,
                    world.now());
        }

        // -------------------------------------------------------------- Connect

        void poll() {
            dispatch(Integer.MAX_VALUE);
            custody.polled(world.now());
            List<String> batch = new ArrayList<>();
            while (custody.isReady()) {
                HeldMessage message = custody.handOver();
                String id = message.message().messageId();
                batch.add(id);
                handed.add(new Sent(id, message.slot(), List.copyOf(batch)));
                if (world.mutant == Mutant.DELETE_BEFORE_COMMIT) {
                    custody.confirmed(id);
                }
            }
            custody.pollReturned();
        }

        private void dispatch(int most) {
            for (int i = 0; i < most && !handed.isEmpty(); i++) {
                Sent sent = handed.remove();
                if (world.isDropped(sent.id())) {
                    dropped.add(sent.id());
                } else {
                    transaction.add(sent);
                }
            }
        }

        /** @param most sends that many of what was handed over, and commits */
        void commit(int most) {
            dispatch(most);
            if (!transaction.isEmpty()) {
                world.commit(transaction);
                transaction.forEach(sent -> custody.confirmed(sent.id()));
                transaction.clear();
                dropped.forEach(custody::dropped);
                dropped.clear();
            }
            custody.committed();
        }

        void leaveBehind() {
            if (change != null) {
                world.late.add(new Late(change, null, List.of(), world.seconds));
            }
            for (HandleChange next = custody.nextChange(world.now());
                    next != null;
                    next = custody.nextChange(world.now())) {
                world.late.add(new Late(next, null, List.of(), world.seconds));
            }
            if (order != null) {
                world.late.add(new Late(null, order, List.of(), world.seconds));
            }
            if (world.mutant == Mutant.TWO_OWNERS && !transaction.isEmpty()) {
                world.late.add(new Late(null, null, List.copyOf(transaction), world.seconds));
            }
        }

        // -------------------------------------------------------------- its threads

        boolean takeOrder() {
            order = order == null ? custody.nextReceive(world.now()) : order;
            return order != null;
        }

        /** @param most a standard queue may give fewer than it has */
        void receive(int most, boolean backwards, boolean lost) {
            takeOrder();
            ReceiveOrder taken = order;
            order = null;
            if (taken == null) {
                throw new AssertionError("nothing to receive");
            }
            List<ReceivedMessage> messages = performed(taken, most, backwards);
            if (lost) {
                custody.receiveFailed(taken, lost(), world.now());
            } else {
                custody.received(taken, SizedMessage.of(asSeen(messages)), world.now());
            }
        }

        private List<ReceivedMessage> performed(ReceiveOrder taken, int most, boolean backwards) {
            return world.queue.receive(
                    Math.min(most, taken.maxMessages()), World.attemptOf(taken), backwards, world.seconds);
        }

        void holdAnswer() {
            takeOrder();
            answered = order;
            order = null;
            if (answered == null) {
                throw new AssertionError("nothing to receive");
            }
            answer = performed(answered, 10, false);
        }

        void answered(boolean lost) {
            List<ReceivedMessage> messages = answer;
            ReceiveOrder taken = answered;
            answer = null;
            answered = null;
            if (messages == null || taken == null) {
                throw new AssertionError("nothing to answer");
            }
            if (lost) {
                custody.receiveFailed(taken, lost(), world.now());
            } else {
                custody.received(taken, SizedMessage.of(asSeen(messages)), world.now());
            }
        }

        private static ReceiveOutcome.Failed lost() {
            return new ReceiveOutcome.Failed(QueueAnswer.NO_ANSWER, null, "as explored");
        }

        private List<ReceivedMessage> asSeen(List<ReceivedMessage> messages) {
            if (world.mutant != Mutant.OLDEST_HANDLE) {
                return messages;
            }
            return messages.stream()
                    .map(message -> new ReceivedMessage(
                            message.messageId(),
                            message.receiptHandle(),
                            message.body(),
                            message.attributes(),
                            message.groupId(),
                            null,
                            null,
                            1_000 - message.receiveCount()))
                    .toList();
        }

        boolean takeChange() {
            change = change == null ? custody.nextChange(world.now()) : change;
            return change != null;
        }

        void change(boolean done, boolean lost) {
            takeChange();
            HandleChange taken = change;
            change = null;
            if (taken == null) {
                throw new AssertionError("nothing to change");
            }
            List<Entry> entries = done ? world.perform(taken) : List.of();
            if (world.mutant == Mutant.NO_REST) {
                for (Holding member : taken.members) {
                    member.hiddenUntil = world.now() + 100 * SECOND;
                    member.handleBegun = world.now() + SECOND;
                }
            }
            custody.changed(
                    taken,
                    lost
                            ? new HandleOutcome.Failed(QueueAnswer.NO_ANSWER, null, "as explored")
                            : new HandleOutcome.Answered(entries),
                    world.now());
        }

        /** Everything that decides what it does from now on. */
        void describe(StringBuilder key) {
            key.append('|').append(handed).append(transaction).append(dropped);
            if (order != null) {
                key.append("o").append(order.maxMessages()).append(world.relative(order.begun()));
            }
            if (answer != null && answered != null) {
                key.append("a").append(answered.maxMessages()).append(world.relative(answered.begun()));
                answer.forEach(message -> key.append(world.age(message.receiptHandle())));
            }
            if (change != null) {
                world.describe(key.append('c'), change);
            }
            new CustodyDescription(custody, world.now(), world::relative, world::age).appendTo(key);
        }
    }
}
