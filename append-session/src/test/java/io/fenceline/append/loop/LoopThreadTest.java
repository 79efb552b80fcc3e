package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Guard;
import io.fenceline.append.InDoubtException;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.StreamAccess;
import io.fenceline.append.machine.NumberedBatches;
import io.fenceline.s2.http.Http2Transport;
import io.fenceline.s2.http.Origin;
import io.fenceline.s2.http.RequestHead;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.testkit.Await;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopThreadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicBoolean clockIsBroken = new AtomicBoolean();
    private final LoopThread sessions = new LoopThread("loop-under-test", () -> {
        if (clockIsBroken.getAndSet(false)) {
            throw new IllegalStateException("no time");
        }
        return System.nanoTime();
    });

    @AfterEach
    void close() {
        sessions.close();
    }

    private AppendSession open(StreamAccess stream, AppendSessionListener listener) {
        AppendSessionConfig config = AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0));
        return sessions.loop().open(stream, config, RecordMatcher.exact(), listener);
    }

    /** A line of it could not be told from one of another task. */
    @Test
    void itsThreadHasTheLogContextOfWhoMadeIt() {
        try (ThreadMdc mdc = new ThreadMdc()) {
            mdc.put("connector.context", "[orders|task-0] ");
            CompletableFuture<String> context = new CompletableFuture<>();
            LoopThread ofATask = new LoopThread("of-a-task");
            try {
                ofATask.loop().execute(() -> context.complete(String.valueOf(mdc.get("connector.context"))));
                assertThat(context).succeedsWithin(PATIENCE).isEqualTo("[orders|task-0] ");
            } finally {
                ofATask.close();
            }
        }
    }

    /** Not only the loop's thread logs what is made of an answer. */
    @Test
    void threadsOfAClientHaveTheLogContextOfWhoMadeIt() {
        try (ThreadMdc mdc = new ThreadMdc()) {
            mdc.put("connector.context", "[orders|task-0] ");
            Origin nobody = new Origin(false, "127.0.0.1", 1);
            try (Http2Transport transport = new Http2Transport(nobody, Duration.ofSeconds(5), Duration.ofSeconds(5))) {
                // an answer that is there before anybody asks for it comes on the caller's own thread
                String heard = "";
                for (int i = 0; i < 1_000 && !heard.startsWith("fenceline-io-"); i++) {
                    CompletableFuture<String> context = transport
                            .call(new RequestHead("GET", "/"), ByteBuffer.allocate(0))
                            .handle((answer, failure) ->
                                    Thread.currentThread().getName() + ": " + mdc.get("connector.context"));
                    assertThat(context).succeedsWithin(PATIENCE);
                    heard = context.join();
                }
                assertThat(heard).startsWith("fenceline-io-").endsWith(": [orders|task-0] ");
            }
        }
    }

    private void onLoop(Runnable task) {
        assertThat(CompletableFuture.runAsync(task, sessions.loop()::execute)).succeedsWithin(PATIENCE);
    }

    private Thread thread() {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        onLoop(() -> thread.complete(Thread.currentThread()));
        return thread.join();
    }

    private static void awaitRest(Thread thread) {
        Await.until(
                "the thread waits",
                PATIENCE,
                () -> thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
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
    void theThreadHoldsNoProgramUp() {
        assertThat(thread().isDaemon()).isTrue();
    }

    @Test
    void aTimerEndsTheLoopsWaitByItself() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        sessions.loop().schedule(Duration.ofHours(1), () -> {});
        sessions.loop().schedule(Duration.ofMillis(10), ran::countDown);

        assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
    }

    /** Posted one after the other, each just when the thread is about to wait again. */
    @Test
    void aPostBetweenTheLastWorkAndTheWaitIsNotMissed() {
        for (int i = 0; i < 50_000; i++) {
            onLoop(() -> {});
        }
    }

    @Test
    void postsOfManyThreadsAreAllDone() {
        AtomicInteger done = new AtomicInteger();
        List<Thread> posters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread poster = new Thread(() -> {
                for (int post = 0; post < 20_000; post++) {
                    sessions.loop().execute(done::incrementAndGet);
                }
            });
            poster.start();
            posters.add(poster);
        }
        Await.until("all are done", PATIENCE, () -> done.get() == 80_000, done::toString);
        assertThat(posters).hasSize(4);
    }

    @Test
    void anInterruptMeansNothingAndDoesNotMakeTheThreadSpin() {
        Thread thread = thread();
        awaitRest(thread);
        thread.interrupt();
        onLoop(() -> {});
        awaitRest(thread);
        onLoop(() -> Thread.currentThread().interrupt());
        awaitRest(thread);
        assertThat(thread.isInterrupted()).isFalse();
    }

    @Test
    void closeComesBackWhenTheThreadHasEndedAndWhatWasPostedBeforeIsDone() {
        Thread thread = thread();
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            sessions.loop().execute(done::incrementAndGet);
        }
        sessions.close();

        assertThat(done).hasValue(1_000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(sessions.loop().isClosed()).isTrue();
        assertThatThrownBy(() -> sessions.loop().execute(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("session loop loop-under-test is closed");
    }

    @Test
    void aCallerThatIsInterruptedWaitsForTheEndAllTheSame() {
        Thread thread = thread();
        Thread.currentThread().interrupt();
        sessions.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void loopCanBeClosedFromItsOwnThread() {
        Thread thread = thread();
        onLoop(sessions::close);
        Await.until("the thread has ended", PATIENCE, () -> !thread.isAlive());
        assertThat(sessions.loop().isClosed()).isTrue();
    }

    /** Without it whoever waited for a ticket would have waited for ever. */
    @Test
    void aLoopThatFailsEndsWithAllItsSessions() {
        EchoStream echo = new EchoStream();
        echo.silent = true;
        RecordingListener listener = new RecordingListener();
        CompletableFuture<AppendAck> ticket = open(echo, listener).submit(NumberedBatches.of(0, 1));
        sessions.loop().schedule(Duration.ofHours(1), () -> {});
        Thread thread = thread();
        awaitRest(thread);
        onLoop(() -> clockIsBroken.set(true));

        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.Aborted.class);
        assertThatThrownBy(ticket::join).hasCauseInstanceOf(InDoubtException.class);
        Await.until("the thread has ended", PATIENCE, () -> !thread.isAlive());
        assertThatThrownBy(() -> sessions.loop().execute(() -> {})).isInstanceOf(IllegalStateException.class);
    }
}
