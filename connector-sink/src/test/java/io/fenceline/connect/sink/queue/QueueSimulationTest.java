package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalException;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import io.fenceline.sqs.SendOutcome.Entry;
import io.fenceline.testkit.SameRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs by chance: real lanes, targets and outboxes of tasks that crash, are replaced while they go on, and are rebalanced; a model
 * of the worker, whose commits may fail, and of a queue that fails in each way there is. The clock is part of it. A run is its
 * seed; {@code -Dseed=N} runs one, {@code -Druns=N} as many.
 *
 * <p>In each run, at any moment: nothing below a committed offset is missing. At its end, with everything healed: each record
 * arrived, or was refused and is in the dead letter queue, or was skipped as the policy asks; on a FIFO queue none is there
 * twice that was not named before; each group is in order, but for messages that SQS failed in the middle of a request; and no
 * task holds anything.
 */
class QueueSimulationTest {

    private static final int RUNS = Integer.getInteger("runs", 150);
    private static final Long SEED = Long.getLong("seed");

    @Test
    void manyRuns() {
        int named = 0;
        int stops = 0;
        int zombieSends = 0;
        long first = SEED == null ? 1 : SEED;
        long last = SEED == null ? RUNS : SEED;
        for (long seed = first; seed <= last; seed++) {
            Simulation run = new Simulation(seed);
            try {
                run.go();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + seed + ": " + e.getMessage() + "\n" + run.setting() + "\n" + run.tail(), e);
            }
            named += run.namedCopies;
            stops += run.stops;
            zombieSends += run.zombieSends;
        }
        System.out.println(last - first + 1 + " runs, " + named + " copies that were named, " + stops + " stops, "
                + zombieSends + " requests of zombies");
        if (SEED == null) {
            assertThat(List.of(named, stops, zombieSends)).allMatch(count -> count > 10);
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
        for (long seed = 1; seed <= 5; seed++) {
            Simulation run = new Simulation(seed);
            run.go();
            log.addAll(run.log);
        }
        return log;
    }

    static final class SomeRuns {
        private SomeRuns() {}

        public static void main(String[] none) {
            someRuns().forEach(System.out::println);
        }
    }

    /** A record of the topic. */
    private record Kept(long offset, @Nullable String key, String value, long timestamp) {}

    private static final class Partition {
        final TopicPartition name;
        final TreeMap<Long, Kept> log = new TreeMap<>();
        long end;
        long committed;
        /** What its worker has fetched. */
        long position;
        /** Where its task has moved it last, -1 if nowhere. */
        long sought = -1;

        boolean lastCommitFailed;

        Partition(int number) {
            this.name = new TopicPartition("t", number);
        }
    }

    /** What the queue holds. */
    private record Stored(
            TopicPartition partition, long offset, @Nullable String group) {}

    /** The rest of an attempt that lands later. */
    private record Late(List<OutboxMessage> messages, long sentAt) {}

    private static final class Task {
        final QueueTaskModel model;
        final int number;
        boolean zombie;
        final List<SendRequest> hand = new ArrayList<>();

        Task(QueueTaskModel model, int number) {
            this.model = model;
            this.number = number;
        }
    }

    private static final class Simulation {
        private static final int STEPS = 600;
        private static final QueueUrl FIFO = OutboxRig.FIFO;

        final List<String> log = new ArrayList<>();
        private final Random random;
        private final QueuePolicy policy;
        private final QueueUrl queueUrl;
        private final @Nullable String groups;
        private final List<Partition> partitions = new ArrayList<>();
        private final List<Task> zombies = new ArrayList<>();
        private final List<Late> late = new ArrayList<>();
        private final Map<String, Long> known = new HashMap<>();
        private final List<Stored> queue = new ArrayList<>();
        private final Set<Stored> present = new HashSet<>();
        private final Set<Stored> named = new HashSet<>();
        private final Set<Stored> failedInTheMiddle = new HashSet<>();
        private final Set<Stored> skipped = new HashSet<>();
        private final Set<Stored> deadLetters = new HashSet<>();
        private Task task;
        private int tasks;
        private boolean healed;
        private long nanos = 1_000_000_000_000L;
        private long wall = 1_800_000_000_000L;
        int namedCopies;
        int stops;
        int zombieSends;

