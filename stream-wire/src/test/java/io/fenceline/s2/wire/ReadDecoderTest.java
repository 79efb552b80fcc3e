package io.fenceline.s2.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class ReadDecoderTest {

    /** Writes down what was found, a line each. */
    private static final class Found implements ReadDecoder.Sink {
        final List<String> events = new ArrayList<>();
        final List<SequencedRecord> records = new ArrayList<>();

        @Override
        public void onRecords(List<SequencedRecord> more) {
            records.addAll(more);
            more.forEach(record -> events.add("record " + record.seqNum()));
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
        public void onReconnectAdvised() {
            events.add("reconnect advised");
        }

        @Override
        public void onError(ServerError error) {
            events.add("error " + error.status() + " " + error.code() + (error.tail() == null ? "" : error.tail()));
        }
    }

    private static final StreamPosition NO_TAIL = null;

    @Test
    void recordsComeOutEqualHoweverTheBodyIsCut() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<SequencedRecord> sent = new ArrayList<>();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            List<String> expected = new ArrayList<>();
            long next = random.nextInt(3) == 0 ? Long.MAX_VALUE - 500 : random.nextInt(1000);
            for (int frame = 0; frame < 1 + random.nextInt(4); frame++) {
                List<SequencedRecord> records = new ArrayList<>();
                for (int i = random.nextInt(6); i > 0; i--) {
                    records.add(record(random, next++));
                }
                StreamPosition tail = records.isEmpty() || random.nextBoolean() ? new StreamPosition(next, 7) : NO_TAIL;
                byte[] message = message(records, tail);
                boolean gzip = random.nextInt(4) == 0;
                body.write(S2sFrame.encode(gzip ? gzip(message) : message, gzip ? S2sFrame.COMPRESSION_GZIP : 0));
                sent.addAll(records);
                records.forEach(record -> expected.add("record " + record.seqNum()));
                if (tail != null) {
                    expected.add((records.isEmpty() ? "heartbeat " : "tail ") + next);
                }
            }
            Found found = new Found();
            S2sReadDecoder decoder = new S2sReadDecoder();
            feedInPieces(decoder, body.toByteArray(), random, found);
            assertThat(found.records).as("seed %s round %s", seed, round).isEqualTo(sent);
            assertThat(found.events).as("seed %s round %s", seed, round).isEqualTo(expected);
            assertThat(decoder.isComplete()).isTrue();
            assertThat(decoder.pendingBytes()).isZero();
        }
    }

    /** However little memory there is at a time, nothing is lost and nothing is handed over that there was no room for. */
    @Test
    void recordsComeOutEqualHoweverLittleRoomThereIs() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<SequencedRecord> sent = new ArrayList<>();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            long next = 0;
            long largest = 0;
            for (int frame = 0; frame < 1 + random.nextInt(4); frame++) {
                List<SequencedRecord> records = new ArrayList<>();
                for (int i = 1 + random.nextInt(6); i > 0; i--) {
                    records.add(record(random, next++));
                    largest = Math.max(largest, records.get(records.size() - 1).retainedBytes());
                }
                byte[] message = message(records, NO_TAIL);
                boolean gzip = random.nextBoolean();
                body.write(S2sFrame.encode(gzip ? gzip(message) : message, gzip ? S2sFrame.COMPRESSION_GZIP : 0));
                sent.addAll(records);
            }
            Found found = new Found();
            S2sReadDecoder decoder = new S2sReadDecoder();
            ByteBuffer source = ByteBuffer.wrap(body.toByteArray());
            long room = 0;
            long given = 0;
            long over = 0;
            while (source.hasRemaining() || decoder.lackingRoom() > 0) {
                int before = source.remaining() + decoder.pendingBytes();
                int reach = random.nextInt(2_000);
                ByteBuffer part = source.slice();
                part.limit(Math.min(part.limit(), random.nextInt(300)));
                int size = part.remaining();
                decoder.decode(part, room, reach, found);
                source.position(source.position() + size - part.remaining());
                long wire = before - source.remaining() - decoder.pendingBytes();
                long taken = decoder.handedOverBytes();
                room -= taken - wire;
                over = Math.min(over, room);
                if (decoder.lackingRoom() > 0) {
                    long more = random.nextBoolean() ? decoder.lackingRoom() : 1 + random.nextInt(50);
                    room += more;
                    given += more;
                } else {
                    // what is over on the wire is nobody's room
                    room = Math.min(room, 0);
                }
            }
            assertThat(found.records).as("seed %s round %s", seed, round).isEqualTo(sent);
            assertThat(over)
                    .as("seed %s round %s: a single record", seed, round)
                    .isGreaterThanOrEqualTo(-largest);
            assertThat(given).as("seed %s round %s", seed, round).isPositive();
        }
    }

    @Test
    void anEventOfSmallRecordsWaitsForRoomAsAWhole() throws Exception {
        StringBuilder records = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            records.append(i == 0 ? "" : ",")
                    .append("{\"seq_num\":")
                    .append(i)
                    .append(",\"headers\":[[\"YQ==\",\"YQ==\"]]}");
        }
        byte[] event = ("event: batch\ndata: {\"records\":[" + records + "]}\n\n").getBytes(StandardCharsets.US_ASCII);
        SseReadDecoder decoder = new SseReadDecoder();
        Found found = new Found();
        ByteBuffer source = ByteBuffer.wrap(event);
        decoder.decode(source, 0, 0, found);
        assertThat(found.records).isEmpty();
        assertThat(decoder.pendingBytes()).isPositive();
        long lacking = decoder.lackingRoom();
        assertThat(lacking).isGreaterThan(5_000);
        decoder.decode(source, lacking - 1, 0, found);
        assertThat(found.records).isEmpty();
        assertThat(decoder.lackingRoom()).isEqualTo(1);
        decoder.decode(source, lacking, 0, found);
        assertThat(found.records).hasSize(100);
        assertThat(decoder.lackingRoom()).isZero();
        assertThat(decoder.pendingBytes()).isZero();
        assertThat(decoder.handedOverBytes()).isGreaterThan(event.length);
    }

    @Test
    void noMemoryIsTakenForWhatCannotArrive() throws Exception {
        byte[] frame =
                S2sFrame.encode(message(List.of(new SequencedRecord(1, 1, List.of(), new byte[900_000])), NO_TAIL), 0);
        Found found = new Found();
        S2sReadDecoder decoder = new S2sReadDecoder();
        ByteBuffer source = ByteBuffer.wrap(frame);
        source.limit(10_000);
        decoder.decode(source, 0, 6_000, found);
        assertThat(decoder.heldCapacity()).isBetween(10_000, 16_100);
        // the field of the record; an unknown one follows it
        assertThat(decoder.missingBytes()).isBetween(frame.length - 10_010, frame.length - 10_000);
    }

    @Test
    void aRecordIsHandedOverBeforeTheRestOfItsFrameHasArrived() throws Exception {
        Random random = new Random(1);
        byte[] frame = S2sFrame.encode(message(List.of(record(random, 5), record(random, 6)), NO_TAIL), 0);
        Found found = new Found();
        S2sReadDecoder decoder = new S2sReadDecoder();
        Decoding.all(decoder, ByteBuffer.wrap(frame, 0, frame.length - 5), found);
        assertThat(found.events).containsExactly("record 5");
        assertThat(decoder.pendingBytes()).isPositive();
        assertThat(decoder.isComplete()).isFalse();
    }

    @Test
    void tailOfABatchWithRecordsIsNoHeartbeatEvenWhenItArrivesAlone() throws Exception {
        byte[] frame = S2sFrame.encode(message(List.of(record(new Random(1), 5)), new StreamPosition(6, 7)), 0);
        Found found = new Found();
        S2sReadDecoder decoder = new S2sReadDecoder();
        for (byte b : frame) {
            Decoding.all(decoder, ByteBuffer.wrap(new byte[] {b}), found);
        }
        assertThat(found.events).containsExactly("record 5", "tail 6");
    }

    @Test
    void terminalFrameIsTheServersErrorAndNothingFollowsIt() throws Exception {
        byte[] json = "{\"code\":\"unavailable\",\"message\":\"gone\"}".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.write(503 >> 8);
        payload.write(503 & 0xff);
        payload.write(json);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(S2sFrame.encode(payload.toByteArray(), S2sFrame.TERMINAL));
        body.write(S2sFrame.encode(message(List.of(record(new Random(1), 5)), NO_TAIL), 0));
        Found found = new Found();
        Decoding.all(new S2sReadDecoder(), ByteBuffer.wrap(body.toByteArray()), found);
        assertThat(found.events).containsExactly("error 503 unavailable");
    }

    @Test
    void adviceToReconnectFollowsTheFrameThatCarriesIt() throws Exception {
        Found found = new Found();
        byte[] frame = S2sFrame.encode(message(List.of(record(new Random(1), 5)), NO_TAIL), S2sFrame.RECONNECT_ADVISED);
        Decoding.all(new S2sReadDecoder(), ByteBuffer.wrap(frame), found);
        assertThat(found.events).containsExactly("record 5", "reconnect advised");
    }

    @Test
    void framesAndFieldsOfImpossibleSizesAreRefused() {
        assertRefused(new byte[] {0, 0, 0, 0}, "frame length 0");
        assertRefused(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0}, "frame length 16777215");
        // a field that claims 4 GiB, one of a group's wire type, one that goes on beyond its frame
        assertRefused(S2sFrame.encode(new byte[] {0x0a, -1, -1, -1, -1, 0x0f}, 0), "field of 4294967295 bytes");
        assertRefused(S2sFrame.encode(new byte[] {0x0b, 0}, 0), "wire type 3");
        assertRefused(S2sFrame.encode(new byte[] {0x0a, 5, 0}, 0), "ends inside a field");
        assertRefused(S2sFrame.encode(new byte[] {1, 2}, S2sFrame.COMPRESSION_GZIP), "does not decompress");
        assertRefused(S2sFrame.encode(new byte[] {1, 2}, S2sFrame.COMPRESSION_ZSTD), "zstd");
    }

    private static void assertRefused(byte[] body, String reason) {
        assertThatThrownBy(() -> Decoding.all(new S2sReadDecoder(), ByteBuffer.wrap(body), new Found()))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining(reason);
    }

    // ------------------------------------------------------------------ events

    @Test
    void eventsComeOutEqualHoweverTheBodyIsCut() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            String end = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
            SequencedRecord first = record(random, -2);
            SequencedRecord second = record(random, -1);
            String body = event(end, "ping", "{\"timestamp\":1,\"tail\":{\"seq_num\":3,\"timestamp\":4}}")
                    + ": a comment" + end
                    + "id: 5,1,2" + end
                    + event(end, "batch", "{\"records\":[" + json(first) + "," + json(second) + "],\"later\":[{}]}")
                    + event(
                            end,
                            "batch",
                            "{\"records\":[" + json(second) + "],\"tail\":{\"seq_num\":9,\"timestamp\":1}}")
                    + "data: [DONE]" + end + end;
            Found found = new Found();
            SseReadDecoder decoder = new SseReadDecoder();
            feedInPieces(decoder, body.getBytes(StandardCharsets.UTF_8), random, found);
            assertThat(found.records).as("seed %s", seed).containsExactly(first, second, second);
            assertThat(found.events)
                    .as("seed %s", seed)
                    .containsExactly("heartbeat 3", "record -2", "record -1", "record -1", "tail 9");
            assertThat(decoder.isComplete()).isTrue();
            assertThat(decoder.pendingBytes()).isZero();
        }
    }

    @Test
    void eventWithAnErrorGetsTheStatusOfItsCode() throws Exception {
        assertThat(errorEvent("{\"code\":\"stream_not_found\",\"message\":\"m\"}"))
                .containsExactly("error 404 stream_not_found");
        assertThat(errorEvent("{\"code\":\"whatever\",\"message\":\"m\"}")).containsExactly("error 500 whatever");
        assertThat(errorEvent("{\"tail\":{\"seq_num\":3,\"timestamp\":4}}"))
                .containsExactly("error 416 " + new StreamPosition(3, 4));
    }

    private static List<String> errorEvent(String json) throws Exception {
        Found found = new Found();
        SseReadDecoder decoder = new SseReadDecoder();
        Decoding.all(decoder, ByteBuffer.wrap(event("\n", "error", json).getBytes(StandardCharsets.UTF_8)), found);
        return found.events;
    }

    @Test
    void bodyWithoutDoneOrErrorIsNotComplete() throws Exception {
        SseReadDecoder decoder = new SseReadDecoder();
        Decoding.all(
                decoder,
                ByteBuffer.wrap(
                        event("\n", "ping", "{\"tail\":{\"seq_num\":3}}").getBytes(StandardCharsets.UTF_8)),
                new Found());
        assertThat(decoder.isComplete()).isFalse();
    }

    @Test
    void anEventThatDoesNotDecodePutWhatItSaysIntoTheLog() {
        for (String json : List.of(
                "{\"records\":[{\"seq_num\":5,\"body\": topsecret }]}",
                "{\"records\":[{\"seq_num\":5,\"body\":\"topsecret!\"}]}",
                "{\"records\":[{\"seq_num\":\"topsecret\"}]}")) {
            assertThatThrownBy(() -> Decoding.all(
                            new SseReadDecoder(),
                            ByteBuffer.wrap(event("\n", "batch", json).getBytes(StandardCharsets.UTF_8)),
                            new Found()))
                    .as(json)
                    .isInstanceOf(WireFormatException.class)
                    .satisfies(refused -> {
                        StringWriter text = new StringWriter();
                        refused.printStackTrace(new PrintWriter(text));
                        assertThat(text.toString()).doesNotContain("topsecret").doesNotContain("character");
                    });
        }
    }

    @Test
    void eventThatIsNotWhatItShouldBeIsRefused() {
        for (String json : List.of(
                "{",
                "[]",
                "{\"records\":{}}",
                "{\"records\":[{\"seq_num\":-1}]}",
                "{\"records\":[{\"body\":\"?\"}]}")) {
            assertThatThrownBy(() -> Decoding.all(
                            new SseReadDecoder(),
                            ByteBuffer.wrap(event("\n", "batch", json).getBytes(StandardCharsets.UTF_8)),
                            new Found()))
                    .as(json)
                    .isInstanceOf(WireFormatException.class);
        }
    }

    // ------------------------------------------------------------------ bodies

    private static void feedInPieces(ReadDecoder decoder, byte[] body, Random random, Found found) throws IOException {
        int most = 1 + random.nextInt(body.length);
        boolean direct = random.nextBoolean();
        for (int at = 0; at < body.length; ) {
            int n = Math.min(body.length - at, 1 + random.nextInt(most));
            ByteBuffer piece =
                    direct ? ByteBuffer.allocateDirect(n).put(body, at, n).flip() : ByteBuffer.wrap(body, at, n);
            Decoding.all(decoder, piece, found);
            assertThat(piece.hasRemaining()).isFalse();
            at += n;
        }
    }

    private static SequencedRecord record(Random random, long seqNum) {
        List<Header> headers = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            headers.add(new Header(bytes(random, 20), bytes(random, 200)));
        }
        return new SequencedRecord(
                seqNum, random.nextLong(), headers, bytes(random, random.nextInt(10) == 0 ? 5000 : 100));
    }

    private static byte[] bytes(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] message(List<SequencedRecord> records, StreamPosition tail) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        for (SequencedRecord record : records) {
            ByteArrayOutputStream nested = new ByteArrayOutputStream();
            CodedOutputStream to = CodedOutputStream.newInstance(nested);
            to.writeUInt64(1, record.seqNum());
            to.writeUInt64(2, record.timestamp());
            for (Header header : record.headers()) {
                ByteArrayOutputStream pair = new ByteArrayOutputStream();
                CodedOutputStream into = CodedOutputStream.newInstance(pair);
                into.writeByteArray(1, header.name());
                into.writeByteArray(2, header.value());
                into.flush();
                to.writeByteArray(3, pair.toByteArray());
            }
            to.writeByteArray(4, record.body());
            to.flush();
            out.writeByteArray(1, nested.toByteArray());
        }
        out.writeUInt64(15, 1); // a field of some later version
        if (tail != null) {
            ByteArrayOutputStream position = new ByteArrayOutputStream();
            CodedOutputStream to = CodedOutputStream.newInstance(position);
            to.writeUInt64(1, tail.seqNum());
            to.writeUInt64(2, tail.timestamp());
            to.flush();
            out.writeByteArray(2, position.toByteArray());
        }
        out.flush();
        return bytes.toByteArray();
    }

    private static byte[] gzip(byte[] message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(message);
        }
        return bytes.toByteArray();
    }

    private static String event(String end, String name, String json) {
        return "event: " + name + end + "data: " + json + end + end;
    }

    private static String json(SequencedRecord record) {
        Base64.Encoder base64 = Base64.getEncoder();
        StringBuilder json = new StringBuilder("{\"seq_num\":" + Long.toUnsignedString(record.seqNum())
                + ",\"timestamp\":" + Long.toUnsignedString(record.timestamp()) + ",\"headers\":[");
        for (Header header : record.headers()) {
            json.append(json.charAt(json.length() - 1) == '[' ? "" : ",")
                    .append("[\"")
                    .append(base64.encodeToString(header.name()))
                    .append("\",\"")
                    .append(base64.encodeToString(header.value()))
                    .append("\"]");
        }
        return json + "],\"body\":\"" + base64.encodeToString(record.body()) + "\"}";
    }
}
