package io.fenceline.connect.sink.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.MarkLeft;
import io.fenceline.connect.sink.claim.ClaimStep.MarkNotLeft;
import io.fenceline.connect.sink.claim.ClaimStep.Marked;
import io.fenceline.connect.sink.claim.ClaimStep.Outrun;
import io.fenceline.connect.sink.claim.ClaimStep.Owned;
import io.fenceline.connect.sink.claim.ClaimStep.Read;
import io.fenceline.connect.sink.claim.ClaimStep.Refused;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.testkit.SameRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of a few writers on one stream, up to a bound: real claims and tokens, a model of the stream. At any
 * moment a request may be answered, may be applied and its answer lost, or may be lost and land much later; a writer may
 * crash and start anew; retention may remove any record; an operator may trim everything. A writer may stop and leave a
 * mark, and an operator may decide where to go on, by setting the offset or by clearing the fence.
 *
 * <p>What must hold: a claim that succeeds reports the truth about what was ever written below its fence, removed or not;
 * it refuses only where something was removed that no checkpoint covers; and the stream, removed records included, is the Kafka partition: no offset
 * twice, none left out, none out of order (INV-50, F-5, F-6, F-10, F-32, F-44). A mark never goes over a newer owner's
 * token, a mark whose answer was lost is known to be left, and while one is in force nothing changes the stream (INV-51).
 */
class ClaimExplorationTest {

    private static final TopicPartition LANE = new TopicPartition("t", 0);
    private static final ClaimTiming TIMING =
            new ClaimTiming(new RetrySettings(Duration.ofMillis(1), Duration.ofMillis(1), null), Duration.ofDays(1));

    /** {@code -Ddeeper=2} takes minutes instead of seconds. */
    private static final int DEEPER = Integer.getInteger("deeper", 0);

    /** @param stops how often a writer stops for a reason that only it can see */
    private record Bounds(int writers, int depth, int tail, int late, int removals, int lost, int stops) {
        Bounds(int writers, int depth, int tail, int late, int removals, int lost) {
            this(writers, depth, tail, late, removals, lost, 0);
        }

        Bounds deeper(int by) {
            return new Bounds(writers, depth + by, tail, late, removals, lost, stops);
        }
    }

    @Test
    void twoWriters() {
        explore(new Bounds(2, 10, 6, 2, 2, 2));
    }

    @Test
    void oneWriterThatLosesManyAnswers() {
        explore(new Bounds(1, 12, 7, 3, 2, 4));
    }

    @Test
    void threeWriters() {
        explore(new Bounds(3, 8, 5, 2, 1, 2));
    }

    @Test
    void twoWritersThatStop() {
        explore(new Bounds(2, 12, 7, 1, 0, 1, 2));
    }

    @Test
    void aWriterThatStopsWhileRetentionTakesRecords() {
        explore(new Bounds(1, 12, 7, 2, 1, 2, 2));
    }

    /** Here and in other JVMs, a part of what is explored above: the same steps to the same states in the same order. */
    @Test
    void sameBoundsGiveTheSameRun() {
        List<String> here = someSteps();
        SameRun.compare("again", here, someSteps());
        SameRun.inOtherJvms(here, SomeSteps.class);
    }

    /** A line for every few steps: all of them would be too much to keep. */
    private static List<String> someSteps() {
        List<String> log = new ArrayList<>();
        for (Bounds bounds : List.of(new Bounds(1, 9, 7, 2, 1, 2, 2), new Bounds(2, 7, 6, 2, 1, 2))) {
            log.add(bounds.toString());
            List<String> steps = new ArrayList<>();
            walk(bounds, world -> {
                steps.add(world.step + ": " + world.key());
                if (steps.size() == 100) {
                    log.add(steps.get(99) + ", before that " + steps.hashCode());
                    steps.clear();
                }
            });
            log.addAll(steps);
        }
        return log;
    }

    static final class SomeSteps {
        private SomeSteps() {}

        public static void main(String[] none) {
            someSteps().forEach(System.out::println);
        }
    }