        Simulation(long seed) {
            random = new Random(seed);
            boolean fifo = random.nextInt(5) > 0;
            queueUrl = fifo ? FIFO : OutboxRig.STANDARD;
            groups = random.nextBoolean() ? "${key}" : fifo ? "${topic}-${partition}" : null;
            policy = new QueuePolicy(
                    "c",
                    new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null),
                    Duration.ofMillis(random.nextInt(3) * 5),
                    1 + random.nextInt(6),
                    random.nextBoolean() ? 10 : 1 + random.nextInt(3),
                    Duration.ofSeconds(10),
                    fifo ? random.nextInt(3) > 0 ? InDoubtPolicy.FAIL : InDoubtPolicy.SKIP : InDoubtPolicy.RESEND,
                    InDoubtOnRestart.RESEND);
            for (int i = 0; i < 3; i++) {
                partitions.add(new Partition(i));
            }
            task = start();
        }

        String setting() {
            return queueUrl.name() + ", groups " + groups + ", " + policy;
        }

        String tail() {
            return String.join("\n", log.subList(Math.max(0, log.size() - 60), log.size()));
        }

        private Task start() {
            Random jitter = new Random(random.nextLong());
            Task started = new Task(
                    new QueueTaskModel(policy, queueUrl, groups, 8_000, () -> nanos, () -> wall, jitter::nextDouble),
                    ++tasks);
            started.model.deadLetters = new ArrayList<>();
            for (Partition partition : partitions) {
                begin(partition);
            }
            started.model.open(
                    partitions.stream().map(partition -> partition.name).toArray(TopicPartition[]::new));
            return started;
        }

        private static void begin(Partition partition) {
            partition.position = partition.committed;
            partition.sought = -1;
            partition.lastCommitFailed = false;
        }

        // -------------------------------------------------------------- a run

        void go() {
            for (int step = 0; step < STEPS; step++) {
                step();
                check();
            }
            healed = true;
            zombies.clear();
            late.clear();
            for (int round = 0; round < 400 && !isDone(); round++) {
                poll();
                sendAll(task);
                advance(Duration.ofMillis(500));
                poll();
                commit();
            }
            end();
        }

        private void step() {
            int dice = random.nextInt(1_000);
            if (dice < 120) {
                produce();
            } else if (dice < 380) {
                poll();
            } else if (dice < 470) {
                commit();
            } else if (dice < 860) {
                Task sender =
                        zombies.isEmpty() || random.nextInt(4) > 0 ? task : zombies.get(random.nextInt(zombies.size()));
                send(sender);
            } else if (dice < 950) {
                advance(Duration.ofMillis(1 + random.nextInt(3_000)));
            } else if (dice < 960) {
                advance(Duration.ofSeconds(20 + random.nextInt(30)));
            } else if (dice < 964) {
                advance(Duration.ofSeconds(100 + random.nextInt(300)));
            } else if (dice < 970) {
                int polls = 2 + random.nextInt(20);
                for (int i = 0; i < polls; i++) {
                    advance(Duration.ofSeconds(20));
                    poll();
                }
            } else if (dice < 980) {
                landLate();
            } else if (dice < 988) {
                say("crash of task " + task.number);
                task = start();
            } else if (dice < 994) {
                say("task " + task.number + " goes on as a zombie");
                task.zombie = true;
                zombies.add(task);
                task = start();
            } else {
                say("rebalance");
                closeAndOpen();
            }
        }

        private void say(String what) {
            log.add((nanos / 1_000_000) % 100_000_000 + " " + what);
        }

        private void produce() {
            Partition partition = partitions.get(random.nextInt(3));
            int count = 1 + random.nextInt(20);
            for (int i = 0; i < count; i++) {
                partition.end += random.nextInt(30) == 0 ? 1 + random.nextInt(1_500) : 0;
                long offset = partition.end++;
                String key = random.nextInt(6) == 0 ? null : "k" + random.nextInt(4);
                long age = random.nextInt(4) == 0 ? random.nextInt(1_000_000) : random.nextInt(2_000);
                partition.log.put(offset, new Kept(offset, key, "v" + offset, wall - age));
            }
        }

        private void advance(Duration time) {
            nanos += time.toNanos();
            wall += time.toMillis();
            // nothing lands later than its timeout and the margin
            late.removeIf(one -> nanos - one.sentAt() >= Duration.ofSeconds(40).toNanos());
        }

        // -------------------------------------------------------------- the worker

