package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.http.RawHttp2Peer.Client;
import io.fenceline.s2.http.RawHttp2Peer.Frame;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.ServerError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the memory of a batch may be written to again. */
@Timeout(60)
class FrameMemoryTest {

    /** More than the sockets of both sides take while nobody reads. */
    private static final int BATCHES = 400;

    /** A batch has one piece of memory, and several of them are between the library and the socket at any time. */
    private static final int RECORDS = 100;

    private static final int PIECE_BYTES = 128 << 10;

    private static final byte[] ACK = S2sFrame.encode(HexFormat.of().parseHex("0a00" + "12020801" + "1a020801"), 0);

    private final FramePool frames = new FramePool(1 << 30, 1);
    private final Semaphore acks = new Semaphore(0);
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
    void isKeptUntilTheSocketHasTakenItThoughThePeerAcknowledgesTooSoon() throws Exception {
        AppendExchange exchange = transport.openAppend(new RequestHead("POST", "/s"), false, new Listening());
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.stopReading();
        client.openWindow(stream);
        client.accept(stream, Http2AppendExchange.CONTENT_TYPE);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        List<AppendBatch> batches = new ArrayList<>();
        for (int i = 0; i < BATCHES; i++) {
            AppendBatch batch = batch(i);
            batches.add(batch);
            expected.writeBytes(batch.frame());
            exchange.send(batch);
        }
        batches.forEach(AppendBatch::release);
        acknowledgeUntilNothingMoves(client, stream);

        List<AppendBatch> others = new ArrayList<>();
        while (frames.freeBytes() > 0) {
            others.add(batch(10_000 + others.size()));
        }
        assertThat(others.size()).isBetween(1, BATCHES - 1);
        client.goOnReading();
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        while (received.size() < expected.size()) {
            Frame frame = client.next();
            assertThat(frame.type()).isEqualTo(RawHttp2Peer.DATA);
            received.writeBytes(frame.payload());
        }
        assertThat(received.toByteArray()).isEqualTo(expected.toByteArray());

        acknowledge(client, stream);
        others.forEach(AppendBatch::release);
        assertThat(frames.freeBytes()).as("all of it departed").isEqualTo((long) BATCHES * PIECE_BYTES);
    }

    /** Each ack goes through the thread that writes, so after many of them without any effect the socket takes no more. */
    private void acknowledgeUntilNothingMoves(Client client, int stream) throws IOException, InterruptedException {
        long free = -1;
        for (int unchanged = 0; unchanged < 50; unchanged++) {
            acknowledge(client, stream);
            if (frames.freeBytes() != free) {
                free = frames.freeBytes();
                unchanged = 0;
            }
        }
    }

    private void acknowledge(Client client, int stream) throws IOException, InterruptedException {
        client.data(stream, ACK);
        assertThat(acks.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }

    private AppendBatch batch(int seed) {
        byte[] body = new byte[1000];
        new Random(seed).nextBytes(body);
        RecordDraft draft = new RecordDraft().body(body, 0, body.length);
        AppendBatch batch = new AppendBatch(RECORDS, AppendBatch.MAX_METERED_BYTES, PIECE_BYTES, frames);
        for (int i = 0; i < RECORDS; i++) {
            assertThat(batch.tryAdd(draft)).isTrue();
        }
        return batch.freeze(OptionalLong.empty(), null);
    }

    private final class Listening implements AppendExchange.Listener {
        @Override
        public void onEstablished() {}

        @Override
        public void onAck(AppendAck ack, boolean reconnectAdvised) {
            acks.release();
        }

        @Override
        public void onReconnectAdvised() {}

        @Override
        public void onRejected(ServerError error) {}

        @Override
        public void onEnded() {}

        @Override
        public void onBroken(TransportFailure failure) {}
    }
}