    private static void explore(Bounds bounds) {
        Reached reached = new Reached();
        int states = walk(bounds.deeper(DEEPER), reached::count);
        System.out.println("explored " + states + " states, " + reached.claims + " claims that succeeded, "
                + reached.marks + " marks left, " + reached.metMarks + " met by claims, "
                + reached.claimsBehindDecisions + " claims after a decision: " + bounds);
        assertThat(reached.claims).isGreaterThan(500);
        if (bounds.stops() > 0) {
            assertThat(List.of(reached.marks, reached.metMarks, reached.claimsBehindDecisions))
                    .allMatch(times -> times > 100);
        }
    }

    private static final class Reached {
        int claims;
        int marks;
        int metMarks;
        int claimsBehindDecisions;

        void count(World world) {
            claims += world.claimed ? 1 : 0;
            marks += world.marked ? 1 : 0;
            metMarks += world.metMark ? 1 : 0;
            claimsBehindDecisions += world.claimed && world.decided ? 1 : 0;
        }
    }

    /** Goes on from each state once; {@code each} sees the state behind every step. Gives back how many states there are. */
    private static int walk(Bounds bounds, Consumer<World> each) {
        World start = new World(bounds.writers());
        Set<String> seen = new HashSet<>();
        List<World> frontier = List.of(start);
        seen.add(start.key());
        for (int depth = 0; depth < bounds.depth() && !frontier.isEmpty(); depth++) {
            List<World> next = new ArrayList<>();
            for (World world : frontier) {
                for (World successor : world.successors(bounds)) {
                    each.accept(successor);
                    if (seen.add(successor.key())) {
                        next.add(successor);
                    }
                }
            }
            frontier = next;
        }
        return seen.size();
    }

    // ------------------------------------------------------------------ the stream

    /** A record: a fence ({@code token}), a trim (neither) or data ({@code offset}). */
    private record Entry(@Nullable FencingToken token, long offset) {
        static Entry data(long offset) {
            return new Entry(null, offset);
        }
    }

    /** An append under way; {@code match} -1: any position. {@code token} null: a data record. */
    private record Message(Entry entry, FencingToken condition, long match) {}

    private enum Mode {
        DOWN,
        CLAIMING,
        OWNER,
        CHECKPOINTING,
        /** Leaves a stop mark. */
        STOPPING
    }

    private static final class Writer {
        Mode mode = Mode.DOWN;
        /** Survives a lost ownership, not a crash. */
        boolean ownedBefore;

        FencingToken token = FencingToken.NONE;
        FencingToken guess = FencingToken.NONE;
        Set<FencingToken> own = Set.of();

        @Nullable
        Long watermark;

        Anchor anchor = Anchor.UNKNOWN;
        long settled;
        /** Nothing of this writer stands between {@link #settled} and here. */
        long clearBelow;
        /** Where an append stands, or was refused, that was read before its turn. */
        long overtaken = Long.MAX_VALUE;
        /** Appends out, oldest first. */
        List<Message> out = new ArrayList<>();

        // one claim: rebuilt from what it was told, so that worlds can be copied
        @Nullable
        ClaimRequest request;

        /** In {@link Mode#STOPPING}. */
        @Nullable
        StopMarkRequest stop;

        /** Every token this writer ever sent, whatever it remembers of them. */
        Set<FencingToken> made = Set.of();

        int seed;
        List<Object> told = new ArrayList<>();
        int lost;

        Writer copy() {
            Writer copy = new Writer();
            copy.mode = mode;
            copy.ownedBefore = ownedBefore;
            copy.token = token;
            copy.guess = guess;
            copy.own = own;
            copy.watermark = watermark;
            copy.anchor = anchor;
            copy.settled = settled;
            copy.clearBelow = clearBelow;
            copy.overtaken = overtaken;
            copy.out = new ArrayList<>(out);
            copy.request = request;
            copy.stop = stop;
            copy.made = made;
            copy.seed = seed;
            copy.told = new ArrayList<>(told);
            copy.lost = lost;
            return copy;
        }

        /** The oldest append is refused; those behind it are in doubt, as no refusal speaks of them. */
        void noticeDoubt(Object refusal) {
            if (refusal.equals("tail moved") && mode != Mode.CLAIMING) {
                clearBelow = Math.min(
                        overtaken, out.isEmpty() ? Long.MAX_VALUE : out.get(0).match());
            }
        }

        Checkpoint fact(long position) {
            return watermark == null
                    ? Checkpoint.groupPositionFrom(position)
                    : Checkpoint.of(watermark, position, anchor);
        }
    }

