package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.ServerError;
import io.fenceline.s2.http.RawHttp2Peer.Client;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much a read exchange lets its peer send, and what it makes of the ways in which a session ends. */
@Timeout(60)
class ReadExchangeTest {

    private static final String TYPE = "s2s/proto";

    private final Events events = new Events();
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
    void whatThePeerMaySendIsWhatWasGrantedAndNothingElse() throws Exception {
        ReadExchange exchange = open();
        // before the connection knows of it
        exchange.grant(1_000);
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        assertThat(client.initialWindow()).isEqualTo(ReadExchange.INITIAL_GRANT);

        client.data(stream, frame(1, 9_000));
        assertThat(events.next()).isEqualTo("record 1");
        assertThat(events.next()).isEqualTo("used " + frame(1, 9_000).length);
        assertThat(client.nextGrant()).isEqualTo(1_000);
        client.data(stream, frame(2, 7_000));
        assertThat(events.next()).isEqualTo("record 2");
        // all that was sent was handed over, and still the peer gets no more than it is given
        assertThat(events.next()).isEqualTo("used " + frame(2, 7_000).length);
        assertThat(client.hasAnotherGrant()).isFalse();

        exchange.grant(77);
        assertThat(client.nextGrant()).isEqualTo(77);
    }

    @Test
    void recordThatNeedsMoreThanWasGrantedSaysSo() throws Exception {
        ReadExchange exchange = open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        byte[] large = frame(1, 20_000);
        int granted = ReadExchange.INITIAL_GRANT;
        client.data(stream, Arrays.copyOf(large, 10_000));
        client.data(stream, Arrays.copyOfRange(large, 10_000, granted));
        // the frame's head
        assertThat(events.next()).isEqualTo("used 4");
        assertThat(events.next()).isEqualTo("used 0 starved");

        exchange.grant(large.length - granted);
        client.nextGrant();
        client.data(stream, Arrays.copyOfRange(large, granted, large.length));
        assertThat(events.next()).isEqualTo("record 1");
        assertThat(events.next()).startsWith("used ").doesNotContain("starved");
    }

    @Test
    void bytesUsedAddUpToWhatArrived() throws Exception {
        open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < 10; i++) {
            body.write(frame(i, 100 * i));
        }
        for (int at = 0; at < body.size(); at += 777) {
            client.data(stream, Arrays.copyOfRange(body.toByteArray(), at, Math.min(body.size(), at + 777)));
        }
        client.end(stream);
        int used = 0;
        int records = 0;
        for (String event = events.next(); event != null && !event.equals("ended"); event = events.next()) {
            used += event.startsWith("used ") ? Integer.parseInt(event.split(" ")[1]) : 0;
            records += event.startsWith("record ") ? 1 : 0;
        }
        assertThat(records).isEqualTo(10);
        assertThat(used).isEqualTo(body.size());
    }

    /** Without it a server that shuts down in order waits for a read session, which never ends by itself. */
    @Test
    void peerThatGoesAwayIsAnAdviceToMoveOnce() throws Exception {
        open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        client.goAway(Integer.MAX_VALUE, 0);
        client.goAway(stream, 0);
        assertThat(events.next()).isEqualTo("advised");
        client.data(stream, frame(1, 10));
        assertThat(events.next()).isEqualTo("record 1");
    }

    @Test
    void bodyThatEndsInTheMiddleOfAFrameIsBroken() throws Exception {
        open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        byte[] frame = frame(1, 10);
        client.data(stream, Arrays.copyOf(frame, frame.length - 1));
        client.end(stream);
        assertThat(events.next()).startsWith("used");
        assertThat(events.next()).isEqualTo("broken BROKEN");
    }

    @Test
    void answerOfAnotherTypeIsNotTheProtocol() throws Exception {
        open();
        Client client = peer.nextClient();
        client.accept(client.nextRequest(), "text/html");
        assertThat(events.next()).isEqualTo("broken PROTOCOL");
    }

    private ReadExchange open() {
        return transport.openRead(new RequestHead("GET", "/v1/streams/s/records?seq_num=0"), events);
    }

    /** A frame with one record whose body has that many bytes. */
    private static byte[] frame(int seqNum, int bodyBytes) {
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.write(0x08);
        record.write(seqNum);
        record.write(0x22);
        varint(record, bodyBytes);
        record.writeBytes(new byte[bodyBytes]);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(0x0a);
        varint(message, record.size());
        message.writeBytes(record.toByteArray());
        return S2sFrame.encode(message.toByteArray(), 0);
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest > 0x7f) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    /** What the exchange reported, in order. */
    private static final class Events implements ReadExchange.Listener {
        private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

        @Nullable
        String next() throws InterruptedException {
            return events.poll(10, TimeUnit.SECONDS);
        }

        @Override
        public void onEstablished() {
            events.add("established");
        }

        @Override
        public void onRecords(List<SequencedRecord> records) {
            records.forEach(record -> events.add("record " + record.seqNum()));
        }

        @Override
        public void onTail(StreamPosition tail) {
            events.add("tail " + tail.seqNum());
        }

        @Override
        public void onHeartbeat(StreamPosition tail) {
            events.add("heartbeat " + tail.seqNum());
        }

        @Override
        public void onUsed(int wireBytes, boolean starved) {
            events.add("used " + wireBytes + (starved ? " starved" : ""));
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
