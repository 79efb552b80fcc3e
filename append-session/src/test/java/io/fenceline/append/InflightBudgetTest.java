package io.fenceline.append;

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
import org.junit.jupiter.api.Test;

class InflightBudgetTest {

    private static final long BATCH = 1 << 20;
    private static final long WINDOW = 5 * BATCH;
    private static final int ENOUGH = (int) (InflightBudget.SLACK_BYTES / BATCH);

    private final List<String> started = new ArrayList<>();
    /** A clock may begin anywhere. */
    private long now = Long.MIN_VALUE;

    private final InflightBudget budget = new InflightBudget(now);

    /** Starts batches as a session does, as long as there are any and its window has room. */
    private class Session {
        final String name;
        final InflightBudget.Account account = budget.open(this::startNext);
        final ArrayDeque<Long> startedAt = new ArrayDeque<>();
        int left;
        int done;
        Consumer<Session> onStarted = session -> {};

        Session(String name, int batches) {
            this.name = name;
            this.left = batches;
        }

        void begin() {
            if (left > 0 && (startedAt.size() + 1) * BATCH <= WINDOW) {
                account.wants();
            }
            budget.giveTurns(now);
        }

        void startNext() {
            left--;
            startedAt.addLast(now);
            started.add(name);
            onStarted.accept(this);
            account.holds(now, startedAt.size() * BATCH);
            begin();
        }

        void ack() {
            done++;
            budget.acknowledged(now, BATCH, now - startedAt.removeFirst());
            account.holds(now, startedAt.size() * BATCH);
            begin();
        }

        void end() {
            startedAt.clear();
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
        assertThat(healthy.startedAt).isEmpty();

        pass(1);
        budget.giveTurns(now);
        for (int i = 0; i < 20; i++) {
            pass(1);
            healthy.ack();
        }
        assertThat(healthy.done).isEqualTo(20);
        assertThat(healthy.startedAt).hasSize(5);
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

    /** Is away by a delay, half of it each way, and does one batch after the other. */
    private final class Service {
        private record Ack(Session session, long at) {}

        final PriorityQueue<Ack> acks = new PriorityQueue<>(Comparator.comparingLong(Ack::at));
        final List<Session> sessions;
        long freeAt = now;
        long mostHeldBatches;

        Service(int sessions, long delayMillis, long workMillis) {
            long delay = TimeUnit.MILLISECONDS.toNanos(delayMillis);
            long work = TimeUnit.MILLISECONDS.toNanos(workMillis);
            this.sessions = IntStream.range(0, sessions)
                    .mapToObj(i -> new Session("s" + i, 1_000_000))
                    .toList();
            for (Session session : this.sessions) {
                session.onStarted = from -> {
                    freeAt = Math.max(freeAt, now + delay / 2) + work;
                    acks.add(new Ack(from, freeAt + delay / 2));
                };
            }
        }

        void runFor(long millis) {
            long end = now + TimeUnit.MILLISECONDS.toNanos(millis);
            sessions.forEach(Session::begin);
            for (Ack next = acks.peek(); next != null && next.at <= end; next = acks.peek()) {
                acks.remove();
                now = next.at;
                next.session.ack();
                mostHeldBatches = Math.max(mostHeldBatches, heldBatches());
            }
        }

        long heldBatches() {
            return sessions.stream().mapToLong(s -> s.startedAt.size()).sum();
        }

        long done() {
            return sessions.stream().mapToLong(s -> s.done).sum();
        }
    }
}
