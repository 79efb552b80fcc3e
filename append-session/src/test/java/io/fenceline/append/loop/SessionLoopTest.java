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
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop driven by the test's own thread. */
class SessionLoopTest {

    private final DrivenLoop driver = new DrivenLoop();
    private final SessionLoop loop = driver.loop();

    @AfterEach
    void close() {
        driver.close();
    }

    private static AppendSessionConfig fenced() {
        return AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0))
                .withBackoff(Duration.ofMillis(1), Duration.ofMillis(5));
    }

    /** Longer than any back-off of {@link #fenced}. */
    private static final Duration SOON = Duration.ofMillis(10);

    private AppendSession open(StreamAccess stream, AppendSessionListener listener) {
        return loop.open(stream, fenced(), RecordMatcher.exact(), listener);
    }

    /** The outcome of a ticket, with everything done that can be done now. */
    private AppendAck settled(CompletableFuture<AppendAck> ticket) {
        driver.settle();
        assertThat(ticket).isDone();
        return ticket.join();
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
        settled(angry.submit(NumberedBatches.of(1, 1)));
        angry.close();
        settled(calm.submit(NumberedBatches.of(0, 1)));
        calm.close();
        driver.settle();
        assertThat(listener.end).isCompletedWithValue(new SessionEnd.Closed());
        assertThat(angry.state()).isEqualTo(SessionState.CLOSED);
        assertThat(told.get()).isGreaterThan(1);
    }

    @Test
    void taskThatThrowsDoesNotEndTheLoop() {
        loop.execute(() -> {
            throw new IllegalStateException("task");
        });
        AtomicInteger ran = new AtomicInteger();
        driver.run(ran::incrementAndGet);
        assertThat(ran).hasValue(1);
    }

    @Test
    void timersRunInOrderOfTheirTimeAndNotWhenCancelled() {
        List<String> ran = new ArrayList<>();
        loop.schedule(Duration.ofMillis(60), () -> ran.add("late"));
        Cancellable cancelled = loop.schedule(Duration.ofMillis(20), () -> ran.add("cancelled"));
        loop.schedule(Duration.ofMillis(10), () -> ran.add("early"));
        cancelled.cancel();

        driver.advance(Duration.ofMillis(9));
        assertThat(ran).isEmpty();
        driver.advance(Duration.ofMillis(1));
        assertThat(ran).containsExactly("early");
        driver.advance(Duration.ofMillis(49));
        assertThat(ran).containsExactly("early");
        driver.advance(Duration.ofMillis(1));
        assertThat(ran).containsExactly("early", "late");
    }

    @Test
    void timersThatAreDueTogetherRunInOrderOfTheirTime() {
        List<String> ran = new ArrayList<>();
        loop.schedule(Duration.ofMillis(60), () -> ran.add("late"));
        loop.schedule(Duration.ofMillis(10), () -> ran.add("early"));

        driver.advance(Duration.ofSeconds(1));
        assertThat(ran).containsExactly("early", "late");
    }

    @Test
    void whatATaskPostsIsDoneByTheNextWorkBehindTheTimersThatAreDue() {
        List<String> ran = new ArrayList<>();
        loop.schedule(Duration.ZERO, () -> ran.add("timer"));
        loop.execute(() -> {
            ran.add("task");
            loop.execute(() -> ran.add("its own"));
        });

        assertThat(loop.work()).isTrue();
        assertThat(ran).containsExactly("task", "timer");
        assertThat(loop.work()).isTrue();
        assertThat(ran).containsExactly("task", "timer", "its own");
        assertThat(loop.work()).isFalse();
    }

    /** A driver that waits for too long holds up whatever was posted; one that does not wait burns a processor. */
    @Test
    void theDriverIsToldHowLongItMayWait() {
        assertThat(loop.nanosUntilWork()).isEqualTo(Long.MAX_VALUE);
        loop.schedule(Duration.ofMillis(10), () -> {});
        assertThat(loop.nanosUntilWork()).as("posted").isZero();
        driver.settle();
        assertThat(loop.nanosUntilWork()).isEqualTo(10_000_000);
        driver.advance(Duration.ofMillis(4));
        assertThat(loop.nanosUntilWork()).isEqualTo(6_000_000);
        loop.execute(() -> {});
        assertThat(loop.nanosUntilWork()).as("posted").isZero();
        driver.advance(Duration.ofMillis(6));
        assertThat(loop.nanosUntilWork()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void theDriverIsWokenUpByWhatIsPostedToAnEmptyQueueAndOnlyBehindThat() {
        List<Long> waits = new ArrayList<>();
        AtomicReference<SessionLoop> woken = new AtomicReference<>();
        SessionLoop waiting = new SessionLoop(
                "waiting", () -> 0, () -> 0.5, () -> waits.add(woken.get().nanosUntilWork()));
        woken.set(waiting);

        waiting.execute(() -> {});
        waiting.execute(() -> {});
        assertThat(waits).as("what it finds when it is woken up").containsExactly(0L);
        waiting.work();
        waiting.execute(() -> waiting.execute(() -> {}));
        assertThat(waits).hasSize(2);
        waiting.work();
        assertThat(waits).as("a task posts, too").containsExactly(0L, 0L, 0L);
    }

    /** Half of the queue would be done before the other half, whichever came first. */
    @Test
    void aTaskThatDrivesTheLoopIsRefused() {
        AtomicReference<Throwable> refused = new AtomicReference<>();
        List<String> ran = new ArrayList<>();
        loop.execute(() -> {
            try {
                loop.work();
            } catch (IllegalStateException e) {
                refused.set(e);
            }
        });
        loop.execute(() -> ran.add("first"));
        loop.execute(() -> ran.add("second"));
        driver.settle();

        assertThat(refused.get()).hasMessage("session loop loop-under-test is driven by a task of its own");
        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void twoThreadsThatDriveTheLoopAtOnceAreRefused() {
        AtomicReference<Throwable> work = new AtomicReference<>();
        AtomicReference<Throwable> close = new AtomicReference<>();
        driver.run(() -> {
            work.set(failureOnAnotherThread(loop::work));
            close.set(failureOnAnotherThread(loop::close));
        });
        assertThat(work.get())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("session loop loop-under-test is driven by two threads at once: %s and another thread"
                        .formatted(Thread.currentThread().getName()));
        assertThat(close.get()).isInstanceOf(IllegalStateException.class);

        assertThat(failureOnAnotherThread(loop::work)).as("one after the other").isNull();
        assertThat(loop.isClosed()).isFalse();
    }

    private static @Nullable Throwable failureOnAnotherThread(Runnable call) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        call.run();
                    } catch (RuntimeException e) {
                        failure.set(e);
                    }
                },
                "another thread");
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return failure.get();
    }

    @Test
    void exchangeThatCannotBeOpenedIsTriedAgain() {
        EchoStream echo = new EchoStream();
        echo.refuseToOpen = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> ticket = session.submit(NumberedBatches.of(0, 1));
        driver.settle();
        driver.advance(SOON);
        assertThat(listener.retries).hasValue(2);
        assertThat(listener.states)
                .as("nothing was sent, so nothing is in doubt")
                .doesNotContain(SessionState.RESOLVING);
        echo.refuseToOpen = false;
        driver.advance(SOON);
        assertThat(settled(ticket).start().seqNum()).isZero();
    }

    @Test
    void batchTheTransportChokedOnIsInDoubt() {
        EchoStream echo = new EchoStream();
        echo.refuseToSend = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> ticket = session.submit(NumberedBatches.of(0, 1));
        driver.settle();
        driver.advance(SOON);
        assertThat(listener.states).contains(SessionState.RESOLVING);
        echo.refuseToSend = false;
        driver.advance(SOON);
        assertThat(settled(ticket).start().seqNum()).isZero();
    }

    @Test
    void emptyAndFrozenBatchesAreRefusedAtOnce() {
        AppendSession session = open(new EchoStream(), end -> {});
        assertThatThrownBy(() -> session.submit(new AppendBatch(1, 1, 16)))
                .isInstanceOf(IllegalArgumentException.class);
        AppendBatch frozen = NumberedBatches.of(0, 1).freeze(OptionalLong.empty(), null);
        assertThatThrownBy(() -> session.submit(frozen)).isInstanceOf(IllegalArgumentException.class);
        assertThat(settled(session.submit(NumberedBatches.of(0, 1))).start().seqNum())
                .isZero();
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
        driver.settle();
        assertThat(session.inflightBatches()).isEqualTo(1);
        assertThat(session.inflightBytes()).isEqualTo(first.meteredBytes());
        assertThat(session.queuedBatches()).isEqualTo(1);
        assertThat(session.queuedBytes()).isEqualTo(second.meteredBytes());
        driver.advance(Duration.ofMillis(3));
        assertThat(session.oldestInflightAge()).isEqualTo(Duration.ofMillis(3));
        session.abort();
        driver.settle();
        assertThatThrownBy(ticket::join).hasCauseInstanceOf(InDoubtException.class);
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

        Await.until("the batch is garbage", Duration.ofSeconds(10), () -> {
            System.gc();
            return batch.get() == null;
        });
        assertThat(session.state()).isEqualTo(SessionState.OPEN);
    }

    private WeakReference<AppendBatch> acknowledged(AppendSession session) {
        AppendBatch batch = NumberedBatches.of(0, 1);
        settled(session.submit(batch));
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
        driver.settle();
        bad.listeners.get(0).onRejected(ServerError.of(404, "stream_not_found", "gone"));
        driver.settle();
        assertThatThrownBy(lost::join).hasCauseInstanceOf(NotAppendedException.class);
        assertThat(badListener.end).isCompletedWithValueMatching(end -> end instanceof SessionEnd.TargetMissing);
        assertThat(settled(working.submit(NumberedBatches.of(0, 1))).start().seqNum())
                .isZero();
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
        assertThatThrownBy(open::join).as("it was sent").hasCauseInstanceOf(InDoubtException.class);
        assertThatThrownBy(() -> session.submit(NumberedBatches.of(1, 1)).join())
                .hasCauseInstanceOf(NotAppendedException.class);
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(IllegalStateException.class);
        session.close();
        session.abort();
        assertThat(listener.ends).hasValue(1);
    }

    @Test
    void whatWasPostedBeforeTheCloseIsDoneBeforeTheSessionsAreAborted() {
        AppendSession session = open(new EchoStream(), end -> {});
        settled(session.submit(NumberedBatches.of(0, 1)));
        List<SessionState> seen = new ArrayList<>();
        loop.execute(() -> seen.add(session.state()));
        loop.close();

        assertThat(seen).containsExactly(SessionState.OPEN);
        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
    }

    @Test
    void aLoopThatATaskClosesEndsBehindTheRestOfItsWork() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        AppendSession session = open(echo, end -> {});
        CompletableFuture<AppendAck> sent = session.submit(NumberedBatches.of(0, 1));
        driver.settle();
        List<String> ran = new ArrayList<>();
        loop.execute(() -> {
            loop.close();
            ran.add("closes " + loop.isClosed() + " " + sent.isDone());
            loop.execute(() -> ran.add("posted meanwhile"));
        });
        loop.execute(() -> ran.add("posted before"));
        loop.work();

        assertThat(ran).containsExactly("closes false false", "posted before", "posted meanwhile");
        assertThat(loop.isClosed()).isTrue();
        assertThat(sent).isCompletedExceptionally();
        assertThat(loop.work()).isFalse();
        assertThat(loop.nanosUntilWork()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aSessionOpenedByWhatTheCloseEndsIsEndedToo() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        RecordingListener second = new RecordingListener();
        List<CompletableFuture<AppendAck>> late = new ArrayList<>();
        open(echo, end -> late.add(open(echo, second).submit(NumberedBatches.of(0, 1))));
        driver.settle();
        loop.close();

        assertThat(second.end).isCompletedWithValue(new SessionEnd.Aborted());
        assertThat(late).hasSize(1);
        assertThat(late.get(0)).isCompletedExceptionally();
    }

    @Test
    void aLoopThatIsClosedMayBeClosedAgainByAnotherThread() {
        loop.close();
        assertThat(failureOnAnotherThread(loop::close)).isNull();
    }

    /** A checked exception that was not declared gets through to the driver, which may go on. */
    @Test
    void whatALapThatFailedHasLeftComesBeforeWhatIsPostedLater() {
        List<String> ran = new ArrayList<>();
        loop.execute(() -> throwUndeclared(new IOException("not contained")));
        loop.execute(() -> ran.add("posted before"));
        assertThatThrownBy(loop::work).hasMessage("not contained");
        loop.execute(() -> ran.add("posted later"));
        driver.settle();

        assertThat(ran).containsExactly("posted before", "posted later");
    }

    @SuppressWarnings("unchecked")
    private static <E extends Exception> void throwUndeclared(Exception undeclared) throws E {
        throw (E) undeclared;
    }

    @Test
    void lateEventsOfABrokenExchangeChangeNothing() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        RecordingListener listener = new RecordingListener();
        AppendSession session = open(echo, listener);
        CompletableFuture<AppendAck> ticket = session.submit(NumberedBatches.of(0, 1));
        driver.settle();
        AppendExchange.Listener old = echo.listeners.get(0);
        echo.silent = false;
        old.onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "reset", null));
        old.onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "reset, says the writer", null));
        driver.settle();
        driver.advance(SOON);
        assertThat(settled(ticket).start().seqNum()).isZero();
        old.onAck(new AppendAck(new StreamPosition(0, 0), new StreamPosition(1, 0), new StreamPosition(1, 0)), false);
        driver.settle();
        assertThat(listener.retries).hasValue(1);
        assertThat(settled(session.submit(NumberedBatches.of(1, 1))).start().seqNum())
                .isEqualTo(1);
    }

    @Test
    void aLoopWhoseClockFailsEndsAllTheSameWhenItIsClosed() {
        AtomicBoolean broken = new AtomicBoolean();
        SessionLoop failing = new SessionLoop(
                "failing",
                () -> {
                    if (broken.get()) {
                        throw new IllegalStateException("no clock");
                    }
                    return 0;
                },
                () -> 0.5,
                () -> {});
        failing.schedule(Duration.ofSeconds(1), () -> {});
        failing.work();
        broken.set(true);

        assertThatThrownBy(failing::close).hasMessage("no clock");
        assertThat(failing.isClosed()).isTrue();
        assertThat(failureOnAnotherThread(failing::close)).isNull();
    }
}
