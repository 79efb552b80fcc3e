package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InflightBudgetTest {

    private static final long BATCH = 1 << 20;
    private static final long WINDOW = 5 * BATCH;
    private static final long LIMIT = 64 * BATCH;
    private static final int ENOUGH = (int) (InflightBudget.SLACK_BYTES / BATCH);

    private final List<String> started = new ArrayList<>();
    /** A clock may begin anywhere. */
    private long now = Long.MIN_VALUE;

    private final InflightBudget budget = new InflightBudget(now);

    /** Starts batches as a session does, as long as there are any and its window has room. */
    private class Session {
        final String name;
        final InflightBudget.Account account;
        final ArrayDeque<InflightBudget.Departure> inflight = new ArrayDeque<>();
        int left;
        int done;
        Consumer<Session> onStarted = session -> {};

        Session(String name, int batches) {
            this(name, batches, WINDOW);
        }

        Session(String name, int batches, long limit) {
            this.name = name;
            this.left = batches;
            this.account = budget.open(now, limit, this::startNext);
        }

        void begin() {
            if (left > 0) {
                if ((inflight.size() + 1) * BATCH <= account.window()) {
                    account.wants();
                } else {
                    account.isFull(now);
                }
            }
            budget.giveTurns(now);
        }

        void startNext() {
            left--;
            inflight.addLast(account.departs(now));
            started.add(name);
            onStarted.accept(this);
            account.holds(now, inflight.size() * BATCH);
            begin();
        }

        void ack() {
            done++;
            account.acknowledged(now, BATCH, inflight.removeFirst());
            account.holds(now, inflight.size() * BATCH);
            begin();
        }

        void end() {
            inflight.clear();
            left = 0;
            account.holds(now, 0);
            budget.giveTurns(now);
        }
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** As many sessions as it takes, each with its window full. */
    private List<Session> fill() {
        List<Session> sessions = Stream.of("a", "b", "c", "d")
                .map(name -> new Session(name, 100))
                .toList();
        sessions.forEach(Session::begin);
        assertThat(started).hasSize(ENOUGH);
        return sessions;
    }

    @Test
    void batchesStartAtOnceWhileThereIsRoomAndNoneBeyondIt() {
        Session alone = new Session("alone", 3);
        alone.begin();
        assertThat(started).containsExactly("alone", "alone", "alone");
        assertThat(budget.isAwaited()).isFalse();
        started.clear();
        alone.end();

        fill();
        assertThat(budget.isAwaited()).isTrue();
    }

    @Test
    void sessionsThatWaitTakeTurnsBatchByBatch() {
        List<Session> sessions = fill();
        Session late = new Session("late", 2);
        late.begin();
        assertThat(started).doesNotContain("late");
        started.clear();
        for (int i = 0; i < 4; i++) {
            sessions.get(0).ack();
        }
        // "d" was stopped by the full budget and has waited longest, "a" asks for more with each of its acks
        assertThat(started).containsExactly("d", "late", "a", "d");
    }

    @Test
    void aStreamThatHangsTakesNothingFromTheOthersAfterASecond() {
        fill();
        Session healthy = new Session("healthy", 50);
        healthy.begin();
        pass(999);
        budget.giveTurns(now);
        assertThat(healthy.inflight).isEmpty();

        pass(1);
        budget.giveTurns(now);
        for (int i = 0; i < 20; i++) {
            pass(1);
            healthy.ack();
        }
        assertThat(healthy.done).isEqualTo(20);
        assertThat(healthy.inflight).hasSize(5);
    }

    @Test
    void startingMoreIsNoSignOfLife() {
        List<Session> sessions = IntStream.range(0, 4)
                .mapToObj(i -> new Session("hangs" + i, ENOUGH / 4 - 1))
                .toList();
        sessions.forEach(Session::begin);
        pass(900);
        for (Session session : sessions) {
            session.left = 1;
            session.begin();
        }
        assertThat(started).hasSize(ENOUGH);
        Session late = new Session("late", 1);
        late.begin();
        assertThat(started).doesNotContain("late");
        pass(100);
        budget.giveTurns(now);
        assertThat(started).contains("late");
    }

    @Test
    void aStreamThatGoesOnCountsHoweverLongItsOldestBatchIsOut() {
        List<Session> sessions = fill();
        Session late = new Session("late", 100);
        for (int i = 0; i < 3; i++) {
            pass(900);
            sessions.forEach(Session::ack);
        }
        started.clear();
        pass(900);
        late.begin();
        assertThat(started).isEmpty();
    }

    @Test
    void whatASessionHeldIsFreeWhenItIsOver() {
        List<Session> sessions = fill();
        started.clear();
        sessions.get(0).end();
        assertThat(started).isNotEmpty().doesNotContain("a");
    }

    @Test
    void aSessionThatIsOverIsNotKept() {
        WeakReference<Session> over = whatEnded();
        Await.until("the session is garbage", Duration.ofSeconds(10), () -> {
            System.gc();
            return over.get() == null;
        });
        assertThat(budget.isAwaited()).isFalse();
    }

    private WeakReference<Session> whatEnded() {
        Session session = new Session("short", 2);
        session.begin();
        session.end();
        return new WeakReference<>(session);
    }

    @Test
    void aBusyServiceIsGivenNoMoreThanKeepsItBusyAndServesAllAlike() {
        Service service = new Service(64, 1, 5);
        service.runFor(20_000);
        long most = service.mostHeldBatches;
        assertThat(most).as("batches in flight").isBetween((long) ENOUGH, ENOUGH + 2L);
        int slowest = service.sessions.stream().mapToInt(s -> s.done).min().orElseThrow();
        int fastest = service.sessions.stream().mapToInt(s -> s.done).max().orElseThrow();
        assertThat(fastest - slowest).as("the head start of one window").isLessThanOrEqualTo(5);
        assertThat(service.done()).as("of 4000 that it can do").isGreaterThan(3990);
    }

    @Test
    void aLongLineIsFilledUpToTheWindowsOfTheSessions() {
        Service service = new Service(16, 400, 1);
        service.runFor(5_000);
        assertThat(service.heldBatches()).isEqualTo(16 * 5);
    }

    @Test
    void aSessionAloneFillsALongLineUpToItsLimit() {
        Service service = new Service(List.of(new Session("far", 1_000_000, LIMIT)), 400, 1);
        assertThat(service.sessions.get(0).account.window()).isEqualTo(WINDOW);
        service.runFor(399);
        assertThat(service.heldBatches()).isEqualTo(5);
        service.runFor(2_100);
        assertThat(service.heldBatches()).as("doubled four times, if need be").isEqualTo(64);
        service.runFor(20_000);
        assertThat(service.mostHeldBatches).isEqualTo(64);
    }

    @Test
    void sessionsTogetherFillALongLine() {
        Service service = new Service(sessions(16, LIMIT), 400, 1);
        service.runFor(3_000);
        assertThat(service.heldBatches()).isBetween(16 * 20L, 16 * 64L);
    }

    @Test
    void aLongLineIsGivenTwiceWhatItTakesAtMost() {
        // one batch each 40 ms makes 10 in 400 ms, and the one being worked on
        Service service = new Service(List.of(new Session("far", 1_000_000, LIMIT)), 400, 40);
        service.runFor(60_000);
        assertThat(service.mostHeldBatches).isBetween(12L, 23L);
        assertThat(service.done()).as("of 1490 that it can do").isGreaterThan(1400);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 64})
    void aServiceWhoseAcksAreLateBecauseItIsBusyIsGivenNoMoreHoweverLongItIs(int sessions) {
        Service service = new Service(sessions(sessions, LIMIT), 1, 5);
        service.runFor(120_000);
        assertThat(service.mostHeldBatches).isLessThanOrEqualTo(Math.min(sessions * 5L, ENOUGH + 2));
        assertThat(service.done()).as("of 24000 that it can do").isGreaterThan(23_900);
    }

    @Test
    void aWindowShrinksAtOnceWhenAcksAreFastAgain() {
        Session session = new Session("nearer", 1_000_000, LIMIT);
        Service service = new Service(List.of(session), 400, 1);
        service.runFor(5_000);
        assertThat(session.account.window()).isEqualTo(LIMIT);
        session.left = 0;
        service.runFor(1_000);
        assertThat(service.heldBatches()).isZero();
        service.delayMillis = 1;
        session.left = 1_000_000;
        service.runFor(2_000);
        assertThat(service.heldBatches()).isEqualTo(5);
        assertThat(session.account.window()).isEqualTo(WINDOW);
    }

    /** So many are in flight that they make a queue, which looks like a long line from outside. */
    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void aWindowShrinksAfterAWhileAlsoWhenItsQueueHidesThatTheServiceIsNear(int sessions) {
        Service service = new Service(sessions(sessions, LIMIT), 400, 5);
        service.runFor(5_000);
        assertThat(service.heldBatches()).isGreaterThanOrEqualTo(64);
        service.delayMillis = 1;
        service.runFor(120_000);
        service.mostHeldBatches = 0;
        service.runFor(60_000);
        assertThat(service.mostHeldBatches).isLessThanOrEqualTo(Math.min(sessions * 5L, ENOUGH + 2));
    }

    /** What was the fastest ack was remembered for ever, and with it that there was no need for more. */
    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void aServiceThatMovesFurtherAwayIsGivenMoreAfterAWhile(int sessions) {
        Service service = new Service(sessions(sessions, LIMIT), 1, 5);
        service.runFor(5_000);
        long near = service.heldBatches();
        assertThat(near).isLessThanOrEqualTo(ENOUGH + 2L);
        service.delayMillis = 400;
        service.runFor(15_000);
        long done = service.done();
        service.runFor(10_000);
        assertThat(service.heldBatches()).isGreaterThan(3 * near);
        assertThat(service.done() - done).as("of 2000 that it can do").isGreaterThan(1_500);
    }

    @Test
    void aLongLineRunsOutSeldom() {
        Service service = new Service(List.of(new Session("far", 1_000_000, LIMIT)), 400, 1);
        service.runFor(5_000);
        long done = service.done();
        service.runFor(300_000);
        assertThat(service.leastHeldBatches).as("it does run out").isLessThan(2);
        assertThat(service.done() - done).as("of 64 in 401 ms").isGreaterThan((long) (0.98 * 64 * 300_000 / 401));
    }

    @Test
    void aSessionWithoutAcksIsGivenNoMore() {
        Session stalled = new Session("stalled", 1_000, LIMIT);
        stalled.begin();
        Service service = new Service(sessions(4, LIMIT), 400, 1);
        service.runFor(30_000);
        assertThat(service.heldBatches()).isGreaterThan(4 * 30);
        assertThat(stalled.inflight).hasSize(5);
        assertThat(stalled.account.window()).isEqualTo(WINDOW);
    }

    @Test
    void aSessionThatHangsDoesNotKeepTheOthersFromLearningThatTheServiceIsFurtherAway() {
        Session stalled = new Session("stalled", 1_000, LIMIT);
        stalled.begin();
        Service service = new Service(sessions(4, LIMIT), 1, 5);
        service.runFor(5_000);
        service.delayMillis = 400;
        service.runFor(20_000);
        assertThat(service.heldBatches()).isGreaterThan(60);
        assertThat(stalled.inflight).hasSize(5);
    }

    @Test
    void aBatchThatWentAloneAndIsLostDoesNotKeepTheOthersWaiting() {
        Service service = new Service(sessions(2, LIMIT), 1, 5);
        service.runFor(1_000);
        service.delayMillis = 400;
        service.loseWhatGoesAlone = true;
        service.runFor(20_000);
        assertThat(service.lost).isNotNull();
        long done = service.done();
        service.runFor(10_000);
        assertThat(service.done() - done).as("of 2000").isGreaterThan(1_000);
    }

    private List<Session> sessions(int count, long limit) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Session("s" + i, 1_000_000, limit))
                .toList();
    }

    /** Is away by a delay, half of it each way, and does one batch after the other. */
    private final class Service {
        private record Ack(Session session, long at) {}

        final PriorityQueue<Ack> acks = new PriorityQueue<>(Comparator.comparingLong(Ack::at));
        final List<Session> sessions;
        long delayMillis;
        long freeAt = now;
        long mostHeldBatches;
        long leastHeldBatches = Long.MAX_VALUE;
        boolean loseWhatGoesAlone;

        private @Nullable Session lost;

        Service(int sessions, long delayMillis, long workMillis) {
            this(sessions(sessions, WINDOW), delayMillis, workMillis);
        }

        Service(List<Session> sessions, long delayMillis, long workMillis) {
            this.delayMillis = delayMillis;
            this.sessions = sessions;
            long work = TimeUnit.MILLISECONDS.toNanos(workMillis);
            for (Session session : sessions) {
                session.onStarted = from -> {
                    if (loseWhatGoesAlone && lost == null && heldBatches() == 1) {
                        lost = from;
                    }
                    if (lost == from) {
                        return;
                    }
                    long delay = TimeUnit.MILLISECONDS.toNanos(this.delayMillis);
                    freeAt = Math.max(freeAt, now + delay / 2) + work;
                    acks.add(new Ack(from, freeAt + delay / 2));
                };
            }
        }

        /** As the loop does, sessions that wait are looked at four times a second as well. */
        void runFor(long millis) {
            long end = now + TimeUnit.MILLISECONDS.toNanos(millis);
            sessions.forEach(Session::begin);
            while (now < end) {
                Ack next = acks.peek();
                long look = Math.min(end, now + InflightBudget.STALE.toNanos() / 4);
                if (next == null || next.at > look) {
                    now = look;
                    budget.giveTurns(now);
                    continue;
                }
                acks.remove();
                now = next.at;
                next.session.ack();
                mostHeldBatches = Math.max(mostHeldBatches, heldBatches());
                leastHeldBatches = Math.min(leastHeldBatches, heldBatches());
            }
        }

        long heldBatches() {
            return sessions.stream().mapToLong(s -> s.inflight.size()).sum();
        }

        long done() {
            return sessions.stream().mapToLong(s -> s.done).sum();
        }
    }
}
