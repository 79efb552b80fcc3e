package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.S2StreamAccess;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.FaultProxy;
import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * Sessions against a real S2 server, through a proxy that breaks the wire in between. Every test ends by reading the whole
 * stream directly, and none counts unless its fault took effect.
 */
class AppendSessionIT {

    private static final String BASIN = "fenceline-session";

    private static S2Server server;

    private final LoopThread sessions = new LoopThread("session-loop");
    private final RecordingListener listener = new RecordingListener();
    private final List<CompletableFuture<AppendAck>> tickets = new ArrayList<>();
    private final FencingToken token = new FencingToken("ours");
    private S2Reader reader;
    private FaultProxy proxy;
    private S2Client direct;
    private S2Client proxied;
    private String stream;
    private AppendSession session;
    private long submitted;

    @BeforeAll
    static void startServer() {
        server = S2Server.builder(Path.of("target", "runs", "session")).startOwn();
        server.reader(BASIN).createBasin();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void claim(TestInfo test) {
        stream = test.getTestMethod().orElseThrow().getName();
        reader = server.reader(BASIN);
        proxy = FaultProxy.to(URI.create(server.basinEndpoint()));
        direct = new S2Client(config(server.basinEndpoint()));
        proxied = new S2Client(config(proxy.url().toString()));
        direct.createStream(stream).join();
        session = open(fence(token, FencingToken.NONE));
    }

    @AfterEach
    void close() {
        sessions.close();
        proxied.close();
        direct.close();
        proxy.close();
    }

    private static S2ClientConfig config(String endpoint) {
        return S2ClientConfig.forBasin(BASIN)
                .withEndpoint(endpoint)
                .withAccessToken(System.getenv("S2_ACCESS_TOKEN"))
                .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(5));
    }

