package io.fenceline.connect.sqs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.config.GroupTemplate;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.MessageText;
import io.fenceline.sqs.OutgoingMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a record is in a queue, by way of the mapper that tells the form what it is. */
class QueueRecordFormTest {

    private static final int MIB = 1 << 20;
    private static final byte[] EMPTY = new byte[0];
    private static final MessageAttribute ID = text("kafka.id", "orders/3/1234567");

    private final RecordMapper mapper = mapper();
    private QueueRecordForm form = new QueueRecordForm(HeaderSelection.ALL, MIB);

    @Test
    void aRecordOfTextIsABodyOfTextAndItsOriginIsInTheAttributes() {
        OutgoingMessage message = map(record(bytes("k"), bytes("{\"a\": 1}"), 1_700_000_000_123L));

        assertThat(message.body()).isEqualTo("{\"a\": 1}");
        assertThat(message.attributes())
                .containsExactly(
                        ID,
                        new MessageAttribute.Number("kafka.ts", "1700000000123"),
                        new MessageAttribute.Binary("kafka.key", bytes("k")));
        assertThat(message.groupId()).isNull();
        assertThat(message.deduplicationId()).isNull();
    }

    @Test
    void groupAndDeduplicationIdAreThoseItIsMadeWith() {
        assertThat(mapper.map(record(bytes("k"), bytes("v"), null), form)).isTrue();

        OutgoingMessage message = form.message(groups("${topic}-${key}"), "dedup");
        assertThat(message.groupId()).isEqualTo("orders-k");
        assertThat(message.deduplicationId()).isEqualTo("dedup");
        assertThat(map(record(EMPTY, bytes("v"), null), groups("${key}")).groupId())
                .isEqualTo("orders-3");
        assertThat(map(record(null, bytes("v"), null), groups("${key}")).groupId())
                .isEqualTo("orders-3");
        ByteBuffer slice = ByteBuffer.wrap(bytes("xxkeyxx"), 2, 3).slice();
        assertThat(map(record(slice, bytes("v"), null), groups("${key}")).groupId())
                .isEqualTo("key");
    }

