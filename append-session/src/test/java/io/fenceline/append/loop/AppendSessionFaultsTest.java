package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.NotAppendedException;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.S2StreamAccess;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.append.machine.NumberedBatches;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions over real sockets against the scripted server. */
class AppendSessionFaultsTest {

    private static final String STREAM = "orders/0";
    private static final FencingToken TOKEN = new FencingToken("ours");
    private static final int BATCHES = 40;

    private final ScriptedS2Server server = ScriptedS2Server.start();
    private final S2Client client = new S2Client(
            S2ClientConfig.forBasin("fenceline-test").withEndpoint(server.url().toString()));
    private final LoopThread sessions = new LoopThread("session-loop");
    private final RecordingListener listener = new RecordingListener();
    private AppendSession session;
    private final List<CompletableFuture<AppendAck>> tickets = new ArrayList<>();

    @BeforeEach
    void claim() {
        server.createStream(STREAM);
        long next = fence(client, TOKEN, FencingToken.NONE);
        session =
                sessions.loop().open(new S2StreamAccess(client, STREAM), quick(next), RecordMatcher.exact(), listener);
    }

    @AfterEach
    void close() {
        sessions.close();
        client.close();
        server.close();
    }

    private static AppendSessionConfig quick(long next) {
        return AppendSessionConfig.fenced(new Guard(TOKEN, next))
                .withBackoff(Duration.ofMillis(5), Duration.ofMillis(50))
                .withTimeouts(Duration.ofMillis(500), Duration.ofMillis(500), Duration.ofSeconds(60));
    }

    private static long fence(S2Client by, FencingToken token, FencingToken seen) {
        AppendBatch fence = AppendBatch.fence(token, 0).freeze(OptionalLong.empty(), seen);
        return by.append(STREAM, fence).join().end().seqNum();
    }

    private void submitAll() {
        for (int i = 0; i < BATCHES; i++) {
            tickets.add(session.submit(NumberedBatches.of(3 * i, 3)));
        }
    }

    private List<Integer> ids() {
        List<Integer> ids = new ArrayList<>();
        for (SequencedRecord record : server.records(STREAM)) {
            if (!record.isCommand()) {
                ids.add(Integer.parseInt(new String(record.body(), StandardCharsets.US_ASCII)));
            }
        }
        return ids;
    }

    static Stream<Named<Fault[]>> faultsASessionGetsOver() {
        AppendAck nonsense =
                new AppendAck(new StreamPosition(1, 0), new StreamPosition(900, 0), new StreamPosition(900, 0));
        return Stream.of(
                named(new Fault.RejectRequest(ServerError.of(503, "unavailable", "")), null),
                named(new Fault.RejectRequest(ServerError.of(429, "rate_limited", "")), null),
                named(new Fault.RejectRequest(ServerError.of(401, "authn", "")), null),
                named(new Fault.RefuseStream(), null),
                named(new Fault.Hang(), null),
                named(new Fault.BreakAfterBytes(1), null),
                named(new Fault.BreakAfterBytes(200), null),
                named(new Fault.Pass(7), new Fault.RejectAppend(ServerError.of(429, "rate_limited", ""))),
                named(new Fault.Pass(7), new Fault.RejectAppend(ServerError.of(503, "server_draining", ""))),
                named(new Fault.Pass(7), new Fault.RejectAppend(ServerError.of(500, "storage", ""))),
                named(new Fault.Pass(7), new Fault.ApplyThenFail(ServerError.of(500, "storage", ""))),
                named(new Fault.Pass(7), new Fault.ApplyThenFail(ServerError.of(504, "upstream_timeout", ""))),
                named(new Fault.LoseReplies(1), null),
                named(new Fault.Pass(3), new Fault.LoseReplies(5)),
                named(new Fault.Pass(3), new Fault.EndBodyEarly()),
                named(new Fault.Pass(3), new Fault.CutAck()),
                named(new Fault.Pass(3), new Fault.WrongAck(nonsense)),
                named(new Fault.Pass(3), new Fault.Garbage(new byte[] {0, 0, 5, 0, 1, 2, 3, 4})),
                named(new Fault.Pass(3), new Fault.AdviseReconnect()));
    }

