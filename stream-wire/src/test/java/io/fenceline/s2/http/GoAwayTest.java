package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.http.RawHttp2Peer.Client;
import io.fenceline.s2.http.RawHttp2Peer.Frame;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.ServerError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an append exchange makes of a peer that says it goes away. */
@Timeout(60)
class GoAwayTest {

    private static final int NO_ERROR = 0;
    private static final int ENHANCE_YOUR_CALM = 11;
    /** What servers name first, before they know what reached them. */
    private static final int EVERY_STREAM = Integer.MAX_VALUE;
    /** Positions 0 to 1. */
    private static final byte[] ACK = S2sFrame.encode(HexFormat.of().parseHex("0a00" + "12020801" + "1a020801"), 0);

    private RawHttp2Peer peer;
    private Http2Transport transport;

    @BeforeEach
    void start() throws IOException {
        peer = new RawHttp2Peer();
        transport = new Http2Transport(peer.origin(), Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() throws IOException {
        transport.close();
        peer.close();
    }

    @Test
    void openExchangeIsAdvisedToMoveOnceAndKeepsWhatItHasUntilItEnds() throws Exception {
        Events events = new Events();
        AppendExchange exchange = open(events);
        exchange.send(batch());
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, Http2AppendExchange.CONTENT_TYPE);
        assertThat(events.next()).isEqualTo("established");
        takeABatch(client);

        client.goAway(EVERY_STREAM, NO_ERROR);
        assertThat(events.next()).isEqualTo("advised");
        // between the advice and what is made of it batches may still leave
        exchange.send(batch());
        takeABatch(client);
        client.goAway(stream, NO_ERROR);
        exchange.end();
        assertThat(client.next().endsStream()).isTrue();
        client.data(stream, ACK);
        client.data(stream, ACK);
        client.end(stream);
        assertThat(events.next()).isEqualTo("ack");
        assertThat(events.next()).isEqualTo("ack");
        assertThat(events.next()).isEqualTo("ended");
        client.awaitClose();

        open(events).send(batch());
        assertThat(peer.nextClient().nextRequest()).isPositive();
    }

    @Test
    void exchangeThePeerWillNotServeFailsAtOnceAndIsKnownNotToHaveBeenSeen() throws Exception {
        Events events = new Events();
        open(events).send(batch());
        Client client = peer.nextClient();
        client.nextRequest();
        client.goAway(0, NO_ERROR);
        assertThat(events.next()).isEqualTo("broken NOT_CONNECTED");
        client.awaitClose();
    }

    @Test
    void exchangeOnAConnectionThatServedOthersBeforeIsJudgedByItsOwnStream() throws Exception {
        CompletableFuture<UnaryResponse> first = get();
        Client client = peer.nextClient();
        int served = client.nextRequest();
        client.accept(served, "application/json");
        client.end(served);
        assertThat(first.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);

        Events events = new Events();
        open(events).send(batch());
        assertThat(client.nextRequest()).isGreaterThan(served);
        client.goAway(served, NO_ERROR);
        assertThat(events.next()).isEqualTo("broken NOT_CONNECTED");
        assertThat(peer.hasAnotherClient()).isFalse();
    }

    @Test
    void peerThatGoesAwayWithAnErrorLeavesWhatIsOpenInDoubt() throws Exception {
        Events events = new Events();
        open(events).send(batch());
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, Http2AppendExchange.CONTENT_TYPE);
        assertThat(events.next()).isEqualTo("established");
        client.goAway(stream, ENHANCE_YOUR_CALM);
        assertThat(events.next()).isEqualTo("broken BROKEN");
    }

    @Test
    void unaryCallThePeerWillNotServeFailsAtOnce() throws Exception {
        CompletableFuture<UnaryResponse> call = get();
        Client client = peer.nextClient();
        client.nextRequest();
        client.goAway(0, NO_ERROR);
        assertThat(call).failsWithin(Duration.ofSeconds(4));
    }

    @Test
    void idleConnectionOfAPeerThatGoesAwayIsNotUsedAgain() throws Exception {
        CompletableFuture<UnaryResponse> first = get();
        Client client = peer.nextClient();
        int served = client.nextRequest();
        client.accept(served, "application/json");
        client.end(served);
        first.get(20, TimeUnit.SECONDS);
        client.goAway(served, NO_ERROR);
        client.awaitClose();

        Events events = new Events();
        open(events).send(batch());
        Client next = peer.nextClient();
        next.accept(next.nextRequest(), Http2AppendExchange.CONTENT_TYPE);
        assertThat(events.next()).isEqualTo("established");
    }

    private AppendExchange open(Events events) {
        return transport.openAppend(new RequestHead("POST", "/v1/streams/s/records"), false, events);
    }

    private CompletableFuture<UnaryResponse> get() {
        return transport.call(new RequestHead("GET", "/v1/streams"), ByteBuffer.allocate(0));
    }

    private static void takeABatch(Client client) throws InterruptedException {
        int expected = batch().frame().length;
        int received = 0;
        while (received < expected) {
            Frame frame = client.next();
            assertThat(frame.type()).isEqualTo(RawHttp2Peer.DATA);
            assertThat(frame.endsStream()).isFalse();
            received += frame.payload().length;
        }
        assertThat(received).isEqualTo(expected);
    }

    private static AppendBatch batch() {
        AppendBatch batch = new AppendBatch(10, 1 << 20, 256);
        batch.tryAdd(new RecordDraft().reset().body(new byte[] {1, 2, 3}, 0, 3));
        return batch.freeze(OptionalLong.empty(), null);
    }

    /** What the exchange reported, in order. */
    private static final class Events implements AppendExchange.Listener {
        private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

        /** Waits less than any timeout of the transport. */
        @Nullable
        String next() throws InterruptedException {
            return events.poll(4, TimeUnit.SECONDS);
        }

        @Override
        public void onEstablished() {
            events.add("established");
        }

        @Override
        public void onAck(AppendAck ack, boolean reconnectAdvised) {
            events.add("ack");
        }

        @Override
        public void onReconnectAdvised() {
            events.add("advised");
        }

        @Override
        public void onRejected(ServerError error) {
            events.add("rejected " + error.describe());
        }

        @Override
        public void onEnded() {
            events.add("ended");
        }

        @Override
        public void onBroken(TransportFailure failure) {
            events.add("broken " + failure.kind());
        }
    }
}