    private AppendSession open(long next) {
        AppendSessionConfig config = AppendSessionConfig.fenced(new Guard(token, next))
                .withBackoff(Duration.ofMillis(10), Duration.ofMillis(200))
                .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(60));
        return sessions.loop().open(new S2StreamAccess(proxied, stream), config, RecordMatcher.exact(), listener);
    }

    private long fence(FencingToken next, FencingToken seen) {
        AppendBatch fence = AppendBatch.fence(next, 0).freeze(OptionalLong.empty(), seen);
        return direct.append(stream, fence).join().end().seqNum();
    }

    private void submit(int batches) {
        RecordDraft draft = new RecordDraft();
        for (int i = 0; i < batches; i++) {
            AppendBatch batch = new AppendBatch(1000, 1 << 20, 8 << 10);
            for (int record = 0; record < 10; record++) {
                byte[] body = ByteBuffer.allocate(512).putLong(submitted++).array();
                batch.tryAdd(draft.reset().body(body, 0, body.length));
            }
            tickets.add(session.submit(batch));
        }
    }

    /** The data records' numbers, in stream order. */
    private long[] stored() {
        return reader.readAll(stream).stream()
                .filter(record -> !record.isCommand())
                .mapToLong(record -> ByteBuffer.wrap(record.body()).getLong())
                .toArray();
    }

    private void everythingIsThereOnceAndInOrder() {
        session.close();
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.Closed.class);
        assertThat(stored()).isEqualTo(LongStream.range(0, submitted).toArray());
        long expected = 1;
        for (CompletableFuture<AppendAck> ticket : tickets) {
            AppendAck ack = ticket.join();
            assertThat(ack.start().seqNum()).isEqualTo(expected);
            expected = ack.end().seqNum();
        }
    }

    private void awaitSettled(int ticket) {
        Await.until(
                "batch " + ticket + " is settled",
                Duration.ofSeconds(30),
                tickets.get(ticket)::isDone,
                () -> String.join("\n", listener.transitions));
    }

    private long tail() {
        return reader.tail(stream);
    }

    @Test
    void undisturbed() {
        submit(300);
        everythingIsThereOnceAndInOrder();
        assertThat(listener.retries).hasValue(0);
    }

    @Test
    void repliesLostAfterTheServerHadEverything() {
        submit(20);
        awaitSettled(19);
        proxy.mode(FaultProxy.Mode.LOSE_REPLIES);
        submit(50);
        Await.until("the server has it all", Duration.ofSeconds(20), () -> tail() == 1 + submitted);
        proxy.mode(FaultProxy.Mode.PASS);
        proxy.resetAll();
        submit(20);
        everythingIsThereOnceAndInOrder();
        assertThat(proxy.lostReplyBytes()).isPositive();
        assertThat(listener.landed.get()).isEqualTo(50);
    }

    @Test
    void bytesThatLandAfterTheRecovery() {
        submit(5);
        awaitSettled(4);
        holdBackThreeBatches();
        proxy.mode(FaultProxy.Mode.PASS);
        proxy.resetClientsOnly();
        awaitSettled(7);
        proxy.landLate();
        submit(20);
        everythingIsThereOnceAndInOrder();
        assertThat(proxy.lateBytes()).isPositive();
        assertThat(listener.resent.get()).isPositive();
    }

    @Test
    void bytesThatLandDuringTheRecovery() {
        submit(5);
        awaitSettled(4);
        long held = holdBackThreeBatches();
        proxy.resetClientsOnly();
        Await.until("the next attempt is held back too", Duration.ofSeconds(20), () -> proxy.heldBytes() > held);
        proxy.mode(FaultProxy.Mode.PASS);
        proxy.landLate();
        submit(20);
        everythingIsThereOnceAndInOrder();
        assertThat(proxy.lateBytes()).isPositive();
    }

    private long holdBackThreeBatches() {
        proxy.mode(FaultProxy.Mode.HOLD_REQUESTS);
        submit(3);
        Await.until("three batches are held back", Duration.ofSeconds(20), () -> proxy.heldBytes() > 3 * 10 * 512);
        return proxy.heldBytes();
    }

    @Test
    void blackHoleIsNoticedByItsSilence() {
        submit(5);
        awaitSettled(4);
        proxy.mode(FaultProxy.Mode.HOLE);
        submit(10);
        listener.awaitState(SessionState.BACKING_OFF);
        proxy.mode(FaultProxy.Mode.PASS);
        everythingIsThereOnceAndInOrder();
        assertThat(listener.retries.get()).isPositive();
    }

    @Test
    void cutInTheMiddleOfAFrameAgainAndAgain() {
        Random random = new Random(7);
        for (int round = 0; round < 15; round++) {
            proxy.cutAfter(500 + random.nextInt(40_000));
            submit(20);
            awaitSettled(tickets.size() - 1);
        }
        everythingIsThereOnceAndInOrder();
        assertThat(proxy.cutConnections()).isPositive();
    }

    @Test
    void serverThatIsAwayForAWhile() {
        submit(5);
        awaitSettled(4);
        proxy.refuse();
        submit(100);
        Await.until("three attempts", Duration.ofSeconds(20), () -> listener.retries.get() >= 3);
        proxy.admit();
        everythingIsThereOnceAndInOrder();
    }

    @Test
    void takeoverByAnotherWriter() {
        submit(5);
        awaitSettled(4);
        FencingToken theirs = new FencingToken("theirs");
        fence(theirs, token);
        submit(5);
        assertThat(listener.awaitEnd()).isEqualTo(new SessionEnd.Fenced(theirs));
        assertThat(stored()).isEqualTo(LongStream.range(0, 50).toArray());
    }

    @Test
    void operatorTrimsUnderLoad() {
        submit(200);
        awaitSettled(20);
        reader.trim(stream, 5);
        submit(20);
        assertThat(listener.awaitEnd()).isInstanceOf(SessionEnd.TailMoved.class);
        long acknowledged = tickets.stream()
                .filter(ticket -> !ticket.isCompletedExceptionally())
                .count();
        long trim = reader.readAll(stream).stream()
                .filter(S2Reader.Stored::isCommand)
                .mapToLong(S2Reader.Stored::seqNum)
                .max()
                .orElseThrow();
        assertThat(trim)
                .as("everything before the trim is acknowledged, nothing is behind it")
                .isEqualTo(1 + 10 * acknowledged);
        assertThat(tail()).isEqualTo(trim + 1);
    }

    @Test
    void streamThatIsDeletedUnderTheSession() {
        submit(5);
        awaitSettled(4);
        reader.deleteStream(stream);
        submit(5);
        assertThat(listener.awaitEnd()).isInstanceOfAny(SessionEnd.TargetMissing.class, SessionEnd.StreamReset.class);
    }

    @Test
    void serverKilledAndStartedAgainWithItsFolder() {
        try (S2Server durable = durable("killed")) {
            submit(50);
            awaitSettled(10);
            durable.kill();
            submit(50);
            listener.awaitState(SessionState.BACKING_OFF);
            durable.launch();
            everythingIsThereOnceAndInOrder();
        }
    }

    @Test
    void serverToldToStopIsLeftInOrderAndFoundAgain() {
        try (S2Server durable = durable("stopped")) {
            submit(50);
            awaitSettled(49);
            ManagedProcess process = Objects.requireNonNull(durable.process());
            long told = System.nanoTime();
            process.stop(Duration.ofSeconds(30));
            assertThat(Duration.ofNanos(System.nanoTime() - told))
                    .as("the server waits ten seconds for clients that do not go")
                    .isLessThan(Duration.ofSeconds(8));
            listener.awaitState(SessionState.DRAINING);
            listener.awaitState(SessionState.IDLE);
            assertThat(listener.retries)
                    .as("failures by a server that goes in order")
                    .hasValue(0);
            submit(50);
            listener.awaitState(SessionState.BACKING_OFF);
            durable.launch();
            everythingIsThereOnceAndInOrder();
        }
    }

    /** A server in a folder of its own, so that it comes back with what was acknowledged, and the session on it. */
    private S2Server durable(String name) {
        S2Server durable = S2Server.builder(Path.of("target", "runs", "session-" + name))
                .in(Path.of("target", "runs", "session-" + name, "data-" + System.nanoTime()))
                .startOwn();
        reader = durable.reader(BASIN).createBasin();
        direct.close();
        proxied.close();
        direct = new S2Client(config(durable.basinEndpoint()));
        proxied = new S2Client(config(durable.basinEndpoint()));
        direct.createStream(stream).join();
        session = open(fence(token, FencingToken.NONE));
        return durable;
    }
}
