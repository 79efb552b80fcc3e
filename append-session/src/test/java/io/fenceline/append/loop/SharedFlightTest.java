package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Guard;
import io.fenceline.append.NotAppendedException;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.machine.NumberedBatches;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions of one loop that have more to send than {@link InflightBudget} admits. Time stands still unless a test moves it. */
class SharedFlightTest {

    private final DrivenLoop driver = new DrivenLoop();
    private final SessionLoop loop = driver.loop();

    @AfterEach
    void close() {
        driver.close();
    }

    private AppendSession open(EchoStream stream, AppendSessionListener listener) {
        AppendSessionConfig config = AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0));
        return loop.open(stream, config, RecordMatcher.exact(), listener);
    }

    /** With everything done that can be done now. */
    private <T> CompletableFuture<T> settled(CompletableFuture<T> future) {
        driver.settle();
        return future;
    }

    private static AppendBatch megabyte() {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 256);
        RecordDraft draft = new RecordDraft();
        byte[] body = new byte[AppendBatch.MAX_METERED_BYTES / 2 - 100];
        batch.tryAdd(draft.reset().body(body, 0, body.length));
        batch.tryAdd(draft.reset().body(body, 0, body.length));
        return batch;
    }

    private EchoStream silentStream(List<AppendSession> sessions, int batches) {
        EchoStream stream = new EchoStream();
        stream.silent = true;
        AppendSession session = open(stream, end -> {});
        sessions.add(session);
        driver.run(() -> {
            for (int i = 0; i < batches; i++) {
                session.submit(megabyte());
            }
        });
        return stream;
    }

    /** Sessions that have all in flight that the loop admits, and whose services say nothing. */
    private List<EchoStream> fill(List<AppendSession> sessions) {
        List<EchoStream> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(silentStream(sessions, 6));
        }
        return streams;
    }

    private CompletableFuture<AppendAck> waiting(EchoStream stream) {
        CompletableFuture<AppendAck> ticket = open(stream, end -> {}).submit(megabyte());
        driver.settle();
        assertThat(ticket).isNotDone();
        assertThat(stream.opened).hasValue(0);
        return ticket;
    }

    @Test
    void aStreamWithMuchToSendTakesNoMoreThanItsWindow() {
        silentStream(new ArrayList<>(), 40);
        assertThat(settled(open(new EchoStream(), end -> {}).submit(megabyte())))
                .succeedsWithin(Duration.ZERO);
    }

    @Test
    void aBatchLargerThanTheWindowGoesAlone() {
        AppendSessionConfig small =
                AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0)).withInflightMaxBytes(1000);
        AppendSession session = loop.open(new EchoStream(), small, RecordMatcher.exact(), end -> {});
        List<CompletableFuture<AppendAck>> tickets = List.of(session.submit(megabyte()), session.submit(megabyte()));
        assertThat(settled(tickets.get(1))).succeedsWithin(Duration.ZERO);
    }

    @Test
    void anAbortedSessionSendsNothingOfWhatWaitedForItsTurn() {
        fill(new ArrayList<>());
        EchoStream stream = new EchoStream();
        AppendSession session = open(stream, end -> {});
        CompletableFuture<AppendAck> ticket = session.submit(megabyte());
        driver.settle();
        assertThat(session.queuedBatches()).isEqualTo(1);
        session.abort();
        assertThat(settled(ticket))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(NotAppendedException.class);
        assertThat(stream.opened).hasValue(0);
    }

    /** Refusals were nested in each other, and the stack was too small for them. */
    @Test
    void thousandsOfBatchesThatWaitAreRefusedOneAfterTheOtherWhenTheirSessionEnds() {
        fill(new ArrayList<>());
        AppendSession session = open(new EchoStream(), end -> {});
        List<CompletableFuture<AppendAck>> tickets = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            tickets.add(session.submit(NumberedBatches.of(i, 1)));
        }
        driver.settle();
        session.abort();
        assertThat(settled(tickets.get(19_999)))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(NotAppendedException.class);
        assertThat(tickets).allMatch(CompletableFuture::isCompletedExceptionally);
    }

    /** NumberedBatches that waited for a turn were refused behind the end, though the end is the last thing told. */
    @Test
    void theEndOfASessionIsToldBehindTheRefusalOfWhatWaitedForItsTurn() {
        List<AppendSession> sessions = new ArrayList<>();
        List<EchoStream> busy = fill(sessions);
        for (boolean waitsForATurn : new boolean[] {true, false}) {
            List<String> seen = new ArrayList<>();
            CompletableFuture<SessionEnd> end = new CompletableFuture<>();
            AppendSessionConfig config = AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0))
                    .withInflightMaxBytes(waitsForATurn ? 1 << 20 : 100);
            if (!waitsForATurn) {
                sessions.get(0).abort();
            }
            EchoStream stream = new EchoStream();
            stream.silent = true;
            AppendSession session = loop.open(stream, config, RecordMatcher.exact(), how -> {
                seen.add("end");
                end.complete(how);
            });
            for (int i = 0; i < 3; i++) {
                String name = "ticket " + i;
                session.submit(NumberedBatches.of(i, 1)).whenComplete((ack, failure) -> seen.add(name));
            }
            driver.settle();
            assertThat(stream.opened).as("in flight").hasValue(waitsForATurn ? 0 : 1);
            session.abort();
            assertThat(settled(end)).succeedsWithin(Duration.ZERO).isInstanceOf(SessionEnd.Aborted.class);
            driver.settle();
            assertThat(seen).containsExactly("ticket 0", "ticket 1", "ticket 2", "end");
        }
        assertThat(busy).isNotEmpty();
    }

    @Test
    void aClosedSessionIsOverOnlyWhenWhatWaitedForItsTurnIsAcknowledged() {
        fill(new ArrayList<>());
        List<String> seen = new ArrayList<>();
        CompletableFuture<SessionEnd> end = new CompletableFuture<>();
        AppendSession session = open(new EchoStream(), how -> {
            seen.add("end");
            end.complete(how);
        });
        session.submit(megabyte()).whenComplete((ack, failure) -> seen.add(ack == null ? "refused" : "acknowledged"));
        driver.settle();
        session.close();
        assertThat(settled(end)).succeedsWithin(Duration.ZERO);
        driver.settle();
        assertThat(seen).containsExactly("acknowledged", "end");
    }

    /** With 5 MiB in flight and acks after 400 ms a stream was held to 11 MiB a second. */
    @Test
    void aStreamWhoseAcksTakeLongHasMoreInFlightEachTimeUpToItsLimit() {
        EchoStream stream = new EchoStream();
        stream.silent = true;
        AppendSessionConfig config =
                AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0)).withInflightMaxBytes(18 << 20);
        AppendSession session = loop.open(stream, config, RecordMatcher.exact(), end -> {});
        assertThat(session.windowBytes()).isEqualTo(AppendSession.FIRST_WINDOW_BYTES);
        for (int i = 0; i < 70; i++) {
            session.submit(megabyte());
        }
        driver.settle();
        List<Integer> inflight = new ArrayList<>();
        long acknowledged = 0;
        for (int round = 0; round < 5; round++) {
            int batches = session.inflightBatches();
            inflight.add(batches);
            driver.advance(Duration.ofMillis(400));
            for (int i = 0; i < batches; i++) {
                StreamPosition start = new StreamPosition(acknowledged, 0);
                acknowledged += 2;
                StreamPosition end = new StreamPosition(acknowledged, 0);
                stream.listeners.get(0).onAck(new AppendAck(start, end, end), false);
            }
            driver.settle();
        }
        assertThat(inflight).containsExactly(5, 10, 18, 18, 18);
        assertThat(session.windowBytes()).isEqualTo(18 << 20);
    }

    /** Whoever is held back asks for a batch to go alone, to learn how fast acks are: it costs all others a round trip. */
    @Test
    void aStreamInTroubleDoesNotMakeTheOthersWaitBecauseItsOwnWindowIsFull() {
        List<AppendSession> sessions = new ArrayList<>();
        EchoStream troubled = silentStream(sessions, 6);
        EchoStream stream = new EchoStream();
        stream.silent = true;
        AppendSession session = open(stream, end -> {});
        for (int round = 0; round < 40; round++) {
            session.submit(NumberedBatches.of(2 * round, 1));
            session.submit(NumberedBatches.of(2 * round + 1, 1));
            sessions.get(0).submit(NumberedBatches.of(round, 1));
            driver.settle();
            assertThat(session.inflightBatches()).as("round %d", round).isEqualTo(2);
            driver.advance(Duration.ofMillis(round == 0 ? 1 : 400));
            for (int i = 0; i < 2; i++) {
                StreamPosition start = new StreamPosition(2 * round + i, 0);
                StreamPosition end = new StreamPosition(2 * round + i + 1, 0);
                stream.listeners.get(0).onAck(new AppendAck(start, end, end), false);
            }
            driver.settle();
            if (round == 0) {
                troubled.listeners.get(0).onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "cut", null));
            }
        }
    }

    @Test
    void aWindowThatMayNotBeThatLargeBeginsSmaller() {
        AppendSessionConfig small =
                AppendSessionConfig.fenced(new Guard(new FencingToken("t"), 0)).withInflightMaxBytes(1000);
        AppendSession session = loop.open(new EchoStream(), small, RecordMatcher.exact(), end -> {});
        assertThat(session.windowBytes()).isEqualTo(1000);
        assertThat(settled(session.submit(NumberedBatches.of(0, 1)))).succeedsWithin(Duration.ZERO);
        assertThat(session.windowBytes()).isEqualTo(1000);
    }

    @Test
    void aClosedSessionSendsWhatWaitedForItsTurnFirst() {
        fill(new ArrayList<>());
        CompletableFuture<SessionEnd> end = new CompletableFuture<>();
        AppendSession session = open(new EchoStream(), end::complete);
        List<CompletableFuture<AppendAck>> tickets = List.of(session.submit(megabyte()), session.submit(megabyte()));
        driver.settle();
        assertThat(tickets).noneMatch(CompletableFuture::isDone);
        session.close();
        assertThat(settled(tickets.get(1)))
                .succeedsWithin(Duration.ZERO)
                .satisfies(ack -> assertThat(ack.start().seqNum()).isEqualTo(2));
        assertThat(settled(end)).succeedsWithin(Duration.ZERO).isInstanceOf(SessionEnd.Closed.class);
    }

    @Test
    void aStreamInTroubleGivesItsPartToTheOthersAtOnce() {
        List<EchoStream> busy = fill(new ArrayList<>());
        CompletableFuture<AppendAck> ticket = waiting(new EchoStream());
        busy.get(0).listeners.get(0).onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "cut", null));
        assertThat(settled(ticket)).succeedsWithin(Duration.ZERO);
    }

    @Test
    void aSessionThatEndsGivesItsPartToTheOthersAtOnce() {
        List<AppendSession> sessions = new ArrayList<>();
        fill(sessions);
        CompletableFuture<AppendAck> ticket = waiting(new EchoStream());
        sessions.get(1).abort();
        assertThat(settled(ticket)).succeedsWithin(Duration.ZERO);
    }

    @Test
    void whileNothingHappensStreamsThatHangStopCounting() {
        fill(new ArrayList<>());
        CompletableFuture<AppendAck> ticket = waiting(new EchoStream());
        driver.advance(InflightBudget.STALE);
        assertThat(settled(ticket)).succeedsWithin(Duration.ZERO);
    }

    @Test
    void thousandsOfBatchesThatWaitStartOneAfterTheOtherAndNotWithinEachOther() {
        List<AppendSession> sessions = new ArrayList<>();
        fill(sessions);
        AppendSession session = open(new EchoStream(), end -> {});
        List<CompletableFuture<AppendAck>> tickets = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            tickets.add(session.submit(NumberedBatches.of(i, 1)));
        }
        driver.settle();
        sessions.get(0).abort();
        assertThat(settled(tickets.get(19_999)))
                .succeedsWithin(Duration.ZERO)
                .satisfies(ack -> assertThat(ack.start().seqNum()).isEqualTo(19_999));
    }
}
