package io.fenceline.s2.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessagesTest {

    @Test
    void takesOmittedNumbersAsZero() throws WireFormatException {
        assertThat(Messages.appendAck(hex("0a00" + "12020801" + "1a02" + "0801")))
                .isEqualTo(new AppendAck(new StreamPosition(0, 0), new StreamPosition(1, 0), new StreamPosition(1, 0)));
    }

    @Test
    void readsUnsignedNumbers() throws WireFormatException {
        String max = "ffffffffffffffffff01";
        AppendAck ack = Messages.appendAck(hex("0a0b" + "08" + max + "120b" + "10" + max + "1a00"));

        assertThat(Long.toUnsignedString(ack.start().seqNum())).isEqualTo("18446744073709551615");
        assertThat(ack.end().timestamp()).isEqualTo(-1);
    }

    @Test
    void refusesAnAckWithoutPositions() {
        assertThatExceptionOfType(WireFormatException.class).isThrownBy(() -> Messages.appendAck(new byte[0]));
        assertThatExceptionOfType(WireFormatException.class).isThrownBy(() -> Messages.appendAck(hex("0a001200")));
    }

    @Test
    void readsRecordsWithRepeatedHeaderNames() throws WireFormatException {
        ReadBatch batch = Messages.readBatch(hex("0a15" + "0805" + "1006" + "1a06" + "0a0161" + "120131" + "1a03"
                + "0a0161" + "2202" + "6869" + "1204" + "0806" + "1006"));

        SequencedRecord record = batch.records().get(0);
        assertThat(record.seqNum()).isEqualTo(5);
        assertThat(record.timestamp()).isEqualTo(6);
        assertThat(record.headers())
                .containsExactly(new Header(bytes("a"), bytes("1")), new Header(bytes("a"), new byte[0]));
        assertThat(record.body()).isEqualTo(bytes("hi"));
        assertThat(record.isCommand()).isFalse();
        assertThat(batch.tail()).isEqualTo(new StreamPosition(6, 6));
    }

    @Test
    void readsAnEmptyBatch() throws WireFormatException {
        assertThat(Messages.readBatch(new byte[0])).isEqualTo(new ReadBatch(List.of(), null));
    }

    @Test
    void readsAFirstRecordWhoseNumbersAndBodyAreOmitted() throws WireFormatException {
        assertThat(Messages.readBatch(hex("0a00")).records())
                .containsExactly(new SequencedRecord(0, 0, List.of(), new byte[0]));
    }

    @Test
    void knowsCommandsByTheirOnlyHeaderHavingNoName() {
        Header unnamed = new Header(new byte[0], bytes("fence"));
        Header named = new Header(bytes("a"), bytes("b"));
        assertThat(new SequencedRecord(0, 0, List.of(unnamed), bytes("t")).isCommand())
                .isTrue();
        assertThat(new SequencedRecord(0, 0, List.of(named), bytes("t")).isCommand())
                .isFalse();
        assertThat(new SequencedRecord(0, 0, List.of(unnamed, named), bytes("t")).isCommand())
                .isFalse();
        assertThat(new SequencedRecord(0, 0, List.of(), bytes("t")).isCommand()).isFalse();
    }

    @Test
    void skipsFieldsItDoesNotKnow() throws WireFormatException {
        // a varint, eight bytes, a string and four bytes with numbers from 7 up
        String unknown = "3801" + "410102030405060708" + "4a0178" + "5501020304";
        assertThat(Messages.readBatch(hex("1204" + "0806" + "1006" + unknown)).tail())
                .isEqualTo(new StreamPosition(6, 6));
    }

    @Test
    void refusesMessagesCutShortAnywhereButBetweenFields() throws WireFormatException {
        byte[] whole = hex("0a15" + "0805" + "1006" + "1a06" + "0a0161" + "120131" + "1a03" + "0a0161" + "2202" + "6869"
                + "1204" + "0806" + "1006");
        for (int cut = 0; cut < whole.length; cut++) {
            byte[] part = Arrays.copyOf(whole, cut);
            if (cut == 0 || cut == 0x15 + 2) {
                assertThatCode(() -> Messages.readBatch(part)).doesNotThrowAnyException();
            } else {
                assertThatExceptionOfType(WireFormatException.class)
                        .as("cut at %d", cut)
                        .isThrownBy(() -> Messages.readBatch(part));
            }
        }
    }

    @Test
    void refusesGarbage() {
        for (String garbage : List.of("0aff", "0a0a0801", "ffffffffffffffffffffff", "0c", "0b0801", "00")) {
            assertThatExceptionOfType(WireFormatException.class)
                    .as(garbage)
                    .isThrownBy(() -> Messages.readBatch(hex(garbage)));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