        private void poll() {
            List<SinkRecord> records = new ArrayList<>();
            for (Partition partition : partitions) {
                Long wanted = task.model.seeks.remove(partition.name);
                if (wanted != null) {
                    say("seek " + partition.name + "@" + wanted);
                    partition.position = wanted;
                    partition.sought = wanted;
                }
                if (task.model.paused.contains(partition.name)) {
                    continue;
                }
                int room = 1 + random.nextInt(40);
                for (Kept kept : partition.log.tailMap(partition.position, true).values()) {
                    if (room-- == 0) {
                        break;
                    }
                    records.add(new SinkRecord(
                            "t",
                            partition.name.partition(),
                            Schema.OPTIONAL_STRING_SCHEMA,
                            kept.key(),
                            null,
                            kept.value(),
                            kept.offset(),
                            kept.timestamp(),
                            TimestampType.CREATE_TIME));
                    partition.position = kept.offset() + 1;
                }
            }
            try {
                task.model.put(records);
                noteDeadLetters();
            } catch (TerminalException stop) {
                stops++;
                say("task " + task.number + " stops: "
                        + String.valueOf(stop.getMessage()).replace("\n", " | "));
                noteDeadLetters();
                task = start();
                return;
            }
            if (task.model.commitRequested && (healed || random.nextInt(4) > 0)) {
                commit();
            }
        }

        private void noteDeadLetters() {
            List<SinkRecord> reported = task.model.deadLetters;
            if (reported != null) {
                for (SinkRecord record : reported) {
                    deadLetters.add(
                            new Stored(new TopicPartition("t", record.kafkaPartition()), record.kafkaOffset(), null));
                }
                reported.clear();
            }
        }

        private void commit() {
            for (Partition partition : partitions) {
                long answer = task.model.preCommit(partition.name, partition.position);
                noteDeadLetters();
                // Connect commits a partition that is left out where it was last moved to
                long safe = answer < 0 ? partition.sought : answer;
                if (safe < 0) {
                    continue;
                }
                boolean fails = !healed && !partition.lastCommitFailed && random.nextInt(4) == 0;
                partition.lastCommitFailed = fails;
                if (!fails) {
                    partition.committed = safe;
                }
                say("commit " + partition.name + "@" + safe + (fails ? " fails" : ""));
            }
        }

        private void closeAndOpen() {
            commit();
            Partition one = partitions.get(random.nextInt(3));
            task.model.close(one.name);
            begin(one);
            task.model.seeks.remove(one.name);
            task.model.open(one.name);
        }

        // -------------------------------------------------------------- senders

        private void send(Task sender) {
            if (!sender.hand.isEmpty() && random.nextBoolean()) {
                attempt(sender, sender.hand.remove(random.nextInt(sender.hand.size())));
                return;
            }
            SendRequest request = sender.model.take();
            if (request == null) {
                return;
            }
            if (random.nextInt(5) == 0) {
                sender.hand.add(request); // it is some time until it goes
            } else {
                attempt(sender, request);
            }
        }

        private void sendAll(Task sender) {
            for (SendRequest request : List.copyOf(sender.hand)) {
                sender.hand.remove(request);
                attempt(sender, request);
            }
            for (SendRequest request = sender.model.take(); request != null; request = sender.model.take()) {
                attempt(sender, request);
            }
        }

        private void attempt(Task sender, SendRequest request) {
            String what = "task " + sender.number + " " + OutboxRig.offsets(request);
            if (!sender.model.mayGo(request)) {
                say(what + " held back");
                sender.model.answer(request, OutboxRig.failed(QueueAnswer.HELD_BACK));
                noteSkipped(sender);
                return;
            }
            zombieSends += sender.zombie ? 1 : 0;
            List<OutboxMessage> messages = List.copyOf(request.members);
            for (OutboxMessage message : messages) {
                if (message.named) {
                    named.add(stored(message));
                }
            }
            int dice = healed ? 0 : random.nextInt(100);
            SendOutcome outcome;
            if (dice < 55) {
                outcome = entries(messages);
            } else if (dice < 65) {
                messages.forEach(this::land);
                outcome = OutboxRig.failed(random.nextBoolean() ? QueueAnswer.NO_ANSWER : QueueAnswer.SERVER_ERROR);
            } else if (dice < 72) {
                outcome = OutboxRig.failed(QueueAnswer.NO_ANSWER);
            } else if (dice < 79) {
                late.add(new Late(messages, nanos));
                outcome = OutboxRig.failed(QueueAnswer.NO_ANSWER);
            } else if (dice < 88) {
                outcome = OutboxRig.failed(QueueAnswer.THROTTLED);
            } else if (dice < 97) {
                outcome = OutboxRig.failed(QueueAnswer.UNREACHABLE);
            } else if (dice < 99) {
                outcome = OutboxRig.failed(QueueAnswer.SENSELESS);
            } else {
                outcome = OutboxRig.failed(QueueAnswer.REFUSED);
            }
            say(what + " " + (outcome instanceof SendOutcome.Failed failed ? failed.answer() : "answered"));
            if (outcome instanceof SendOutcome.Failed failed
                    && failed.answer() == QueueAnswer.REFUSED
                    && messages.size() == 1) {
                outcome = OutboxRig.failed(QueueAnswer.OVER_LIMIT);
            }
            sender.model.answer(request, outcome);
            noteSkipped(sender);
        }