    private static final class World {
        final List<Entry> stream = new ArrayList<>();
        final Set<Integer> removed = new HashSet<>();
        FencingToken token = FencingToken.NONE;
        /** Requests that are still under way, each the rest of one connection: read in order, up to the first refusal. */
        final List<List<Message>> late = new ArrayList<>();

        boolean trimmed;
        /** Writers that stopped for a reason only they can see. */
        int stops;
        /** An operator has said where to go on from a stop mark, at least once. */
        boolean decided;
        /** The same, by clearing the fence: a writer that held the stream takes it for a replaced one. */
        boolean emptied;
        /** The longest prefix that a token in force has spoken of: what was removed below it must not matter. */
        long checkpointed;

        final Writer[] writers;
        int drawn;
        /** How it came to this, for the message of a failure. */
        final @Nullable World before;

        String step = "start";
        boolean claimed;
        boolean marked;
        boolean metMark;

        World(int writers) {
            this.writers = new Writer[writers];
            for (int i = 0; i < writers; i++) {
                this.writers[i] = new Writer();
            }
            this.before = null;
        }

        private World(World other, String step) {
            stream.addAll(other.stream);
            removed.addAll(other.removed);
            token = other.token;
            late.addAll(other.late);
            trimmed = other.trimmed;
            stops = other.stops;
            decided = other.decided;
            emptied = other.emptied;
            checkpointed = other.checkpointed;
            writers = new Writer[other.writers.length];
            for (int i = 0; i < writers.length; i++) {
                writers[i] = other.writers[i].copy();
            }
            drawn = other.drawn;
            before = other;
            this.step = step;
        }

        // -------------------------------------------------------------- what can happen

        List<World> successors(Bounds bounds) {
            List<World> all = new ArrayList<>();
            for (int i = 0; i < writers.length; i++) {
                ofWriter(i, bounds, all);
            }
            for (int i = 0; i < late.size(); i++) {
                List<Message> connection = late.get(i);
                World next = new World(this, "late " + describe(connection.get(0)));
                next.late.remove(i);
                boolean applied = next.apply(connection.get(0)) instanceof Long;
                if (applied && connection.size() > 1) {
                    next.late.add(i, connection.subList(1, connection.size()));
                }
                if (next.stream.size() <= bounds.tail()) {
                    all.add(next);
                }
            }
            if (removed.size() < bounds.removals()) {
                for (int at = 0; at < stream.size(); at++) {
                    if (!removed.contains(at)) {
                        World next = new World(this, "retention removes " + at);
                        next.removed.add(at);
                        all.add(next);
                    }
                }
            }
            if (stream.size() < bounds.tail() && StopMark.read(token) != null) {
                World moved = new World(this, "operator sets the offset");
                Long truth = moved.lastOffset(stream.size());
                long behind = stream.size() + 1L;
                moved.decide(CheckpointToken.fresh(
                        truth == null
                                ? Checkpoint.groupPositionFrom(behind)
                                : Checkpoint.of(truth, behind, Anchor.UNKNOWN),
                        new Random(++moved.drawn)));
                all.add(moved);
                World cleared = new World(this, "operator clears the fence");
                cleared.decide(FencingToken.NONE);
                all.add(cleared);
            }
            if (bounds.removals() > 0 && stream.size() < bounds.tail() && removed.isEmpty() && stream.size() > 0) {
                World next = new World(this, "trim of everything");
                next.stream.add(new Entry(null, -1));
                next.trimmed = true;
                for (int at = 0; at < next.stream.size(); at++) {
                    next.removed.add(at);
                }
                all.add(next);
            }
            return all;
        }