    private static Named<Fault[]> named(Fault first, Fault second) {
        Fault[] faults = second == null ? new Fault[] {first} : new Fault[] {first, second};
        return Named.of(
                Stream.of(faults)
                        .map(Object::toString)
                        .reduce((a, b) -> a + ", then " + b)
                        .orElseThrow(),
                faults);
    }

    @ParameterizedTest
    @MethodSource("faultsASessionGetsOver")
    void everyRecordIsInTheStreamOnceAndInOrder(Fault[] faults) {
        server.inject(faults);
        submitAll();
        session.close();

        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.Closed.class);
        assertThat(server.waitingFaults()).as("every fault took effect").isEmpty();
        assertThat(ids()).isEqualTo(IntStream.range(0, 3 * BATCHES).boxed().toList());
        for (int i = 0; i < BATCHES; i++) {
            assertThat(tickets.get(i).join().start().seqNum()).isEqualTo(1 + 3L * i);
        }
    }

    @Test
    void adviceMovesToANewConnectionWithoutAFailure() {
        server.inject(new Fault.Pass(3), new Fault.AdviseReconnect());
        session.submit(NumberedBatches.of(0, 3)).join();
        int before = server.connectionsAccepted();
        for (int i = 1; i < BATCHES; i++) {
            tickets.add(session.submit(NumberedBatches.of(3 * i, 3)));
        }
        tickets.get(BATCHES - 2).join();
        session.submit(NumberedBatches.of(3 * BATCHES, 1)).join();
        assertThat(listener.states).contains(SessionState.DRAINING);
        assertThat(listener.retries).hasValue(0);
        assertThat(server.connectionsAccepted() - before).isEqualTo(1);
        assertThat(ids()).hasSize(3 * BATCHES + 1).isSorted();
    }

    @Test
    void lostRepliesAreFoundByReadingBack() {
        server.inject(new Fault.LoseReplies(5));
        submitAll();
        session.close();
        listener.awaitEnd();
        assertThat(listener.landed.get()).isGreaterThanOrEqualTo(5);
        assertThat(listener.states).contains(SessionState.RESOLVING, SessionState.RECONCILING);
    }

    @Test
    void takeoverEndsTheSession() {
        session.submit(NumberedBatches.of(0, 1)).join();
        fence(client, new FencingToken("theirs"), TOKEN);
        CompletableFuture<AppendAck> refused = session.submit(NumberedBatches.of(1, 1));
        assertThat(listener.awaitEnd()).isEqualTo(new SessionEnd.Fenced(new FencingToken("theirs")));
        assertThatThrownBy(refused::join).hasCauseInstanceOf(NotAppendedException.class);
        assertThat(ids()).containsExactly(0);
    }

    @Test
    void writerWhoIgnoresTheFenceIsNamedByPosition() {
        session.submit(NumberedBatches.of(0, 1)).join();
        server.append(STREAM, new AppendRecord(null, List.of(), "999".getBytes(StandardCharsets.US_ASCII)));
        session.submit(NumberedBatches.of(1, 1));
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.ForeignWriter.class);
        assertThat(((SessionEnd.ForeignWriter) listener.end.join()).seqNum()).isEqualTo(2);
    }

    @Test
    void streamMadeAgainIsAReset() {
        session.submit(NumberedBatches.of(0, 1)).join();
        server.deleteStream(STREAM);
        server.createStream(STREAM);
        session.submit(NumberedBatches.of(1, 1));
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.StreamReset.class);
    }

    @Test
    void missingStreamEndsTheSession() {
        server.deleteStream(STREAM);
        CompletableFuture<AppendAck> refused = session.submit(NumberedBatches.of(0, 1));
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.TargetMissing.class);
        assertThatThrownBy(refused::join).hasCauseInstanceOf(NotAppendedException.class);
    }

    @Test
    void closeLeavesNoConnectionBehind() {
        session.submit(NumberedBatches.of(0, 1)).join();
        session.close();
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.Closed.class);
        assertThat(listener.retries).hasValue(0);
    }
}
