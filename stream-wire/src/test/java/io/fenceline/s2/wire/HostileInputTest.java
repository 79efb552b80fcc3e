package io.fenceline.s2.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Bodies no honest server sends. Each has to be refused early, or cost no more than its length; where a decoder does not
 * refuse, the bytes it copies are counted, not the time it takes.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileInputTest {

    private static final int CHUNK = 16 << 10;

    private static final class Found implements ReadDecoder.Sink {
        final List<SequencedRecord> records = new ArrayList<>();
        final List<ServerError> errors = new ArrayList<>();

        @Override
        public void onRecords(List<SequencedRecord> more) {
            records.addAll(more);
        }

        @Override
        public void onTail(StreamPosition tail) {}

        @Override
        public void onHeartbeat(StreamPosition tail) {}

        @Override
        public void onReconnectAdvised() {}

        @Override
        public void onError(ServerError error) {
            errors.add(error);
        }
    }

    private final Found found = new Found();

    /** Bytes taken until the decoder refused; fails if it took all of them. */
    private int refusedAfter(ReadDecoder decoder, byte[] body, String reason) {
        int[] taken = new int[1];
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> {
                    for (int at = 0; at < body.length; at += CHUNK) {
                        taken[0] = Math.min(body.length, at + CHUNK);
                        Decoding.all(decoder, ByteBuffer.wrap(body, at, taken[0] - at), found);
                    }
                })
                .withMessageContaining(reason);
        return taken[0];
    }

    private void feed(ReadDecoder decoder, byte[] body) throws WireFormatException {
        for (int at = 0; at < body.length; at += CHUNK) {
            Decoding.all(decoder, ByteBuffer.wrap(body, at, Math.min(CHUNK, body.length - at)), found);
        }
    }

    private static byte[] repeated(String text, int bytes) {
        byte[] unit = text.getBytes(UTF_8);
        byte[] all = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            all[i] = unit[i % unit.length];
        }
        return all;
    }

    private static byte[] gzip(byte[] message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] emptyRecords(int count) {
        byte[] bytes = new byte[2 * count];
        for (int i = 0; i < bytes.length; i += 2) {
            bytes[i] = 0x0a;
        }
        return bytes;
    }

    // ------------------------------------------------------------------ frames

    @Test
    void aNumberWithoutEndWasReadAgainFromItsBeginningWithEachChunk() {
        byte[] number = new byte[S2sFrame.MAX_PAYLOAD_BYTES];
        Arrays.fill(number, (byte) 0x80);
        number[0] = 0x08;
        assertThat(refusedAfter(new S2sReadDecoder(), S2sFrame.encode(number, 0), "number that is too long"))
                .isEqualTo(CHUNK);
    }

    @Test
    void aNumberOfTenBytesIsOneHoweverItIsCut() throws WireFormatException {
        byte[] largest = new byte[11];
        Arrays.fill(largest, (byte) 0xff);
        largest[0] = 0x78; // a field of some later version
        largest[10] = 1;
        byte[] frame = S2sFrame.encode(largest, 0);
        for (int cut = 0; cut <= frame.length; cut++) {
            S2sReadDecoder decoder = new S2sReadDecoder();
            Decoding.all(decoder, ByteBuffer.wrap(frame, 0, cut), found);
            Decoding.all(decoder, ByteBuffer.wrap(frame, cut, frame.length - cut), found);
            assertThat(decoder.isComplete()).as("cut at %d", cut).isTrue();
        }
    }

    @Test
    void aFieldLargerThanItsFrameGotItsRoomBeforeItWasRefused() {
        byte[] claim = {0x0a, (byte) 0xff, (byte) 0xff, 0x7f, 0, 0};
        byte[] frame = S2sFrame.encode(claim, 0);
        S2sReadDecoder decoder = new S2sReadDecoder();
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> Decoding.all(decoder, ByteBuffer.wrap(frame, 0, frame.length - 1), found))
                .withMessageContaining("ends inside a field");
    }

    @Test
    void twoKilobytesBecameAMillionRecords() {
        byte[] bomb = gzip(emptyRecords(1_000_000));
        assertThat(bomb.length).isLessThan(4 << 10);
        refusedAfter(new S2sReadDecoder(), S2sFrame.encode(bomb, S2sFrame.COMPRESSION_GZIP), "records");
        assertThat(found.records).isEmpty();
    }

    @Test
    void aBatchOfManyMoreRecordsThanS2SendsIsRead() throws WireFormatException {
        byte[] generous = gzip(emptyRecords(Messages.MAX_RECORDS));
        feed(new S2sReadDecoder(), S2sFrame.encode(generous, S2sFrame.COMPRESSION_GZIP));
        assertThat(found.records).hasSize(Messages.MAX_RECORDS);
    }

    @Test
    void aTerminalFrameOfTwoMegabytesBecameAMessageOfTwoMegabytes() throws WireFormatException {
        byte[] json = ("{\"code\":\"storage\",\"message\":\"" + "m".repeat(2_000_000) + "\"}").getBytes(UTF_8);
        byte[] payload = new byte[2 + json.length];
        payload[0] = 500 >> 8;
        payload[1] = (byte) 500;
        System.arraycopy(json, 0, payload, 2, json.length);
        feed(new S2sReadDecoder(), S2sFrame.encode(payload, S2sFrame.TERMINAL));
        assertThat(found.errors).singleElement().satisfies(error -> {
            assertThat(error.code()).isEqualTo("storage");
            assertThat(error.describe()).hasSizeLessThan(1_000).contains("2000000 characters");
        });
    }

    // ------------------------------------------------------------------ events

    /** An event of n lines was copied n times: 8 MiB of these are four terabytes. */
    @Test
    void manyLinesOfOneEventWereCopiedAgainWithEachOfThem() throws WireFormatException {
        SseReadDecoder decoder = new SseReadDecoder();
        feed(decoder, repeated("data:x\n", 7 << 20));
        assertThat(decoder.pendingBytes()).isEqualTo((2 << 20) - 1 + lastLine(7 << 20));
        // between these bounds room doubles, so all copies together are twice the event at most
        assertThat(decoder.heldCapacity()).isBetween(2 << 20, 4 << 20);
    }

    /** Bytes of the line that the last chunk cuts. */
    private static int lastLine(int bytes) {
        return bytes % 7;
    }

    @Test
    void theLimitOfAnEventHeldForEachOfItsLinesAndNotForAllOfThem() {
        byte[] line = ("data:" + "x".repeat((1 << 20) - 6) + "\n").getBytes(UTF_8);
        byte[] body = new byte[64 << 20];
        for (int at = 0; at < body.length; at += line.length) {
            System.arraycopy(line, 0, body, at, line.length);
        }
        assertThat(refusedAfter(new SseReadDecoder(), body, "larger than 8388608"))
                .isBetween(8 << 20, 9 << 20);
    }

    @Test
    void oneEndlessLineIsRefusedWhateverItIs() {
        for (String field : List.of("data:", "event:", ":", "id:", "")) {
            byte[] body = repeated("x", 9 << 20);
            System.arraycopy(field.getBytes(UTF_8), 0, body, 0, field.length());
            assertThat(refusedAfter(new SseReadDecoder(), body, "larger than 8388608"))
                    .isBetween(8 << 20, (8 << 20) + CHUNK);
        }
    }

    @Test
    void emptyDataLinesCountToo() {
        refusedAfter(new SseReadDecoder(), repeated("data\n", 48 << 20), "larger than 8388608");
    }

    @Test
    void aStreamKeptTheRoomOfItsLargestEventForTheRestOfItsLife() throws WireFormatException {
        SseReadDecoder decoder = new SseReadDecoder();
        String record = "{\"seq_num\":5,\"timestamp\":1,\"body\":\"" + "A".repeat(1_400_000) + "\"}";
        feed(decoder, ("event: batch\ndata: {\"records\":[" + record + "]}\n\n").getBytes(UTF_8));
        assertThat(found.records).hasSize(1);
        assertThat(decoder.heldCapacity()).isEqualTo(SseReadDecoder.KEPT_BYTES);
    }

    @Test
    void aLargeCommentIsGivenBackToo() throws WireFormatException {
        SseReadDecoder decoder = new SseReadDecoder();
        feed(decoder, (":" + "c".repeat(3_000_000) + "\n").getBytes(UTF_8));
        assertThat(decoder.pendingBytes()).isZero();
        assertThat(decoder.heldCapacity()).isEqualTo(SseReadDecoder.KEPT_BYTES);
    }

    @Test
    void aMillionRecordsInOneEventAreRefused() {
        String body = "event: batch\ndata: {\"records\":[" + "{},".repeat(1_000_000) + "{}]}\n\n";
        refusedAfter(new SseReadDecoder(), body.getBytes(UTF_8), "records");
        assertThat(found.records).isEmpty();
    }

    @Test
    void anErrorEventOfSevenMegabytesBecameAMessageOfSevenMegabytes() throws WireFormatException {
        String text = "m".repeat(7 << 20);
        feed(
                new SseReadDecoder(),
                ("event: error\ndata: {\"code\":\"storage\",\"message\":\"" + text + "\"}\n\n").getBytes(UTF_8));
        assertThat(found.errors).singleElement().satisfies(error -> {
            assertThat(error.status()).isEqualTo(500);
            assertThat(error.describe()).hasSizeLessThan(1_000).contains("7340032 characters");
        });
    }

    @Test
    void aByteOrderMarkMadeTheFirstEventDisappear() throws WireFormatException {
        byte[] body = "\uFEFFevent: batch\ndata: {\"records\":[{\"seq_num\":1,\"timestamp\":1}]}\n\n".getBytes(UTF_8);
        for (int cut = 0; cut <= body.length; cut++) {
            found.records.clear();
            SseReadDecoder decoder = new SseReadDecoder();
            Decoding.all(decoder, ByteBuffer.wrap(body, 0, cut), found);
            Decoding.all(decoder, ByteBuffer.wrap(body, cut, body.length - cut), found);
            assertThat(found.records).as("cut at %d", cut).hasSize(1);
        }
    }

    @Test
    void whatIsWrongWithAnEventIsSaidWithoutARecordsContent() {
        for (String value : List.of("top_secret_content", "\"Zm9v!secret\"", "\"secret", "[\"secret\"]", "1e5000")) {
            String body = "event: batch\ndata: {\"records\":[{\"seq_num\":5,\"body\":" + value + "}]}\n\n";
            assertThatExceptionOfType(WireFormatException.class)
                    .as(value)
                    .isThrownBy(() -> feed(new SseReadDecoder(), body.getBytes(UTF_8)))
                    .withMessageNotContaining("secret")
                    .withNoCause();
        }
    }

    @Test
    void deepJsonAndLongNumbersAreRefused() {
        for (String json : List.of(
                "[".repeat(100_000),
                "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
                "{\"records\":[{\"seq_num\":" + "9".repeat(100_000) + "}]}")) {
            refusedAfter(new SseReadDecoder(), ("event: batch\ndata: " + json + "\n\n").getBytes(UTF_8), "JSON");
        }
    }
}