        private void ofWriter(int i, Bounds bounds, List<World> all) {
            Writer writer = writers[i];
            String name = "writer " + i + " ";
            if (writer.mode == Mode.DOWN) {
                World next = new World(this, name + (writer.ownedBefore ? "claims again" : "claims"));
                next.startClaim(next.writers[i]);
                all.add(next);
            } else if (late.size() < bounds.late()) {
                World next = new World(this, name + "crashes");
                next.leave(next.writers[i]);
                next.writers[i] = new Writer();
                all.add(next);
            }
            if (writer.mode == Mode.CLAIMING) {
                ClaimStep step = step(writer);
                if (step instanceof Read read) {
                    World next = new World(this, name + "reads from " + read.seqNum());
                    next.tell(i, next.read(read));
                    all.add(next);
                    return;
                }
            }
            if (!writer.out.isEmpty()) {
                Message message = writer.out.get(0);
                if (stream.size() < bounds.tail() || !admits(message)) {
                    World answered = new World(this, name + "sends " + describe(message));
                    answered.writers[i].out.remove(0);
                    Object answer = answered.apply(message);
                    if (!(answer instanceof Long)) {
                        answered.writers[i].noticeDoubt(answer);
                        answered.writers[i].out.clear(); // the refusal ended the session
                    }
                    answered.answer(i, message, answer);
                    all.add(answered);
                }
                if (writer.lost < bounds.lost()) {
                    if (stream.size() < bounds.tail() && admits(message)) {
                        World unheard = new World(this, name + "sends, hears nothing of " + describe(message));
                        unheard.writers[i].out.remove(0);
                        unheard.apply(message);
                        unheard.noAnswer(i, message);
                        all.add(unheard);
                    }
                    if (late.size() < bounds.late()) {
                        World delayed = new World(this, name + "sends late " + describe(message));
                        delayed.writers[i].out.remove(0);
                        List<Message> connection = new ArrayList<>(List.of(message));
                        connection.addAll(delayed.writers[i].out);
                        delayed.writers[i].out.clear();
                        delayed.late.add(connection);
                        delayed.noAnswer(i, message);
                        all.add(delayed);
                    }
                }
                if (writer.out.size() > 1 && !trimmed) {
                    // More than the service allows: it reads one connection in order, up to the first refusal.
                    World overtaken = new World(this, name + "has its second append read first");
                    Message early = overtaken.writers[i].out.remove(1);
                    overtaken.writers[i].overtaken = Math.min(overtaken.writers[i].overtaken, early.match());
                    overtaken.apply(early);
                    if (overtaken.stream.size() <= bounds.tail()) {
                        all.add(overtaken);
                    }
                }
            }
            if (writer.mode == Mode.OWNER && stops < bounds.stops()) {
                World next = new World(this, name + "stops");
                next.stops++;
                next.stop(i, TerminalCode.FOREIGN_WRITER);
                all.add(next);
            }
            if (writer.mode == Mode.OWNER && writer.out.size() < 2) {
                World next = new World(this, name + "hands over data");
                Writer owner = next.writers[i];
                long offset = 1 + owner.out.size() + (owner.watermark == null ? -1 : owner.watermark);
                owner.out.add(new Message(Entry.data(offset), owner.token, owner.settled + owner.out.size()));
                all.add(next);
            }
            if (writer.mode == Mode.OWNER && writer.out.isEmpty()) {
                World next = new World(this, name + "wants a checkpoint");
                Writer owner = next.writers[i];
                FencingToken fresh = CheckpointToken.fresh(owner.fact(owner.settled + 1), new Random(++next.drawn));
                owner.own = plus(owner.own, fresh);
                owner.made = plus(owner.made, fresh);
                owner.mode = Mode.CHECKPOINTING;
                owner.out.add(new Message(new Entry(fresh, -1), owner.token, owner.settled));
                all.add(next);
            }
        }

        // -------------------------------------------------------------- the writer's side

        private void startClaim(Writer writer) {
            writer.mode = Mode.CLAIMING;
            writer.request = new ClaimRequest(
                    LANE,
                    "t/0",
                    false,
                    writer.ownedBefore ? writer.guess : FencingToken.NONE,
                    writer.own,
                    writer.ownedBefore ? writer.fact(writer.settled) : Checkpoint.NOTHING,
                    writer.clearBelow,
                    writer.ownedBefore);
            writer.seed = ++drawn;
            writer.told.clear();
            writer.out.clear();
            follow(writer);
        }

        private void tell(int i, Object answer) {
            writers[i].told.add(answer);
            follow(writers[i]);
        }

        private void stop(int i, TerminalCode code) {
            Writer writer = writers[i];
            leave(writer);
            writer.mode = Mode.STOPPING;
            writer.stop = new StopMarkRequest(
                    "t/0",
                    new StopMark(code, writer.fact(writer.settled)),
                    writer.token,
                    plus(writer.own, writer.token),
                    false);
            writer.seed = ++drawn;
            writer.told.clear();
            follow(writer);
        }

