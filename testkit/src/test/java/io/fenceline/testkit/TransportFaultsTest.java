package io.fenceline.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fenceline.s2.AccessTokens;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.http.TransportFailure.Kind;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.testkit.ExchangeEvents.Acked;
import io.fenceline.testkit.ExchangeEvents.Broken;
import io.fenceline.testkit.ExchangeEvents.Ended;
import io.fenceline.testkit.ExchangeEvents.Established;
import io.fenceline.testkit.ExchangeEvents.Rejected;
import io.fenceline.testkit.s2.Fault;
import io.fenceline.testkit.s2.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the transport makes of a service that misbehaves. */
@Timeout(60)
class TransportFaultsTest {

    private static final String STREAM = "orders/0";
    private static final ServerError UNAVAILABLE = ServerError.of(503, "unavailable", "try later");

    private final ScriptedS2Server server = ScriptedS2Server.start();
    private final S2Client client = new S2Client(config());
    private final ExchangeEvents events = new ExchangeEvents();

    private S2ClientConfig config() {
        return S2ClientConfig.forBasin("scripted")
                .withEndpoint(server.url().toString())
                .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2));
    }

    @BeforeEach
    void createStream() {
        server.createStream(STREAM);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void sendsWhatTheServiceNeedsToKnow() {
        S2Client secured = new S2Client(config().withAccessToken("secret").withEncryptionKey("a2V5"));
        AppendExchange exchange = secured.openAppend(STREAM, events);
        exchange.end();
        events.next(Established.class);
        events.next(Ended.class);
        secured.checkTail(STREAM).join();

        Request open = server.requests().get(0);
        assertThat(open.method()).isEqualTo("POST");
        assertThat(open.path()).isEqualTo("/v1/streams/orders%2F0/records");
        assertThat(open.headers())
                .containsEntry("content-type", "s2s/proto")
                .containsEntry("accept-encoding", "identity")
                .containsEntry("authorization", "Bearer secret")
                .containsEntry("s2-basin", "scripted")
                .containsEntry("s2-encryption-key", "a2V5")
                .doesNotContainKey("expect");
        assertThat(server.requests().get(1).headers())
                .containsEntry("authorization", "Bearer secret")
                .doesNotContainKey("s2-encryption-key");
        secured.close();
    }

    @Test
    void aRefusalOfATokenThatHasBeenReplacedIsHeardAsSuch() {
        AtomicReference<String> file = new AtomicReference<>("old");
        AtomicReference<String> known = new AtomicReference<>("old");
        AccessTokens tokens = new AccessTokens() {
            @Override
            public String current() {
                return known.get();
            }

            @Override
            public CompletableFuture<Boolean> isReplaced(String refused) {
                // as from a disk: later, and on another thread
                return CompletableFuture.supplyAsync(() -> {
                    known.set(file.get());
                    return !known.get().equals(refused);
                });
            }

            @Override
            public void close() {}
        };
        try (S2Client rotating = new S2Client(config(), tokens)) {
            server.acceptOnly("new");
            assertThat(S2ClientContract.serverError(rotating.checkTail(STREAM)).answer())
                    .isEqualTo(Answer.UNAUTHENTICATED);
            rotating.openAppend(STREAM, events);
            assertThat(events.next(Rejected.class).error().answer()).isEqualTo(Answer.UNAUTHENTICATED);

            file.set("new");
            rotating.openAppend(STREAM, events);
            ServerError refusal = events.next(Rejected.class).error();
            assertThat(refusal.answer()).isEqualTo(Answer.CREDENTIALS_REPLACED);
            assertThat(refusal.noSideEffects()).isTrue();
            known.set("old");
            assertThat(S2ClientContract.serverError(rotating.createStream("another"))
                            .answer())
                    .isEqualTo(Answer.CREDENTIALS_REPLACED);

            AppendExchange exchange = rotating.openAppend(STREAM, events);
            exchange.send(Batches.at(0, "with the new token"));
            events.next(Established.class);
            events.next(Acked.class);

            // whoever has begun goes on
            server.acceptOnly("newer");
            exchange.send(Batches.at(1, "still with that"));
            events.next(Acked.class);
            exchange.end();
            events.next(Ended.class);
        }
    }

    @Test
    void rejectsTheOpeningWithTheServicesError() {
        server.inject(new Fault.RejectRequest(UNAVAILABLE));
        AppendExchange exchange = client.openAppend(STREAM, events);
        exchange.send(Batches.at(0, "lost"));

        assertThat(events.next(Rejected.class).error()).isEqualTo(UNAVAILABLE);
        assertThat(server.records(STREAM)).isEmpty();
    }

    @Test
    void hearsHowLongToWait() {
        ServerError limited = new ServerError(429, "rate_limited", "slow down", null, null, null, 250);
        server.inject(new Fault.RejectRequest(limited), new Fault.RejectRequest(limited));
        client.openAppend(STREAM, events);

        assertThat(events.next(Rejected.class).error()).isEqualTo(limited);
        assertThat(S2ClientContract.serverError(client.checkTail(STREAM))).isEqualTo(limited);
    }

    @Test
    void takesARefusedStreamForARequestNobodyLookedAt() {
        server.inject(new Fault.RefuseStream(), new Fault.RefuseStream());
        client.openAppend(STREAM, events).send(Batches.at(0, "lost"));

        assertThat(events.next(Broken.class).failure().kind()).isEqualTo(Kind.NOT_CONNECTED);
        assertThat(transportFailure(client.append(STREAM, Batches.at(0, "lost")))
                        .kind())
                .isEqualTo(Kind.NOT_CONNECTED);
        assertThat(server.records(STREAM)).isEmpty();
    }

    @Test
    void handsOverATerminalErrorBehindTheAcks() {
        server.inject(new Fault.Pass(2), new Fault.RejectAppend(UNAVAILABLE));
        AppendExchange exchange = client.openAppend(STREAM, events);
        for (int i = 0; i < 5; i++) {
            exchange.send(Batches.at(i, "x" + i));
        }
        events.next(Established.class);
        assertThat(events.nextAck()).isZero();
        assertThat(events.nextAck()).isEqualTo(1);
        assertThat(events.next(Rejected.class).error()).isEqualTo(UNAVAILABLE);
        events.assertNothingFor(100);
        assertThat(server.records(STREAM)).hasSize(2);
    }

    @Test
    void reportsALostReplyAsBroken() {
        server.inject(new Fault.Pass(1), new Fault.LoseReplies(2));
        AppendExchange exchange = client.openAppend(STREAM, events);
        for (int i = 0; i < 3; i++) {
            exchange.send(Batches.at(i, "x" + i));
        }
        events.next(Established.class);
        TransportFailure failure = skipAcks().failure();
        assertThat(failure.kind()).isEqualTo(Kind.BROKEN);
        assertThat(failure.message()).contains("127.0.0.1:" + server.url().getPort());
        assertThat(server.records(STREAM)).hasSize(3);
    }

    @Test
    void reportsAConnectionCutInsideABatchAsBroken() {
        server.inject(new Fault.BreakAfterBytes(2_000_000));
        AppendExchange exchange = client.openAppend(STREAM, events);
        for (int i = 0; i < 3; i++) {
            exchange.send(Batches.largestAt(i));
        }
        assertThat(events.next(Established.class)).isNotNull();
        assertThat(skipAcks().failure().kind()).isEqualTo(Kind.BROKEN);
        assertThat(server.records(STREAM)).hasSize(1);
    }

    @Test
    void tellsAnEarlyEndFromAFailure() {
        server.inject(new Fault.EndBodyEarly());
        client.openAppend(STREAM, events).send(Batches.at(0, "x"));
        events.next(Established.class);
        events.next(Ended.class);
        events.assertNothingFor(100);
    }

    @Test
    void reportsABodyThatEndsInsideAnAckAsBroken() {
        server.inject(new Fault.CutAck());
        client.openAppend(STREAM, events).send(Batches.at(0, "x"));
        events.next(Established.class);
        TransportFailure failure = events.next(Broken.class).failure();
        assertThat(failure.kind()).isEqualTo(Kind.BROKEN);
        assertThat(failure.message()).contains("inside a frame");
    }

    @Test
    void reportsBytesThatAreNotTheProtocol() {
        for (String garbage : List.of("000000", "ffffff00", "00000160", "00000300ffff", "00000100")) {
            ExchangeEvents mine = new ExchangeEvents();
            server.inject(new Fault.Garbage(HexFormat.of().parseHex(garbage)));
            client.openAppend(STREAM, mine).send(Batches.frozen(java.util.OptionalLong.empty(), null, "x"));
            mine.next(Established.class);
            assertThat(mine.next(Broken.class).failure().kind()).as(garbage).isEqualTo(Kind.PROTOCOL);
        }
    }

    /** It was taken for no answer at all, and asked for again for ever. */
    @Test
    void aUnaryAnswerThatIsNotUnderstoodIsAnAnswerThatTheProtocolDoesNotHave() {
        server.inject(new Fault.Garbage(new byte[] {1, 2, 3}));
        S2Exception failed = S2Exception.from(
                catchThrowable(client.append(STREAM, Batches.frozen(java.util.OptionalLong.empty(), null, "x"))::join));
        assertThat(requireNonNull(failed.serverError()).answer()).isEqualTo(Answer.STRANGE);
        assertThat(failed.hadNoEffect()).as("it may be in the stream").isFalse();
        assertThat(failed).hasMessageContaining("not understood");
    }

    @Test
    void handsOverAcksAsTheyComeAndJudgesNothing() {
        AppendAck wrong = new AppendAck(new StreamPosition(9, 9), new StreamPosition(8, -1), new StreamPosition(0, 0));
        server.inject(new Fault.WrongAck(wrong));
        client.openAppend(STREAM, events).send(Batches.at(0, "x"));
        events.next(Established.class);
        assertThat(events.next(Acked.class).ack()).isEqualTo(wrong);
    }

    @Test
    void hearsTheAdviceToReconnectAndGoesOnUntilTold() {
        server.inject(new Fault.AdviseReconnect());
        AppendExchange exchange = client.openAppend(STREAM, events);
        exchange.send(Batches.at(0, "x"));
        exchange.send(Batches.at(1, "y"));
        exchange.end();
        events.next(Established.class);
        assertThat(events.next(Acked.class).reconnectAdvised()).isTrue();
        assertThat(events.next(Acked.class).reconnectAdvised()).isFalse();
        events.next(Ended.class);
    }

    @Test
    void waitsForDurability() {
        server.holdDurability();
        AppendExchange exchange = client.openAppend(STREAM, events);
        exchange.send(Batches.at(0, "x"));
        exchange.send(Batches.at(5, "wrong"));
        events.next(Established.class);
        events.assertNothingFor(100);
        assertThat(client.checkTail(STREAM).join().seqNum()).isZero();

        server.releaseDurability();
        assertThat(events.nextAck()).isZero();
        assertThat(events.next(Rejected.class).error()).isEqualTo(ServerError.seqNumMismatch(1));
        assertThat(client.checkTail(STREAM).join().seqNum()).isEqualTo(1);
    }

    @Test
    void reportsEveryExchangeWhenTheServerGoes() {
        AppendExchange exchange = client.openAppend(STREAM, events);
        exchange.send(Batches.at(0, "x"));
        events.next(Established.class);
        events.nextAck();
        server.close();
        assertThat(events.next(Broken.class).failure().kind()).isEqualTo(Kind.BROKEN);
    }

    @Test
    void reusesAConnectionAfterACleanEndOnly() {
        for (int i = 0; i < 5; i++) {
            ExchangeEvents mine = new ExchangeEvents();
            AppendExchange exchange = client.openAppend(STREAM, mine);
            exchange.send(Batches.at(i, "x"));
            exchange.end();
            mine.next(Established.class);
            mine.nextAck();
            mine.next(Ended.class);
        }
        assertThat(server.connectionsAccepted()).isEqualTo(1);

        AppendExchange aborted = client.openAppend(STREAM, events);
        events.next(Established.class);
        aborted.abort();
        client.checkTail(STREAM).join();
        assertThat(server.connectionsAccepted()).isEqualTo(2);
        Await.until("the aborted connection is closed", Duration.ofSeconds(10), () -> server.openConnections() == 1);
    }

    @Test
    void notReusesAConnectionWhoseRequestWasCutShort() {
        server.inject(new Fault.EndBodyEarly());
        client.openAppend(STREAM, events).send(Batches.at(0, "x"));
        events.next(Established.class);
        events.next(Ended.class);
        client.checkTail(STREAM).join();
        assertThat(server.connectionsAccepted()).isEqualTo(2);
    }

    @Test
    void givesUpOnAnAnswerThatDoesNotCome() {
        server.inject(new Fault.Hang());
        TransportFailure failure = transportFailure(client.checkTail(STREAM));
        assertThat(failure.kind()).isEqualTo(Kind.BROKEN);
        assertThat(failure.message()).startsWith("no answer from 127.0.0.1:").contains("2000 ms");
        assertThat(client.checkTail(STREAM).join().seqNum()).isZero();
    }

    @Test
    void failsAUnaryCallWhoseReplyIsLostAsBroken() {
        server.inject(new Fault.LoseReplies(1));
        assertThat(transportFailure(client.append(STREAM, Batches.at(0, "x"))).kind())
                .isEqualTo(Kind.BROKEN);
        assertThat(server.records(STREAM)).hasSize(1);
    }

    @Test
    void goesOnAfterTheServerResetItsIdleConnections() {
        client.checkTail(STREAM).join();
        server.resetConnections();
        Await.until("the reset arrived", Duration.ofSeconds(10), () -> server.openConnections() == 0);
        Await.until("a call goes through", Duration.ofSeconds(10), () -> {
            try {
                return client.checkTail(STREAM).join().seqNum() == 0;
            } catch (java.util.concurrent.CompletionException e) {
                return false;
            }
        });
    }

    @Test
    void failsWhatIsUnderWayWhenTheClientIsClosed() {
        server.inject(IntStream.range(0, 40).mapToObj(i -> new Fault.Hang()).toArray(Fault[]::new));
        // more calls than connections, so that some still wait for their turn
        List<CompletableFuture<StreamPosition>> calls =
                IntStream.range(0, 39).mapToObj(i -> client.checkTail(STREAM)).toList();
        Await.until(
                "calls have arrived",
                Duration.ofSeconds(10),
                () -> server.requests().size() >= 32);
        client.openAppend(STREAM, events).send(Batches.at(0, "x"));
        client.close();
        for (CompletableFuture<StreamPosition> call : calls) {
            assertThat(transportFailure(call).message()).isNotEmpty();
        }
        events.nextAfterOpening(Broken.class);
        assertThat(transportFailure(client.checkTail(STREAM)).kind()).isEqualTo(Kind.NOT_CONNECTED);
        client.openAppend(STREAM, events);
        assertThat(events.next(Broken.class).failure().kind()).isEqualTo(Kind.NOT_CONNECTED);
    }

    @Test
    void leavesNoThreadBehindAndNamesThem() {
        client.checkTail(STREAM).join();
        assertThat(ourThreads()).isNotEmpty().allMatch(Thread::isDaemon);
        client.close();
        Await.until("the transport's threads end", Duration.ofSeconds(10), () -> ourThreads()
                .isEmpty());
    }

    private static List<Thread> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("fenceline-io"))
                .toList();
    }

    private Broken skipAcks() {
        for (int i = 0; i < 10; i++) {
            ExchangeEvents.Event event = events.next(ExchangeEvents.Event.class);
            if (event instanceof Broken broken) {
                return broken;
            }
            assertThat(event).isInstanceOf(Acked.class);
        }
        throw new AssertionError("no end");
    }

    private static TransportFailure transportFailure(CompletableFuture<?> call) {
        TransportFailure failure = S2ClientContract.failure(call).failure();
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void memoryIsUsedAgainOnceItWasWrittenAndNobodyElseNeedsIt() {
        FramePool frames = new FramePool(64 << 20, 1);
        AppendExchange exchange = client.openAppend(STREAM, events);
        List<AppendBatch> batches = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            AppendBatch batch = Batches.noiseAt(i * 900L, i, frames);
            batches.add(batch);
            exchange.send(batch);
        }
        events.next(Established.class);
        for (int i = 0; i < 5; i++) {
            assertThat(events.next(Acked.class).ack().start().seqNum()).isEqualTo(i * 900L);
        }
        assertThat(frames.freeBytes()).as("the maker may still read it").isZero();
        batches.forEach(AppendBatch::release);
        assertThat(frames.freeBytes()).isGreaterThan(5 * 900 * 1024);
        exchange.end();
        events.next(Ended.class);
    }

    @Test
    void memoryThatABrokenConnectionMayStillBeSendingIsNeverOverwritten() {
        try (FaultProxy proxy = FaultProxy.to(server.url());
                S2Client behind = new S2Client(config().withEndpoint(proxy.url().toString()))) {
            FramePool frames = new FramePool(64 << 20, 1);
            proxy.mode(FaultProxy.Mode.PASS);
            AppendExchange exchange = behind.openAppend(STREAM, events);
            events.next(Established.class);
            proxy.mode(FaultProxy.Mode.HOLE);
            List<AppendBatch> batches = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                AppendBatch batch = Batches.noiseAt(i * 900L, i, frames);
                batches.add(batch);
                exchange.send(batch);
            }
            batches.forEach(AppendBatch::release);
            for (int i = 0; i < 20; i++) {
                // in whatever came back, if anything did
                Batches.noiseAt(0, 1000 + i, frames);
            }
            proxy.mode(FaultProxy.Mode.PASS);
            for (int i = 0; i < 20; i++) {
                assertThat(events.next(Acked.class).ack().start().seqNum()).isEqualTo(i * 900L);
            }
            assertThat(server.records(STREAM)).hasSize(20 * 900);
            for (int i = 0; i < 20; i++) {
                assertThat(server.records(STREAM).get(i * 900).body()).isEqualTo(Batches.noise(i));
                assertThat(server.records(STREAM).get(i * 900 + 899).body()).isEqualTo(Batches.noise(i));
            }
            exchange.abort();
        }
    }
}