    @Test
    void theCoordinatesAreTheOriginalOnesWhateverTransformsDid() {
        SinkRecord moved =
                record(null, bytes("v"), 1L).newRecord("renamed", 77, null, null, null, bytes("v"), 1L, null);

        assertThat(map(moved).attributes()).contains(ID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "größer 🦀 €", "tab\tline\nend\r", "\u007F\u0085\uFFFD\uD7FF\uE000", " "})
    void textThatSqsTakesGoesUnchangedAlsoIfItCameAsBytes(String text) {
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes(text).length).put(bytes(text)).flip();
        for (Object value : List.of(text, bytes(text), ByteBuffer.wrap(bytes(text)), direct)) {
            OutgoingMessage message = map(record(null, value, null));
            assertThat(message.body()).isEqualTo(text);
            assertThat(message.attributes()).containsExactly(ID);
        }
    }

    @Test
    void everythingElseGoesInBase64() {
        List<byte[]> values = new ArrayList<>();
        for (String text : List.of("a\0b", "\u001F", "\uFFFE", "a\uFFFFb")) {
            values.add(bytes(text));
            assertThat(map(record(null, text, null)).body())
                    .as("a value that came as text")
                    .isEqualTo(Base64.getEncoder().encodeToString(bytes(text)));
        }
        values.add(new byte[] {(byte) 0xC3});
        values.add(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80});
        byte[] binary = new byte[257];
        new Random(1).nextBytes(binary);
        values.add(binary);
        for (byte[] value : values) {
            OutgoingMessage message = map(record(null, value, null));
            assertThat(message.attributes()).containsExactly(ID, text("kafka.encoding", "base64"));
            assertThat(Base64.getDecoder().decode(message.body())).isEqualTo(value);
        }
        ByteBuffer slice = ByteBuffer.wrap(binary, 10, 20).slice();
        assertThat(Base64.getDecoder().decode(map(record(null, slice, null)).body()))
                .isEqualTo(Arrays.copyOfRange(binary, 10, 30));
    }

    @Test
    void emptyAndNullValuesStayApartAndFromTextThatReadsLikeThem() {
        for (Object empty : List.of(EMPTY, "", ByteBuffer.allocate(0))) {
            OutgoingMessage message = map(record(null, empty, null));
            assertThat(message.body()).isEqualTo("empty");
            assertThat(message.attributes()).containsExactly(ID, text("kafka.encoding", "empty"));
        }
        OutgoingMessage nothing = map(record(null, null, null));
        assertThat(nothing.body()).isEqualTo("null");
        assertThat(nothing.attributes()).containsExactly(ID, text("kafka.null", "1"));

        assertThat(map(record(null, "empty", null)).attributes()).containsExactly(ID);
        assertThat(map(record(null, "null", null)).attributes()).containsExactly(ID);
    }

    @Test
    void emptyAndNullKeysStayApart() {
        assertThat(map(record(EMPTY, "v", null)).attributes()).containsExactly(ID, text("kafka.key", "empty"));
        assertThat(map(record(null, "v", null)).attributes()).containsExactly(ID);
        assertThat(map(record("empty", "v", null)).attributes())
                .containsExactly(ID, new MessageAttribute.Binary("kafka.key", bytes("empty")));
    }

    @Test
    void whatIsNeitherBytesNorTextGoesThroughTheConverter() {
        Schema schema = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
        Struct struct = new Struct(schema).put("id", 7);

        OutgoingMessage message = map(new SinkRecord("orders", 3, schema, struct, schema, struct, 1234567L));

        assertThat(message.body()).isEqualTo("{\"id\":7}");
        assertThat(message.attributes()).contains(new MessageAttribute.Binary("kafka.key", bytes("{\"id\":7}")));
    }

    @Test
    void headersKeepTheirNamesAndAreTextWhereTheyCanBe() {
        Headers headers = new ConnectHeaders();
        headers.addBytes("trace.id", bytes("größer"));
        headers.addString("Text_1", "a\nb");
        headers.addInt("number", 17);
        headers.addBytes("binary", new byte[] {0, 1, (byte) 0xFF});
        headers.addString("control", "a\u0001");

        assertThat(map(record(null, "v", null, headers)).attributes())
                .containsExactly(
                        ID,
                        text("trace.id", "größer"),
                        text("Text_1", "a\nb"),
                        text("number", "17"),
                        new MessageAttribute.Binary("binary", new byte[] {0, 1, (byte) 0xFF}),
                        new MessageAttribute.Binary("control", bytes("a\u0001")));
    }

    @Test
    void onlySelectedHeadersAreSentAndTheOthersAreNotLookedAt() {
        Headers headers = new ConnectHeaders();
        headers.addString("a", "1");
        headers.addString("not a name", "x");
        headers.addString("a.null", null);
        headers.addString("kafka.mine", "x");
        headers.addString("b", "2");
        SinkRecord record = record(null, "v", null, headers);

        form = new QueueRecordForm(HeaderSelection.NONE, MIB);
        assertThat(map(record).attributes()).containsExactly(ID);
        form = new QueueRecordForm(HeaderSelection.parse("sqs.headers", "b, a"), MIB);
        assertThat(map(record).attributes()).containsExactly(ID, text("a", "1"), text("b", "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "with space",
                "größe",
                ".a",
                "a.",
                "a..b",
                "AWS.x",
                "aws.trace",
                "Amazon.x",
                "aMaZoN.",
                "a/b",
                "a:b",
                "a\nb"
            })
    void aHeaderWhoseNameSqsDoesNotTakeIsNotSentUnderAnotherOne(String name) {
        Headers headers = new ConnectHeaders();
        headers.addString(name, "x");
        refused(record(null, "v", null, headers), "the name of its header '" + name.replace('\n', ' ') + "'");
    }

    @Test
    void theLongestNameAndThoseThatOnlyLookReservedAreSent() {
        Headers headers = new ConnectHeaders();
        headers.addString("n".repeat(256), "1");
        headers.addString("AWSX", "1");
        headers.addString("xAWS.", "1");
        refused(record(null, "v", null, headers), "ends with a dot");
        headers.remove("xAWS.");
        headers.addString("amazonian.x", "1").addString("aws-x", "1").addString("_", "1");
        assertThat(map(record(null, "v", null, headers)).attributes()).hasSize(6);
        headers.addString("n".repeat(257), "1");
        refused(record(null, "v", null, headers), "has 257 characters");
    }

    @Test
    void nullEmptyAndRepeatedHeadersAreRefusedByName() {
        Headers empty = new ConnectHeaders();
        empty.addString("h-empty", "");
        refused(record(null, "v", null, empty), "its header 'h-empty' is empty");
        Headers nothing = new ConnectHeaders();
        nothing.addString("h-null", null);
        refused(record(null, "v", null, nothing), "its header 'h-null' is null");
        Headers twice = new ConnectHeaders();
        twice.addString("h", "1").addString("H", "1").addString("h", "2");
        refused(record(null, "v", null, twice), "more than one header 'h'");
    }

    @Test
    void elevenAttributesAreRefusedWithTheirNumber() {
        Headers headers = new ConnectHeaders();
        for (int i = 0; i < 7; i++) {
            headers.addString("h" + i, "x");
        }
        assertThat(map(record("k", "v", 1L, headers)).attributes()).hasSize(10);
        refused(record("k", EMPTY, 1L, headers), "it has 11 attributes, 7 of them headers");
        refused(record("k", null, 1L, headers), "it has 11 attributes, 7 of them headers");
        headers.addString("h7", "x").addString("h8", "x");
        refused(record("k", "v", 1L, headers), "it has 12 attributes, 9 of them headers");
        assertThat(map(record(null, "v", null, headers)).attributes()).hasSize(10);
    }

    @Test
    void aRecordIsMeasuredAsSqsDoesInUnescapedBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] texts = {"a", "\"\\\n", "ü", "€", "🦀", "\0"};
        for (int round = 0; round < 2_000; round++) {
            String text = texts[random.nextInt(texts.length)].repeat(random.nextInt(40));
            Headers headers = new ConnectHeaders();
            for (int i = random.nextInt(4); i > 0; i--) {
                headers.addString("h" + i, "x" + texts[random.nextInt(texts.length)].repeat(random.nextInt(5)));
            }
            Object value = random.nextInt(5) == 0 ? null : random.nextBoolean() ? text : bytes(text);
            Object key = random.nextInt(4) == 0 ? null : texts[random.nextInt(texts.length)].repeat(random.nextInt(3));
            OutgoingMessage message = map(record(key, value, random.nextBoolean() ? null : random.nextLong(), headers));

            int size = bytes(message.body()).length;
            for (MessageAttribute attribute : message.attributes()) {
                size += attribute.size();
            }
            assertThat(message.size()).as("seed %d, round %d", seed, round).isEqualTo(size);
            assertThat(MessageText.isAllowed(message.body())).isTrue();
        }
    }

    @Test
    void theOriginCostsWhatThePageSays() {
        OutgoingMessage message = map(record("5byte", "v", 1_700_000_000_123L));

        assertThat(message.size() - 1).as("as in docs/sqs-records.md").isEqualTo(77);
    }

    @Test
    void aRecordAtTheLimitIsTakenAndOneByteMoreIsNot() {
        int origin = "kafka.id".length() + "String".length() + "orders/3/1234567".length();
        form = new QueueRecordForm(HeaderSelection.ALL, 1024);
        for (String c : List.of("a", "ü")) {
            int most = (1024 - origin) / bytes(c).length;
            String fits = c.repeat(most);
            for (Object value : List.of(fits, bytes(fits))) {
                assertThat(map(record(null, value, null)).size()).isBetween(1023, 1024);
            }
            for (Object value : List.of(fits + c, bytes(fits + c))) {
                tooLarge(record(null, value, null), "and the queue takes at most 1024 (its MaximumMessageSize)");
            }
        }
        int encoding = "kafka.encoding".length() + "String".length() + "base64".length();
        int most = (1024 - origin - encoding) / 4 * 3;
        assertThat(map(record(null, new byte[most], null)).size()).isBetween(1021, 1024);
        tooLarge(record(null, new byte[most + 1], null), "(body ");
        tooLarge(record(new byte[1024], "v", null), "it has 1070 bytes (body 1, attributes 1069)");
    }

    @Test
    void aRecordThatFitsWithoutItsHeadersIsRefusedWithTheKeyThatLeavesThemOut() {
        form = new QueueRecordForm(HeaderSelection.ALL, 1024);
        Headers headers = new ConnectHeaders();
        headers.addString("h", "x".repeat(900));
        tooLarge(record(null, "v".repeat(200), null, headers), "sqs.headers");
        assertThat(catchRefusal(record(null, "v".repeat(1200), null, headers)).getMessage())
                .doesNotContain("sqs.headers");
    }

    @Test
    void aMessageSharesNothingWithItsRecord() {
        byte[] key = bytes("key");
        byte[] value = bytes("value");
        byte[] header = {0, 1, 2};
        Headers headers = new ConnectHeaders();
        headers.addBytes("h", header);
        OutgoingMessage message = map(record(key, value, null, headers));
        OutgoingMessage same = map(record(key, value, null, headers));

        Arrays.fill(key, (byte) 'x');
        Arrays.fill(value, (byte) 'x');
        Arrays.fill(header, (byte) 'x');
        map(record("other", "other", 5L));

        assertThat(message).isEqualTo(same);
        assertThat(message.body()).isEqualTo("value");
        assertThat(message.attributes())
                .containsExactly(
                        ID,
                        new MessageAttribute.Binary("kafka.key", bytes("key")),
                        new MessageAttribute.Binary("h", new byte[] {0, 1, 2}));
    }

    @Test
    void aRecordThatDidNotFitLeavesNothingBehind() {
        Headers headers = new ConnectHeaders();
        headers.addString("a", "1").addString("b", "");
        OutgoingMessage expected = map(record("k", "v", 1L));
        for (SinkRecord misfit : List.of(
                record("key", new byte[MIB], 5L),
                record("key", "x", 5L, headers),
                record("key", "x".repeat(2 * MIB), 5L))) {
            catchRefusal(misfit);
            assertThatThrownBy(() -> form.message(null, null)).isInstanceOf(IllegalStateException.class);
            assertThat(map(record("k", "v", 1L))).isEqualTo(expected);
        }
    }

    @Test
    void aValueOfAnySizeAndContentComesBackFromItsMessage() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            byte[] value = new byte[random.nextInt(50)];
            random.nextBytes(value);
            if (random.nextBoolean()) {
                for (int i = 0; i < value.length; i++) {
                    value[i] = (byte) (' ' + random.nextInt(0x5F));
                }
            }
            OutgoingMessage message = map(record(null, value, null));
            assertThat(valueOf(message)).as("seed %d, round %d", seed, round).isEqualTo(value);
        }
    }

    private static byte[] valueOf(OutgoingMessage message) {
        for (MessageAttribute attribute : message.attributes()) {
            if (attribute.name().equals("kafka.encoding")) {
                return ((MessageAttribute.Text) attribute).value().equals("empty")
                        ? EMPTY
                        : Base64.getDecoder().decode(message.body().getBytes(ISO_8859_1));
            }
        }
        return bytes(message.body());
    }

    private void refused(SinkRecord record, String reason) {
        UnmappableRecordException refusal = catchRefusal(record);
        assertThat(refusal.code()).isEqualTo(TerminalCode.UNMAPPABLE_RECORD);
        assertThat(refusal).hasMessageContaining("orders-3@1234567", "SQS", "sqs.headers");
        assertThat(refusal).hasMessageContaining(reason);
    }

    private void tooLarge(SinkRecord record, String reason) {
        UnmappableRecordException refusal = catchRefusal(record);
        assertThat(refusal.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(refusal).hasMessageContaining("orders-3@1234567").hasMessageContaining(reason);
    }

    private UnmappableRecordException catchRefusal(SinkRecord record) {
        try {
            map(record);
        } catch (UnmappableRecordException e) {
            return e;
        }
        throw new AssertionError("the record was taken");
    }

    private OutgoingMessage map(SinkRecord record) {
        return map(record, null);
    }

    private OutgoingMessage map(SinkRecord record, @Nullable MessageGroups groups) {
        assertThat(mapper.map(record, form)).isTrue();
        return form.message(groups, null);
    }

    private static RecordMapper mapper() {
        JsonConverter keys = new JsonConverter();
        keys.configure(Map.of("schemas.enable", "false"), true);
        JsonConverter bodies = new JsonConverter();
        bodies.configure(Map.of("schemas.enable", "false"), false);
        return new RecordMapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, keys, bodies);
    }

    private static MessageGroups groups(String template) {
        return new MessageGroups(GroupTemplate.parse("sqs.message.group.id", template), "orders", 3);
    }

    private static SinkRecord record(@Nullable Object key, @Nullable Object value, @Nullable Long timestamp) {
        return record(key, value, timestamp, new ConnectHeaders());
    }

    private static SinkRecord record(
            @Nullable Object key, @Nullable Object value, @Nullable Long timestamp, Headers headers) {
        return new SinkRecord(
                "orders", 3, null, key, null, value, 1234567L, timestamp, TimestampType.CREATE_TIME, headers);
    }

    private static MessageAttribute text(String name, String value) {
        return new MessageAttribute.Text(name, value);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