        /** Whoever stopped there, an operator says where to go on. */
        private void decide(FencingToken installed) {
            stream.add(new Entry(installed, -1));
            token = installed;
            decided = true;
            emptied |= installed.isNone();
            checkpointed = CheckpointToken.read(installed).floor();
        }

        private @Nullable Long lastOffset(long below) {
            Long last = null;
            for (int at = 0; at < below; at++) {
                if (stream.get(at).offset() >= 0) {
                    last = stream.get(at).offset();
                }
            }
            return last;
        }

        private void onMarkOutcome(Writer writer, boolean left) {
            boolean inForce = StopMark.read(token) != null;
            if (left && !inForce) {
                fail("a mark is said to be left, in force is " + token.value() + history());
            }
            if (!left && !decided && (inForce || writer.made.contains(token))) {
                fail("no mark is left although nobody else fenced the stream: " + token.value() + history());
            }
            marked = left;
            writers[List.of(writers).indexOf(writer)] = new Writer();
        }

        /** The next step becomes the next request, or the end of it the writer's state. */
        private void follow(Writer writer) {
            ClaimStep step = step(writer);
            if (step instanceof Fence fence) {
                if (writer.mode == Mode.STOPPING
                        && !writer.made.contains(fence.expected())
                        && !fence.expected().isNone()) {
                    fail("a mark over somebody else's token " + fence.expected().value() + history());
                }
                writer.made = plus(writer.made, fence.token());
                writer.out.add(new Message(new Entry(fence.token(), -1), fence.expected(), -1));
            } else if (step instanceof Owned owned) {
                own(writer, owned.ownership());
            } else if (step instanceof Outrun outrun) {
                writer.mode = Mode.DOWN;
                writer.own = claim(writer).ownTokens();
                writer.clearBelow = 0;
                if (writer.ownedBefore) {
                    writer.guess = outrun.holder();
                }
            } else if (step instanceof MarkLeft) {
                onMarkOutcome(writer, true);
            } else if (step instanceof MarkNotLeft) {
                onMarkOutcome(writer, false);
            } else if (step instanceof Marked) {
                if (StopMark.read(token) == null) {
                    fail("stopped by a mark that is not in force" + history());
                }
                metMark = true;
                writers[List.of(writers).indexOf(writer)] = new Writer();
            } else if (step instanceof Refused refused && refused.code() == TerminalCode.STREAM_RESET && emptied) {
                writer.own = claim(writer).ownTokens();
                stop(List.of(writers).indexOf(writer), TerminalCode.STREAM_RESET);
            } else if (step instanceof Refused refused) {
                if (refused.code() != TerminalCode.WATERMARK_UNKNOWN
                        || removed.stream().noneMatch(at -> at >= checkpointed)) {
                    fail("refused without need: " + refused + history());
                }
                int index = List.of(writers).indexOf(writer);
                writers[index] = new Writer();
            } else if (!(step instanceof Read)) {
                fail("unexpected " + step + history());
            }
        }

        private void own(Writer writer, Ownership ownership) {
            claimed = true;
            Long truth = lastOffset(ownership.fence());
            if (truth == null ? ownership.watermark() != null : !truth.equals(ownership.watermark())) {
                fail("claimed with watermark " + ownership.watermark() + ", but the stream had held " + truth
                        + history());
            }
            writer.mode = Mode.OWNER;
            writer.ownedBefore = true;
            writer.token = ownership.token();
            writer.guess = ownership.token();
            writer.own = Set.of();
            writer.watermark = ownership.watermark();
            writer.anchor = ownership.anchor();
            writer.settled = ownership.nextSeqNum();
            writer.clearBelow = 0;
            writer.overtaken = Long.MAX_VALUE;
            writer.lost = 0;
        }

