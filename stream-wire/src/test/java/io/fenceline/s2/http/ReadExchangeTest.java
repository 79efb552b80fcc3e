package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.http.RawHttp2Peer.Client;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
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
        int used = events.used();
        assertThat(used).isBetween(frame(1, 9_000).length, frame(1, 9_000).length + 500);
        client.data(stream, frame(2, 7_000));
        assertThat(events.next()).isEqualTo("record 2");
        used += events.used();
        int sent = frame(1, 9_000).length + frame(2, 7_000).length;
        int mayStillSend = ReadExchange.INITIAL_GRANT - sent + client.nextGrant();
        // all that was sent was handed over, and still the peer gets no more than it is given
        assertThat(mayStillSend + used).isLessThanOrEqualTo(ReadExchange.INITIAL_GRANT + 1_000);

        exchange.grant(used);
        mayStillSend += client.nextGrant();
        // all memory is free again, and something of it is left for what records take beside their bytes
        int free = ReadExchange.INITIAL_GRANT + 1_000;
        assertThat(mayStillSend).isBetween(free / 2, free);
        assertThat(client.hasAnotherGrant()).isFalse();
    }

    @Test
    void whatHasNoRoomWaitsForIt() throws Exception {
        ReadExchange exchange = open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        client.data(stream, frame(1, 0));
        assertThat(events.next()).isEqualTo("record 1");
        events.used();
        // what a record takes beside its bytes is not there twice
        client.data(stream, frame(2, 0));
        assertThat(events.next()).isEqualTo("used 4 starved");
        long lacking = events.needed() - ReadExchange.INITIAL_GRANT;
        assertThat(lacking).isBetween(1L, 300L);
        exchange.grant((int) lacking);
        assertThat(events.next()).isEqualTo("record 2");
    }

    /** A heap of 780 MiB was seen where 32 were allowed. */
    @Test
    void compressedRecordsTakeNoMoreMemoryThanWasGranted() throws Exception {
        ReadExchange exchange = open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        byte[] payload = Arrays.copyOfRange(frame(1, 900_000), S2sFrame.HEADER_BYTES, frame(1, 900_000).length);
        byte[] small = S2sFrame.encode(gzip(payload), S2sFrame.COMPRESSION_GZIP);
        assertThat(small.length).isLessThan(8_000);
        client.data(stream, small);
        String event = events.next();
        assertThat(event).isEqualTo("used 4 starved");
        long lacking = events.needed() - ReadExchange.INITIAL_GRANT;
        assertThat(lacking).isGreaterThan(900_000 - small.length);

        exchange.grant((int) lacking);
        assertThat(events.next()).isEqualTo("record 1");
        assertThat(events.used()).isBetween(900_000, (int) lacking + ReadExchange.INITIAL_GRANT);
    }

    /** What was asked for was enough when it was asked for, and not any more when it came. */
    @Test
    void whatLacksToAFrameIsNotSpentOnAWiderWindow() throws Exception {
        ReadExchange exchange = open();
        exchange.grant(5_000);
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        byte[] payload = Arrays.copyOfRange(frame(1, 900_000), S2sFrame.HEADER_BYTES, frame(1, 900_000).length);
        byte[] noise = new byte[12_000];
        new Random(1).nextBytes(noise);
        System.arraycopy(noise, 0, payload, 1_000, noise.length);
        byte[] frame = S2sFrame.encode(gzip(payload), S2sFrame.COMPRESSION_GZIP);
        assertThat(frame.length).isBetween(13_500, 15_000);
        client.data(stream, frame);
        assertThat(events.next()).isEqualTo("used 4 starved");
        exchange.grant((int) events.needed() - ReadExchange.INITIAL_GRANT - 5_000);
        assertThat(events.next()).isEqualTo("record 1");
    }

    @Test
    void recordsThatAreSmallAndManyTakeNoMoreMemoryThanWasGranted() throws Exception {
        ReadExchange exchange = open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        byte[] each = Arrays.copyOfRange(frame(1, 10), S2sFrame.HEADER_BYTES, frame(1, 10).length);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 1_000; i++) {
            all.write(each);
        }
        byte[] frame = S2sFrame.encode(all.toByteArray(), 0);
        assertThat(frame.length).isBetween(12_000, ReadExchange.INITIAL_GRANT);
        client.data(stream, frame);
        int records = 0;
        long granted = ReadExchange.INITIAL_GRANT;
        long used = 0;
        while (records < 1_000) {
            String event = events.next();
            assertThat(event).isNotNull();
            if (event.startsWith("record ")) {
                records++;
            } else if (event.startsWith("used ")) {
                used += Integer.parseInt(event.split(" ")[1]);
                // a single record may pass it, by less than it takes
                assertThat(used).isLessThanOrEqualTo(granted + 300);
                if (event.endsWith("starved")) {
                    exchange.grant(2_000);
                    granted += 2_000;
                }
            }
        }
        assertThat(granted).isGreaterThan(60_000);
    }

    @Test
    void whatHasArrivedIsHeardOfBeforeAnythingIsComplete() throws Exception {
        open();
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.accept(stream, TYPE);
        assertThat(events.next()).isEqualTo("established");
        byte[] frame = frame(1, 3_000);
        client.data(stream, Arrays.copyOf(frame, 1_000));
        assertThat(events.next()).isEqualTo("used 4");
        client.data(stream, Arrays.copyOfRange(frame, 1_000, 2_000));
        client.data(stream, Arrays.copyOfRange(frame, 2_000, frame.length));
        assertThat(events.next()).isEqualTo("record 1");
        events.used();
        assertThat(events.heard()).containsExactly("1000 inside", "1000 inside", frame.length - 2_000 + "");
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
        // the frame's head; that the rest is too much is said as soon as its length is known, and once
        assertThat(events.next()).isEqualTo("used 4 starved");
        assertThat(events.needed()).isEqualTo(large.length);

        exchange.grant(large.length - granted);
        client.nextGrant();
        client.data(stream, Arrays.copyOfRange(large, granted, large.length));
        assertThat(events.next()).isEqualTo("record 1");
        assertThat(events.next()).startsWith("used ").doesNotContain("starved");
    }

    @Test
    void bytesUsedAddUpToWhatArrived() throws Exception {
        // for what the records take beside their bytes
        open().grant(10 * 300);
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
        // and what the records take beside that
        assertThat(used).isBetween(body.size(), body.size() + 10 * 300);
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

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
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
        private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private volatile long needed;

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
        public void onReceived(int bytes, boolean inside) {
            heard.add(bytes + (inside ? " inside" : ""));
        }

        @Override
        public void onUsed(long heldBytes, long nowNeeded, boolean enough) {
            needed = nowNeeded;
            events.add("used " + heldBytes + (nowNeeded > 0 ? " starved" : ""));
        }

        int used() throws InterruptedException {
            return Integer.parseInt(String.valueOf(next()).split(" ")[1]);
        }

        long needed() {
            return needed;
        }

        List<String> heard() {
            return List.copyOf(heard);
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
