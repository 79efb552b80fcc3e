package io.fenceline.s2.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S2sFrameReaderTest {

    private static final byte[] ACK =
            hex("000020" + "00" + "0a071080d095ffbc31" + "1209080110" + "80d095ffbc31" + "1a09080110" + "80d095ffbc31");
    private static final byte[] TERMINAL =
            concat(hex("000019" + "80" + "019c"), "{\"seq_num_mismatch\":7}".getBytes(UTF_8));

    @Test
    void readsTheAckOfTheProtocolDescription() throws WireFormatException {
        S2sFrame frame = readAll(ACK).get(0);

        assertThat(frame.terminal()).isFalse();
        assertThat(frame.reconnectAdvised()).isFalse();
        assertThat(Messages.appendAck(frame.payload()))
                .isEqualTo(new AppendAck(
                        new StreamPosition(0, 1700000000000L),
                        new StreamPosition(1, 1700000000000L),
                        new StreamPosition(1, 1700000000000L)));
    }

    @Test
    void readsTheTerminalOfTheProtocolDescription() throws WireFormatException {
        S2sFrame frame = readAll(TERMINAL).get(0);

        assertThat(frame.terminal()).isTrue();
        assertThat(frame.error()).isEqualTo(ServerError.seqNumMismatch(7));
    }

    @Test
    void readsTheSameFramesWhereverTheInputIsCut() throws WireFormatException {
        byte[] input = concat(ACK, ACK, gzipFrame(new byte[3000]), TERMINAL);
        List<S2sFrame> whole = readAll(input);
        assertThat(whole).hasSize(4);
        for (int cut = 0; cut <= input.length; cut++) {
            S2sFrameReader reader = new S2sFrameReader();
            List<S2sFrame> frames = new ArrayList<>();
            read(reader, ByteBuffer.wrap(input, 0, cut), frames);
            read(reader, ByteBuffer.wrap(input, cut, input.length - cut), frames);
            assertThat(frames).as("cut at %d", cut).isEqualTo(whole);
            assertThat(reader.isInsideFrame()).isFalse();
        }
    }

    @Test
    void readsByteByByteAndKnowsWhenItIsInsideAFrame() throws WireFormatException {
        S2sFrameReader reader = new S2sFrameReader();
        assertThat(reader.isInsideFrame()).isFalse();
        for (int i = 0; i < ACK.length - 1; i++) {
            assertThat(reader.read(ByteBuffer.wrap(ACK, i, 1))).isNull();
            assertThat(reader.isInsideFrame()).isTrue();
        }
        assertThat(reader.read(ByteBuffer.wrap(ACK, ACK.length - 1, 1))).isNotNull();
        assertThat(reader.isInsideFrame()).isFalse();
    }

    @Test
    void readsAnEmptyPayload() throws WireFormatException {
        assertThat(readAll(hex("00000100"))).containsExactly(new S2sFrame(false, false, new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00000100", "0000010f", "00000105"})
    void ignoresReservedFlagBits(String frame) throws WireFormatException {
        assertThat(readAll(hex(frame))).containsExactly(new S2sFrame(false, false, new byte[0]));
    }

    @Test
    void seesTheAdviceToReconnectOnRegularFramesOnly() throws WireFormatException {
        assertThat(readAll(hex("00000110")).get(0).reconnectAdvised()).isTrue();
        assertThat(readAll(hex("00000390" + "01f7")).get(0).reconnectAdvised()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"000000", "200001", "ffffff"})
    void refusesLengthsOutsideTheProtocolBeforeTheRestArrives(String header) {
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> new S2sFrameReader().read(ByteBuffer.wrap(hex(header))));
    }

    @Test
    void takesTheLargestFrame() throws WireFormatException {
        byte[] frame = S2sFrame.encode(new byte[S2sFrame.MAX_PAYLOAD_BYTES], 0);
        assertThat(HexFormat.of().formatHex(frame, 0, 4)).isEqualTo("20000000");
        assertThat(readAll(frame).get(0).payload()).hasSize(S2sFrame.MAX_PAYLOAD_BYTES);
    }

    @Test
    void namesTheCompressionItCannotRead() {
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> readAll(hex("00000120")))
                .withMessageContaining("zstd");
        assertThatExceptionOfType(WireFormatException.class).isThrownBy(() -> readAll(hex("00000160")));
        assertThatExceptionOfType(WireFormatException.class).isThrownBy(() -> readAll(hex("000003c0" + "01f7")));
    }

    @Test
    void boundsWhatAFrameDecompressesTo() throws WireFormatException {
        assertThat(readAll(gzipFrame(new byte[S2sFrame.MAX_PAYLOAD_BYTES]))
                        .get(0)
                        .payload())
                .hasSize(S2sFrame.MAX_PAYLOAD_BYTES);
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> readAll(gzipFrame(new byte[S2sFrame.MAX_PAYLOAD_BYTES + 1])))
                .withMessageContaining("2097151");
        assertThatExceptionOfType(WireFormatException.class).isThrownBy(() -> readAll(hex("00000340" + "1234")));
    }

    @Test
    void readsTerminalsWhateverTheirBodyIs() throws WireFormatException {
        ServerError html = readAll(S2sFrame.encode(concat(hex("01f6"), "<html>".getBytes(UTF_8)), S2sFrame.TERMINAL))
                .get(0)
                .error();
        assertThat(html.status()).isEqualTo(502);
        assertThat(html.code()).isEmpty();
        assertThat(html.message()).contains("<html>");

        assertThat(readAll(hex("00000380" + "01f7")).get(0).error().status()).isEqualTo(503);
        S2sFrame without = readAll(hex("00000280" + "01")).get(0);
        assertThatExceptionOfType(WireFormatException.class).isThrownBy(without::error);
    }

    private static List<S2sFrame> readAll(byte[] input) throws WireFormatException {
        List<S2sFrame> frames = new ArrayList<>();
        read(new S2sFrameReader(), ByteBuffer.wrap(input), frames);
        return frames;
    }

    private static void read(S2sFrameReader reader, ByteBuffer source, List<S2sFrame> into) throws WireFormatException {
        for (S2sFrame frame = reader.read(source); frame != null; frame = reader.read(source)) {
            into.add(frame);
        }
        assertThat(source.hasRemaining()).isFalse();
    }

    private static byte[] gzipFrame(byte[] message) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(message);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return S2sFrame.encode(compressed.toByteArray(), S2sFrame.COMPRESSION_GZIP);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