        private void noteSkipped(Task sender) {
            for (OutboxMessage message : sender.model.sealed) {
                if (message.fate == OutboxMessage.Fate.SKIPPED) {
                    skipped.add(plain(stored(message)));
                }
            }
            sender.model.sealed.clear();
        }

        /** Entry by entry: some are failed, some put off; those that no queue takes are refused. */
        private SendOutcome entries(List<OutboxMessage> messages) {
            List<Entry> entries = new ArrayList<>();
            for (OutboxMessage message : messages) {
                int dice = healed ? 99 : random.nextInt(100);
                if (message.offset % 97 == 13) {
                    entries.add(OutboxRig.not(QueueAnswer.REFUSED));
                } else if (dice < 4) {
                    failedInTheMiddle.add(stored(message));
                    entries.add(OutboxRig.not(QueueAnswer.SERVER_ERROR));
                } else if (dice < 7) {
                    failedInTheMiddle.add(stored(message));
                    entries.add(OutboxRig.not(QueueAnswer.THROTTLED));
                } else if (dice < 9) {
                    land(message);
                    entries.add(OutboxRig.not(QueueAnswer.SENSELESS));
                } else {
                    land(message);
                    entries.add(OutboxRig.accepted());
                }
            }
            return new SendOutcome.Answered(entries);
        }

        private void landLate() {
            if (!late.isEmpty()) {
                late.remove(random.nextInt(late.size())).messages().forEach(this::land);
            }
        }

        // -------------------------------------------------------------- the queue

        private static Stored stored(OutboxMessage message) {
            return new Stored(
                    new TopicPartition("t", message.record.kafkaPartition()),
                    message.offset,
                    message.message.groupId());
        }

        private static Stored plain(Stored stored) {
            return new Stored(stored.partition(), stored.offset(), null);
        }

        private void land(OutboxMessage message) {
            Stored stored = stored(message);
            String id = message.message.deduplicationId();
            if (id != null) {
                Long first = known.get(id);
                if (first != null && nanos - first < SendDeadline.WINDOW.toNanos()) {
                    return;
                }
                known.put(id, nanos);
            }
            if (message.offset % 97 == 13) {
                return; // no queue takes it
            }
            if (present.add(stored)) {
                queue.add(stored);
            } else if (queueUrl.isFifo()) {
                namedCopies++;
                assertThat(named)
                        .as("is twice in the queue, and was not named: " + stored)
                        .contains(stored);
            }
        }

        private void check() {
            Set<Stored> arrived = new HashSet<>();
            queue.forEach(stored -> arrived.add(plain(stored)));
            for (Partition partition : partitions) {
                for (Kept kept : partition.log.headMap(partition.committed).values()) {
                    Stored one = new Stored(partition.name, kept.offset(), null);
                    assertThat(arrived.contains(one) || deadLetters.contains(one) || skipped.contains(one))
                            .as(one + " is below the committed offset " + partition.committed + " and not in the queue")
                            .isTrue();
                }
            }
        }

        // -------------------------------------------------------------- the end

        private boolean isDone() {
            return partitions.stream()
                    .allMatch(partition -> partition.committed >= partition.end
                            || (!partition.log.isEmpty() && partition.committed > partition.log.lastKey()));
        }

        private void end() {
            check();
            for (Partition partition : partitions) {
                assertThat(partition.log.isEmpty() || partition.committed > partition.log.lastKey())
                        .as(partition.name + " is committed up to " + partition.committed + ", its last record is at "
                                + partition.log.lastEntry())
                        .isTrue();
                assertThat(task.model.gauge(partition.name, "bytes-held")).isEqualTo(0L);
            }
            if (queueUrl.isFifo()) {
                orderOfGroups();
            }
        }

        private void orderOfGroups() {
            Map<String, Stored> last = new HashMap<>();
            for (Stored stored : queue) {
                Stored before = last.put(stored.partition() + "/" + stored.group(), stored);
                if (before != null && stored.offset() < before.offset()) {
                    boolean expected = policy.maxPerGroup() > 1 && failedInTheMiddle.contains(stored)
                            || skipped.contains(plain(stored));
                    assertThat(expected)
                            .as(stored + " is in the queue behind " + before)
                            .isTrue();
                    last.put(stored.partition() + "/" + stored.group(), before);
                }
            }
        }
    }
}
