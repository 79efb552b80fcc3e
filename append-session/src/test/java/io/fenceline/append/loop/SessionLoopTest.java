package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Cancellable;
import io.fenceline.append.Guard;
import io.fenceline.append.InDoubtException;
import io.fenceline.append.NotAppendedException;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.append.StreamAccess;
import io.fenceline.append.machine.NumberedBatches;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.testkit.Await;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionLoopTest {

    private final SessionLoop loop = new SessionLoop("loop-under-test");

    @AfterEach
    void close() {
        loop.close();
    }

    private static AppendSessionConfig fenced() {
        return AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0))
                .withBackoff(Duration.ofMillis(1), Duration.ofMillis(5));
    }

    private AppendSession open(StreamAccess stream, AppendSessionListener listener) {
        return loop.open(stream, fenced(), RecordMatcher.exact(), listener);
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop::execute).join();
    }

    @Test
    void ticketsCompleteInOrderOnTheLoopThreadAndTheEndIsToldAfterThem() {
        List<String> seen = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> finished = new CompletableFuture<>();
        AppendSession session = open(new EchoStream(), end -> {
            seen.add("end");
            finished.complete(null);
        });
        // on the loop, so that no ticket is completed before its callback is there
        onLoop(() -> {
            for (int i = 0; i < 100; i++) {
                int number = i;
                session.submit(NumberedBatches.of(i, 1))
                        .whenComplete((ack, failure) ->
                                seen.add(number + " " + ack.start().seqNum() + " "
                                        + Thread.currentThread().getName()));
            }
        });
        session.close();
        finished.join();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expected.add(i + " " + i + " loop-under-test");
        }
        expected.add("end");
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void listenerAndCallbacksThatThrowHarmNobody() {
        AtomicInteger told = new AtomicInteger();
        AppendSession angry = open(new EchoStream(), new AppendSessionListener() {
            @Override
            public void onStateChanged(SessionState from, SessionState to, String reason) {
                told.incrementAndGet();
                throw new IllegalStateException("listener");
            }

            @Override
            public void onFinished(SessionEnd end) {
                told.incrementAndGet();
                throw new AssertionError("listener at the end");
            }
        });
        RecordingListener listener = new RecordingListener();
        AppendSession calm = open(new EchoStream(), listener);
        CompletableFuture<AppendAck> first = angry.submit(NumberedBatches.of(0, 1));
        first.thenRun(() -> {
            throw new IllegalStateException("callback");
        });
        angry.submit(NumberedBatches.of(1, 1)).join();
        angry.close();
        calm.submit(NumberedBatches.of(0, 1)).join();
        calm.close();
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.Closed.class);
        Await.until("the other one is closed", Duration.ofSeconds(5), () -> angry.state() == SessionState.CLOSED);
        assertThat(told.get()).isGreaterThan(1);
    }

    @Test
    void taskThatThrowsDoesNotEndTheLoop() {
        loop.execute(() -> {
            throw new IllegalStateException("task");
        });
        AtomicInteger ran = new AtomicInteger();
        onLoop(ran::incrementAndGet);
        assertThat(ran).hasValue(1);
    }

    @Test
    void timersRunInOrderOfTheirTimeAndNotWhenCancelled() {
        List<String> ran = new CopyOnWriteArrayList<>();
        AtomicLong now = new AtomicLong();
        try (SessionLoop timed = new SessionLoop("loop-with-a-clock", now::get)) {
            timed.schedule(Duration.ofMillis(60), () -> ran.add("late"));
            Cancellable cancelled = timed.schedule(Duration.ofMillis(20), () -> ran.add("cancelled"));
            timed.schedule(Duration.ofMillis(10), () -> ran.add("early"));
            cancelled.cancel();

            advance(timed, now, Duration.ofMillis(9));
            assertThat(ran).isEmpty();
            advance(timed, now, Duration.ofMillis(1));
            assertThat(ran).containsExactly("early");
            advance(timed, now, Duration.ofMillis(49));
            assertThat(ran).containsExactly("early");
            advance(timed, now, Duration.ofMillis(1));
            assertThat(ran).containsExactly("early", "late");
        }
    }

    @Test
    void timersThatAreDueTogetherRunInOrderOfTheirTime() {
        List<String> ran = new CopyOnWriteArrayList<>();
        AtomicLong now = new AtomicLong();
        try (SessionLoop timed = new SessionLoop("loop-with-a-clock", now::get)) {
            timed.schedule(Duration.ofMillis(60), () -> ran.add("late"));
            timed.schedule(Duration.ofMillis(10), () -> ran.add("early"));

            advance(timed, now, Duration.ofSeconds(1));
            assertThat(ran).containsExactly("early", "late");
        }
    }

    @Test
    void aTimerEndsTheLoopsWaitByItself() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        loop.schedule(Duration.ofHours(1), () -> {});
        loop.schedule(Duration.ofMillis(10), ran::countDown);

        assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
    }

    /** Moves the clock on, and comes back when the loop has seen to what is due then. */
    private static void advance(SessionLoop loop, AtomicLong now, Duration time) {
        now.addAndGet(time.toNanos());
        // timers follow the tasks of their turn, so the second task comes after the timers of the first one's
        CompletableFuture.runAsync(() -> {}, loop::execute).join();
        CompletableFuture.runAsync(() -> {}, loop::execute).join();
    }

    @Test
    void exchangeThatCannotBeOpenedIsTriedAgain() {
        EchoStream echo = new EchoStream();
        echo.refuseToOpen = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> ticket = session.submit(NumberedBatches.of(0, 1));
        Await.until("two attempts", Duration.ofSeconds(5), () -> listener.retries.get() >= 2);
        assertThat(listener.states)
                .as("nothing was sent, so nothing is in doubt")
                .doesNotContain(SessionState.RESOLVING);
        echo.refuseToOpen = false;
        assertThat(ticket.join().start().seqNum()).isZero();
    }

    @Test
    void batchTheTransportChokedOnIsInDoubt() {
        EchoStream echo = new EchoStream();
        echo.refuseToSend = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> ticket = session.submit(NumberedBatches.of(0, 1));
        listener.awaitState(SessionState.RESOLVING);
        echo.refuseToSend = false;
        assertThat(ticket.join().start().seqNum()).isZero();
    }

    @Test
    void emptyAndFrozenBatchesAreRefusedAtOnce() {
        AppendSession session = open(new EchoStream(), end -> {});
        assertThatThrownBy(() -> session.submit(new AppendBatch(1, 1, 16)))
                .isInstanceOf(IllegalArgumentException.class);
        AppendBatch frozen = NumberedBatches.of(0, 1).freeze(OptionalLong.empty(), null);
        assertThatThrownBy(() -> session.submit(frozen)).isInstanceOf(IllegalArgumentException.class);
        assertThat(session.submit(NumberedBatches.of(0, 1)).join().start().seqNum()).isZero();
    }

    @Test
    void countersTellWhatIsInFlightAndWhatWaits() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        AppendSession session = loop.open(echo, fenced().withInflightMaxBytes(1), RecordMatcher.exact(), end -> {});
        AppendBatch first = NumberedBatches.of(0, 2);
        AppendBatch second = NumberedBatches.of(2, 1);
        CompletableFuture<AppendAck> ticket = session.submit(first);
        session.submit(second);
        onLoop(() -> {});
        assertThat(session.inflightBatches()).isEqualTo(1);
        assertThat(session.inflightBytes()).isEqualTo(first.meteredBytes());
        assertThat(session.queuedBatches()).isEqualTo(1);
        assertThat(session.queuedBytes()).isEqualTo(second.meteredBytes());
        assertThat(session.oldestInflightAge()).isPositive();
        session.abort();
        assertThatThrownBy(ticket::join).hasCauseInstanceOf(InDoubtException.class);
        onLoop(() -> {});
        assertThat(session.inflightBytes() + session.queuedBytes()).isZero();
        assertThat(session.inflightBatches() + session.queuedBatches()).isZero();
        assertThat(session.oldestInflightAge()).isZero();
    }

    /** An idle lane took 6 KiB more than it had to: the machine's last decisions were kept, and with them the batch. */
    @Test
    void sessionWithNothingToDoKeepsNothingOfTheBatchThatWasAcknowledged() {
        Duration longerThanThisTest = Duration.ofMinutes(10);
        AppendSession session = loop.open(
                new EchoStream(),
                fenced().withTimeouts(longerThanThisTest, longerThanThisTest, longerThanThisTest),
                RecordMatcher.exact(),
                end -> {});
        WeakReference<AppendBatch> batch = acknowledged(session);
        onLoop(() -> {});

        Await.until("the batch is garbage", Duration.ofSeconds(10), () -> {
            System.gc();
            return batch.get() == null;
        });
        assertThat(session.state()).isEqualTo(SessionState.OPEN);
    }

    private static WeakReference<AppendBatch> acknowledged(AppendSession session) {
        AppendBatch batch = NumberedBatches.of(0, 1);
        session.submit(batch).join();
        return new WeakReference<>(batch);
    }

    @Test
    void oneSessionsFailureDoesNotTouchAnother() {
        EchoStream bad = new EchoStream();
        bad.silent = true;
        RecordingListener badListener = new RecordingListener();
        AppendSession failing = open(bad, badListener);
        CompletableFuture<AppendAck> lost = failing.submit(NumberedBatches.of(0, 1));
        EchoStream good = new EchoStream();
        AppendSession working = open(good, new RecordingListener());
        Await.until("the exchange is open", Duration.ofSeconds(5), () -> !bad.listeners.isEmpty());
        bad.listeners.get(0).onRejected(ServerError.of(404, "stream_not_found", "gone"));
        assertThatThrownBy(lost::join).hasCauseInstanceOf(NotAppendedException.class);
        assertThat(badListener.awaitEnd()).isInstanceOf(SessionEnd.TargetMissing.class);
        assertThat(working.submit(NumberedBatches.of(0, 1)).join().start().seqNum()).isZero();
    }

    @Test
    void closingTheLoopEndsEverySessionAndEveryTicket() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> open = session.submit(NumberedBatches.of(0, 1));
        loop.close();
        assertThat(listener.end).isCompletedWithValue(new SessionEnd.Aborted());
        assertThat(open).isCompletedExceptionally();
        assertThatThrownBy(() -> session.submit(NumberedBatches.of(1, 1)).join())
                .hasCauseInstanceOf(NotAppendedException.class);
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(IllegalStateException.class);
        session.close();
        session.abort();
        assertThat(listener.ends).hasValue(1);
    }

    @Test
    void loopCanBeClosedFromItsOwnThread() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            try {
                loop.close();
            } catch (RuntimeException e) {
                thrown.set(e);
            }
            done.countDown();
        });
        Await.until("closed", Duration.ofSeconds(5), () -> done.getCount() == 0);
        assertThat(thrown.get()).isNull();
    }

    @Test
    void lateEventsOfABrokenExchangeChangeNothing() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> ticket = session.submit(NumberedBatches.of(0, 1));
        Await.until("the exchange is open", Duration.ofSeconds(5), () -> !echo.listeners.isEmpty());
        AppendExchange.Listener old = echo.listeners.get(0);
        echo.silent = false;
        old.onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "reset", null));
        old.onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "reset, says the writer", null));
        assertThat(ticket.join().start().seqNum()).isZero();
        old.onAck(new AppendAck(new StreamPosition(0, 0), new StreamPosition(1, 0), new StreamPosition(1, 0)), false);
        onLoop(() -> {});
        assertThat(listener.retries).hasValue(1);
        assertThat(session.submit(NumberedBatches.of(1, 1)).join().start().seqNum()).isEqualTo(1);
    }
}
