package io.fenceline.connect.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.MisfitException;
import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.ReceivedMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a message is as a record, and that it is what it was before the sink wrote it. */
class QueuedRecordTest {

    private static final long SENT = 1_763_700_000_456L;
    private static final MessageAttribute ID = text("kafka.id", "orders/3/7");
    private static final RecordMapper MAPPER = mapper();
    private static final byte[] NOT_UTF8 = {'a', (byte) 0xc3, (byte) 0x28};

    @Test
    void everyRecordTheSinkWroteComesBackAsItWas() throws MisfitException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("QueuedRecordTest seed " + seed + " (-Dseed=" + seed + " repeats it)");
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            SinkRecord original = anyRecord(random);
            boolean fifo = random.nextBoolean();

            QueuedRecord restored = QueuedRecord.of(throughSqs(original, null), fifo);

            String as = "seed " + seed + ", record " + i;
            assertThat(restored.key()).as(as).isEqualTo((byte[]) original.key());
            assertThat(restored.valueAsBytes()).as(as).isEqualTo((byte[]) original.value());
            assertThat(restored.timestamp())
                    .as(as)
                    .isEqualTo(original.timestamp() == null || original.timestamp() < 0 ? SENT : original.timestamp());
            List<String> headers = headers(original.headers());
            headers.add("sqs.message.id=" + Arrays.toString(utf8("m-1")));
            assertThat(headers(restored)).as(as).isEqualTo(headers);
        }
    }

    @Test
    void nullEmptyAndTheWordsThatStandForThemAreKeptApart() throws MisfitException {
        for (byte[] value : new byte[][] {null, new byte[0], utf8("empty"), utf8("null"), utf8("1")}) {
            for (byte[] key : new byte[][] {null, new byte[0], utf8("empty"), utf8("null")}) {
                QueuedRecord restored = QueuedRecord.of(throughSqs(record(key, value), null), false);
                assertThat(restored.valueAsBytes()).isEqualTo(value);
                assertThat(restored.valueAsText()).isEqualTo(value == null ? null : new String(value, UTF_8));
                assertThat(restored.key()).isEqualTo(key);
            }
        }
    }

    @Test
    void whatIsOursIsNotAmongTheHeaders() throws MisfitException {
        QueuedRecord restored = QueuedRecord.of(throughSqs(record(utf8("k"), NOT_UTF8), "g"), true);

        assertThat(restored.bytes()).isEqualTo(NOT_UTF8);
        assertThat(headers(restored)).containsExactly("sqs.message.id=" + Arrays.toString(utf8("m-1")));
    }

    @Test
    void withoutAKeyOfOursTheGroupOfAFifoQueueIsTheKey() throws MisfitException {
        assertThat(QueuedRecord.of(message("v", "größe", null), true).key()).isEqualTo(utf8("größe"));
        assertThat(QueuedRecord.of(message("v", "g", null), false).key())
                .as("a group on a standard queue is a tenant's")
                .isNull();
        assertThat(QueuedRecord.of(message("v", null, null), true).key()).isNull();
        assertThat(QueuedRecord.of(message("v", "g", null, text("kafka.key", "empty")), true)
                        .key())
                .isEmpty();
        assertThat(QueuedRecord.of(message("v", "g", null, text("kafka.key", "k")), true)
                        .key())
                .isEqualTo(utf8("k"));
    }

    @Test
    void whatAnotherSenderWroteIsAValueWithItsAttributes() throws MisfitException {
        QueuedRecord read = QueuedRecord.of(
                message(
                        "body",
                        null,
                        "18870021",
                        text("h", "größe"),
                        new MessageAttribute.Number("n", "-1.50"),
                        new MessageAttribute.Binary("b", NOT_UTF8)),
                true);

        assertThat(read.text()).isEqualTo("body");
        assertThat(read.bytes()).isNull();
        assertThat(read.valueAsBytes()).isEqualTo(utf8("body"));
        assertThat(read.key()).isNull();
        assertThat(read.timestamp()).isEqualTo(SENT);
        assertThat(headers(read))
                .containsExactly(
                        "h=" + Arrays.toString(utf8("größe")),
                        "n=" + Arrays.toString(utf8("-1.50")),
                        "b=" + Arrays.toString(NOT_UTF8),
                        "sqs.message.id=" + Arrays.toString(utf8("m-1")),
                        "sqs.sequence.number=" + Arrays.toString(utf8("18870021")));
    }

    @Test
    void aStandardQueueNumbersNoMessages() throws MisfitException {
        assertThat(headers(QueuedRecord.of(message("v", null, "5"), false)))
                .containsExactly("sqs.message.id=" + Arrays.toString(utf8("m-1")));
    }

    /** A message that went from queue to queue brings the id it had in the first one. */
    @Test
    void theIdIsThatOfTheQueueItWasReadFromAndIsThereOnce() throws MisfitException {
        MessageAttribute[] before = {text("sqs.message.id", "before"), text("sqs.sequence.number", "1")};

        assertThat(headers(QueuedRecord.of(message("v", null, "2", before), true)))
                .containsExactly(
                        "sqs.message.id=" + Arrays.toString(utf8("m-1")),
                        "sqs.sequence.number=" + Arrays.toString(utf8("2")));
        assertThat(headers(QueuedRecord.of(message("v", null, null, before), false)))
                .as("of a standard queue there is no number that could take its place")
                .containsExactly(
                        "sqs.sequence.number=" + Arrays.toString(utf8("1")),
                        "sqs.message.id=" + Arrays.toString(utf8("m-1")));
    }

    @ParameterizedTest
    @CsvSource({
        "kafka.id, not an id",
        "kafka.id, orders/03/7",
        "kafka.ts, 1763700000123",
        "kafka.null, 1",
        "kafka.null, yes",
        "kafka.null.header, h",
        "kafka.other, x"
    })
    void aNameOfOursThatWeWouldNotHaveWrittenIsAHeader(String name, String value) throws MisfitException {
        QueuedRecord read = QueuedRecord.of(message("body", null, null, text(name, value)), false);

        assertThat(headers(read)).first().isEqualTo(name + "=" + Arrays.toString(utf8(value)));
        assertThat(read.text()).isEqualTo("body");
        assertThat(read.timestamp()).isEqualTo(SENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "9223372036854775808", "1e3"})
    void aTimestampThatKafkaCannotHaveIsAHeader(String number) throws MisfitException {
        QueuedRecord read =
                QueuedRecord.of(message("v", null, null, new MessageAttribute.Number("kafka.ts", number)), false);

        assertThat(read.timestamp()).isEqualTo(SENT);
        assertThat(headers(read)).hasSize(2);
    }

    @Test
    void aMessageOfWhichNobodySaysWhenItWasSentHasNoTimestamp() throws MisfitException {
        var message = new ReceivedMessage("m-1", "h", "v", List.of(), null, null, null, 1);

        assertThat(QueuedRecord.of(message, false).timestamp()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "base64, ***, and it is not",
        "base64, YQ=, and it is not",
        "empty, full, is not 'empty'",
        "gzip, YQ==, 'gzip' is not an encoding",
        "BASE64, YQ==, 'BASE64' is not an encoding",
    })
    void aBodyThatIsNotWhatItsEncodingSaysIsAMisfit(String encoding, String body, String said) {
        var message = message(body, null, null, ID, text("kafka.encoding", encoding));

        assertThatThrownBy(() -> QueuedRecord.of(message, false))
                .isInstanceOf(MisfitException.class)
                .hasMessageContaining("kafka.encoding")
                .hasMessageContaining(said)
                .hasMessageNotContaining(body);
    }

    @Test
    void anEncodingThatIsNoTextIsAMisfit() {
        var message = message("v", null, null, new MessageAttribute.Binary("kafka.encoding", utf8("base64")));

        assertThatThrownBy(() -> QueuedRecord.of(message, false))
                .isInstanceOf(MisfitException.class)
                .hasMessageContaining("not text");
    }

    @Test
    void bytesThatAreNotUtf8AreNoText() throws MisfitException {
        QueuedRecord broken = QueuedRecord.of(throughSqs(record(null, NOT_UTF8), null), false);
        QueuedRecord withReplacement = QueuedRecord.of(throughSqs(record(null, utf8("\0 \uFFFD")), null), false);

        assertThatThrownBy(broken::valueAsText)
                .isInstanceOf(MisfitException.class)
                .hasMessageContaining("not UTF-8");
        assertThat(withReplacement.valueAsText()).isEqualTo("\0 \uFFFD");
    }

    private static SinkRecord anyRecord(Random random) {
        Headers headers = new ConnectHeaders();
        List<String> names = new ArrayList<>(List.of("h", "trace-id", "user.kafka.id", "kafka", "kafkaXid"));
        for (int i = random.nextInt(4); i > 0; i--) {
            byte[] value = anyBytes(random);
            headers.add(
                    names.remove(random.nextInt(names.size())),
                    value == null || value.length == 0 ? new byte[] {0} : value,
                    Schema.OPTIONAL_BYTES_SCHEMA);
        }
        Long timestamp =
                switch (random.nextInt(4)) {
                    case 0 -> null;
                    case 1 -> random.nextLong();
                    default -> SENT + random.nextInt();
                };
        return record(anyBytes(random), anyBytes(random), timestamp, headers);
    }

    /** Null, empty, text, text SQS does not take, and bytes are equally likely. */
    private static byte @Nullable [] anyBytes(Random random) {
        switch (random.nextInt(5)) {
            case 0 -> {
                return null;
            }
            case 1 -> {
                return new byte[0];
            }
            case 2 -> {
                return utf8("größer 🦀 " + random.nextInt());
            }
            case 3 -> {
                return utf8("\0\uFFFE" + random.nextInt());
            }
            default -> {
                byte[] bytes = new byte[1 + random.nextInt(40)];
                random.nextBytes(bytes);
                return bytes;
            }
        }
    }

    private static RecordMapper mapper() {
        JsonConverter json = new JsonConverter();
        json.configure(Map.of("schemas.enable", "false"), false);
        return new RecordMapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, json, json);
    }

    /** Mapped, and as a queue would give it out. */
    private static ReceivedMessage throughSqs(SinkRecord record, @Nullable String group) {
        QueueRecordForm form = new QueueRecordForm(HeaderSelection.ALL, 1 << 20);
        assertThat(MAPPER.map(record, form)).isTrue();
        OutgoingMessage sent = form.message(null, null);
        return message(sent.body(), group, null, sent.attributes().toArray(MessageAttribute[]::new));
    }

    private static ReceivedMessage message(
            String body, @Nullable String group, @Nullable String sequenceNumber, MessageAttribute... attributes) {
        return new ReceivedMessage("m-1", "handle", body, List.of(attributes), group, sequenceNumber, SENT, 1);
    }

    private static SinkRecord record(byte @Nullable [] key, byte @Nullable [] value) {
        return record(key, value, null, new ConnectHeaders());
    }

    private static SinkRecord record(
            byte @Nullable [] key, byte @Nullable [] value, @Nullable Long timestamp, Headers headers) {
        return new SinkRecord(
                "orders", 3, null, key, null, value, 7, timestamp, TimestampType.CREATE_TIME, headers, "orders", 3, 7);
    }

    private static List<String> headers(Headers headers) {
        List<String> all = new ArrayList<>();
        for (Header header : headers) {
            all.add(header.key() + "=" + Arrays.toString((byte[]) header.value()));
        }
        return all;
    }

    private static List<String> headers(QueuedRecord record) {
        return record.headers().stream()
                .map(header -> header.name() + "=" + Arrays.toString(QueuedRecord.valueOf(header)))
                .toList();
    }

    private static MessageAttribute text(String name, String value) {
        return new MessageAttribute.Text(name, value);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