        private void answer(int i, Message message, Object answer) {
            Writer writer = writers[i];
            if (writer.mode == Mode.CLAIMING || writer.mode == Mode.STOPPING) {
                tell(i, answer);
            } else if (answer instanceof FencingToken actual && actual.isNone()) {
                stop(i, TerminalCode.STREAM_RESET);
            } else if (answer instanceof Long position) {
                writer.settled = position + 1;
                if (writer.mode == Mode.CHECKPOINTING) {
                    writer.mode = Mode.OWNER;
                    writer.token = message.entry().token();
                    writer.guess = writer.token;
                    writer.own = Set.of();
                } else {
                    writer.watermark = message.entry().offset();
                    writer.anchor = Anchor.exactly(1000 + message.entry().offset());
                }
            } else if (answer instanceof FencingToken actual && !writer.own.contains(actual)) {
                lose(writer, actual);
            } else {
                reclaim(i);
            }
        }

        private void noAnswer(int i, Message message) {
            Writer writer = writers[i];
            writer.lost++;
            if (writer.mode == Mode.CLAIMING || writer.mode == Mode.STOPPING) {
                tell(i, "no answer");
            } else {
                writer.clearBelow = writer.mode == Mode.CHECKPOINTING ? Long.MAX_VALUE : 0;
                reclaim(i);
            }
        }

        private void leave(Writer writer) {
            if (!writer.out.isEmpty()) {
                late.add(List.copyOf(writer.out));
                writer.out.clear();
            }
        }

        private void reclaim(int i) {
            leave(writers[i]);
            startClaim(writers[i]);
        }

        private void lose(Writer writer, FencingToken holder) {
            leave(writer);
            writer.mode = Mode.DOWN;
            writer.guess = holder;
            writer.clearBelow = 0;
        }

        private static FenceClaim claim(Writer writer) {
            FenceClaim claim = new FenceClaim(writer.request, TIMING, new Random(writer.seed), false);
            replay(claim, writer.told);
            return claim;
        }

        private static ClaimStep step(Writer writer) {
            if (writer.mode == Mode.STOPPING) {
                return replay(
                        new StopMarking(writer.stop, TIMING.retries(), new Random(writer.seed), Long.MAX_VALUE),
                        writer.told);
            }
            return replay(new FenceClaim(writer.request, TIMING, new Random(writer.seed), false), writer.told);
        }

        private static ClaimStep replay(StopMarking marking, List<Object> told) {
            ClaimStep step = marking.start();
            for (Object answer : told) {
                if (answer instanceof Long position) {
                    step = marking.onFenced(ack(position), 0);
                } else {
                    step = marking.onFailure(failure(answer), 0);
                }
                if (step instanceof Wait) {
                    step = marking.onWaited();
                }
            }
            return step;
        }

        private static AppendAck ack(long position) {
            StreamPosition end = new StreamPosition(position + 1, 0);
            return new AppendAck(new StreamPosition(position, 0), end, end);
        }

        private static S2Exception failure(Object answer) {
            return answer instanceof FencingToken actual
                    ? new S2Exception(ServerError.tokenMismatch(actual))
                    : new S2Exception(new TransportFailure(TransportFailure.Kind.BROKEN, "lost", null));
        }

        private static ClaimStep replay(FenceClaim claim, List<Object> told) {
            ClaimStep step = claim.start();
            for (Object answer : told) {
                if (answer instanceof Long position) {
                    step = claim.onFenced(ack(position), 0);
                } else if (answer instanceof ReadBatch batch) {
                    step = claim.onRead(batch, 0);
                } else {
                    step = claim.onFailure(failure(answer), 0);
                }
                if (step instanceof Wait) {
                    step = claim.onWaited();
                }
            }
            return step;
        }

        // -------------------------------------------------------------- the stream's side

        private boolean admits(Message message) {
            return message.condition().equals(token) && (message.match() < 0 || message.match() == stream.size());
        }

        /** The position as a Long, the actual token, or the word "tail moved". */
        private Object apply(Message message) {
            if (!message.condition().equals(token)) {
                return token;
            }
            if (message.match() >= 0 && message.match() != stream.size()) {
                return "tail moved";
            }
            if (StopMark.read(token) != null) {
                fail("changed by " + describe(message) + " although it was stopped" + history());
            }
            stream.add(message.entry());
            if (message.entry().token() != null) {
                token = message.entry().token();
                checkpointed =
                        Math.max(checkpointed, CheckpointToken.read(token).floor());
            } else {
                checkData();
            }
            return (long) stream.size() - 1;
        }

        private void checkData() {
            long last = -1;
            for (Entry entry : stream) {
                if (entry.offset() >= 0) {
                    if (entry.offset() != last + 1) {
                        fail("offset " + entry.offset() + " stands behind offset " + last + history());
                    }
                    last = entry.offset();
                }
            }
        }

        private ReadBatch read(Read read) {
            List<SequencedRecord> page = new ArrayList<>();
            for (int at = (int) read.seqNum(); at < stream.size() && page.size() < read.count(); at++) {
                if (!removed.contains(at)) {
                    long offset = stream.get(at).offset();
                    page.add(offset >= 0 ? StreamRecords.data(at, offset) : StreamRecords.fence(at));
                }
            }
            return new ReadBatch(page, null);
        }

        // -------------------------------------------------------------- telling states apart

        String key() {
            Names names = new Names();
            StringBuilder key = new StringBuilder(256);
            for (int at = 0; at < stream.size(); at++) {
                Entry entry = stream.get(at);
                // Which token an old fence carried does not matter any more.
                key.append(removed.contains(at) ? '-' : entry.offset() >= 0 ? 'd' : 'f')
                        .append(entry.offset())
                        .append(' ');
            }
            key.append('|').append(names.of(token)).append('|');
            key.append(trimmed ? 't' : ' ').append(checkpointed);
            key.append(decided ? 'd' : ' ').append(emptied ? 'e' : ' ').append(stops);
            for (List<Message> connection : late) {
                connection.forEach(message -> names.append(key, message));
                key.append(';');
            }
            for (Writer writer : writers) {
                key.append('|')
                        .append(writer.mode.ordinal())
                        .append(writer.ownedBefore ? 'o' : 'n')
                        .append(writer.lost);
                if (writer.ownedBefore) {
                    key.append(names.of(writer.guess))
                            .append(' ')
                            .append(writer.watermark)
                            .append('@')
                            .append(writer.settled)
                            .append('c')
                            .append(writer.clearBelow)
                            .append('o')
                            .append(writer.overtaken);
                }
                for (Message message : writer.out) {
                    names.append(key, message);
                }
                if (writer.mode == Mode.CLAIMING || writer.mode == Mode.STOPPING) {
                    for (Object answer : writer.told) {
                        key.append(
                                answer instanceof FencingToken actual
                                        ? names.of(actual)
                                        : answer instanceof ReadBatch batch ? read(batch) : answer.toString());
                    }
                }
                for (FencingToken own : writer.own) {
                    key.append('=').append(names.of(own));
                }
            }
            return key.toString();
        }

        private static String read(ReadBatch batch) {
            StringBuilder positions = new StringBuilder("r");
            for (SequencedRecord record : batch.records()) {
                positions.append(record.seqNum()).append(',');
            }
            return positions.toString();
        }

        String history() {
            List<String> steps = new ArrayList<>();
            for (World world = this; world != null; world = world.before) {
                steps.add(0, world.step);
            }
            return "\n  " + String.join("\n  ", steps);
        }
    }

    private static Set<FencingToken> plus(Set<FencingToken> tokens, FencingToken another) {
        Set<FencingToken> more = new HashSet<>(tokens);
        more.add(another);
        return more;
    }

    private static String describe(Message message) {
        return message.entry().token() == null
                ? "data " + message.entry().offset() + " for position " + message.match()
                : "fence " + message.entry().token().value() + " over "
                        + message.condition().value() + (message.match() < 0 ? "" : " for position " + message.match());
    }

    /** Tokens by the order of their appearance, with what they say: which random part they have does not matter. */
    private static final class Names {
        private final Map<FencingToken, String> names = new HashMap<>();

        String of(FencingToken token) {
            return names.computeIfAbsent(
                    token,
                    drawn -> (char) ('a' + names.size())
                            + (drawn.isNone()
                                    ? ""
                                    : drawn.value().substring(drawn.value().indexOf('.', 3))));
        }

        void append(StringBuilder key, Message message) {
            key.append('<')
                    .append(
                            message.entry().token() == null
                                    ? String.valueOf(message.entry().offset())
                                    : of(message.entry().token()))
                    .append('/')
                    .append(of(message.condition()))
                    .append('/')
                    .append(message.match())
                    .append('>');
        }
    }
}
