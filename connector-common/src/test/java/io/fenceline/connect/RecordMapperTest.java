package io.fenceline.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.s2.StoredRecord;
import io.fenceline.connect.s2.StreamRecordForm;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Header;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordMapperTest {

    private static final byte[] EMPTY = new byte[0];

    private final StreamRecordForm form = new StreamRecordForm();

    @Test
    void shouldDescribeARecordInTheDocumentedOrder() {
        Headers headers = new ConnectHeaders();
        headers.addBytes("trace", bytes("t-1"));

        AppendRecord mapped = map(record(bytes("k"), bytes("v"), 1_700_000_000_123L, headers));

        assertThat(mapped.headers())
                .containsExactly(
                        header("kafka.id", "orders/3/1234567"),
                        header("kafka.ts", "1700000000123"),
                        header("kafka.key", "k"),
                        header("trace", "t-1"));
        assertThat(mapped.body()).isEqualTo(bytes("v"));
        assertThat(mapped.timestamp()).isEqualTo(1_700_000_000_123L);
    }

    @Test
    void shouldUseTheOriginalCoordinatesWhateverTransformsDid() {
        SinkRecord moved = record(null, bytes("v"), 1L, new ConnectHeaders())
                .newRecord("renamed", 77, null, null, null, bytes("v"), 1L, new ConnectHeaders());

        assertThat(map(moved).headers()).contains(header("kafka.id", "orders/3/1234567"));
    }

    @Test
    void shouldLeaveOutWhatIsAbsent() {
        AppendRecord mapped = map(record(null, EMPTY, null, new ConnectHeaders()));

        assertThat(mapped.headers()).containsExactly(header("kafka.id", "orders/3/1234567"));
        assertThat(mapped.timestamp()).isNull();
        assertThat(mapped.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -2, Long.MIN_VALUE})
    void shouldTakeANegativeTimestampAsNone(long timestamp) {
        AppendRecord mapped = map(record(null, EMPTY, timestamp, new ConnectHeaders()));

        assertThat(mapped.timestamp()).isNull();
        assertThat(mapped.headers()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, Long.MAX_VALUE - 1, Long.MAX_VALUE})
    void shouldWriteNumbersOfAnyLength(long number) {
        SinkRecord record = new SinkRecord(
                "t", 10, null, null, null, EMPTY, number, number, TimestampType.CREATE_TIME, null, "t", 10, number);

        assertThat(map(record).headers())
                .containsExactly(header("kafka.id", "t/10/" + number), header("kafka.ts", Long.toString(number)));
    }

    @Test
    void shouldKeepATombstoneApartFromAnEmptyValue() {
        assertThat(map(record(EMPTY, null, 1L, new ConnectHeaders())).headers())
                .containsExactly(
                        header("kafka.id", "orders/3/1234567"),
                        header("kafka.ts", "1"),
                        header("kafka.key", ""),
                        header("kafka.null", ""));
    }

    @Test
    void shouldIgnoreOrRefuseNullValuesIfToldSo() {
        SinkRecord tombstone = record(bytes("k"), null, 1L, new ConnectHeaders());

        assertThat(mapper(NullValueBehavior.IGNORE, ReservedHeaderBehavior.FAIL).map(tombstone, form))
                .isFalse();
        assertThatThrownBy(() -> mapper(NullValueBehavior.FAIL, ReservedHeaderBehavior.FAIL)
                        .map(tombstone, form))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessageContaining("orders-3@1234567")
                .hasMessageContaining("behavior.on.null.values");
    }

    @Test
    void shouldTakeBytesTextAndBuffersAsTheyAre() {
        byte[] binary = new byte[256];
        new Random(1).nextBytes(binary);
        ByteBuffer slice = ByteBuffer.wrap(binary, 10, 20).slice();
        ByteBuffer direct = ByteBuffer.allocateDirect(20).put(binary, 10, 20).flip();
        ByteBuffer readOnly = slice.asReadOnlyBuffer();
        byte[] expected = Arrays.copyOfRange(binary, 10, 30);

        assertThat(map(record(binary, binary, 1L, new ConnectHeaders())).body()).isEqualTo(binary);
        for (ByteBuffer buffer : List.of(slice, direct, readOnly)) {
            AppendRecord mapped = map(record(buffer, buffer, 1L, new ConnectHeaders()));
            assertThat(mapped.body()).isEqualTo(expected);
            assertThat(mapped.headers().get(2)).isEqualTo(new Header(bytes("kafka.key"), expected));
            assertThat(buffer.remaining()).as("the record is not consumed").isEqualTo(20);
        }
        assertThat(map(record("clé", "größer 🦀", 1L, new ConnectHeaders())).body())
                .isEqualTo("größer 🦀".getBytes(UTF_8));
        assertThat(map(record("clé", "v", 1L, new ConnectHeaders())).headers()).contains(header("kafka.key", "clé"));
    }

    @Test
    void shouldConvertEverythingElseThroughTheBodyConverter() {
        Schema schema = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
        Struct struct = new Struct(schema).put("id", 7);
        SinkRecord record = new SinkRecord("orders", 3, schema, struct, schema, struct, 1234567L);

        AppendRecord mapped = map(record);

        assertThat(new String(mapped.body(), UTF_8)).isEqualTo("{\"id\":7}");
        assertThat(mapped.headers()).contains(header("kafka.key", "{\"id\":7}"));
        assertThat(new String(
                        map(new SinkRecord("t", 0, null, null, null, Map.of("a", 1L), 5))
                                .body(),
                        UTF_8))
                .isEqualTo("{\"a\":1}");
    }

    @Test
    void shouldWriteTypedHeadersAsConnectDoes() {
        Headers headers = new ConnectHeaders();
        headers.addInt("int", -5)
                .addBoolean("bool", true)
                .addDecimal("dec", new BigDecimal("12.50"))
                .addString("text", "a \"quoted\" ü")
                .addList(
                        "list",
                        List.of(1, 2),
                        SchemaBuilder.array(Schema.INT32_SCHEMA).build());

        assertThat(map(record(null, EMPTY, null, headers)).headers())
                .containsExactly(
                        header("kafka.id", "orders/3/1234567"),
                        header("int", "-5"),
                        header("bool", "true"),
                        header("dec", "12.50"),
                        header("text", "a \"quoted\" ü"),
                        header("list", "[1,2]"));
    }

    @Test
    void shouldKeepOrderRepeatedNamesAndNullValuesOfHeaders() {
        Headers headers = new ConnectHeaders();
        headers.add("a", bytes("1"), Schema.BYTES_SCHEMA)
                .add("b", null, null)
                .add("a", null, Schema.OPTIONAL_BYTES_SCHEMA)
                .add("a", EMPTY, Schema.BYTES_SCHEMA)
                .add("b", ByteBuffer.wrap(bytes("2")), Schema.BYTES_SCHEMA);

        AppendRecord mapped = map(record(null, EMPTY, null, headers));

        assertThat(mapped.headers())
                .containsExactly(
                        header("kafka.id", "orders/3/1234567"),
                        header("a", "1"),
                        header("kafka.null.header", "b"),
                        header("kafka.null.header", "a"),
                        header("a", ""),
                        header("b", "2"));
        assertThat(StoredRecord.of(mapped.headers(), mapped.body()).headers())
                .containsExactly(user("a", "1"), user("b", null), user("a", null), user("a", ""), user("b", "2"));
    }

    @Test
    void shouldRefuseDropOrRenameHeadersThatAreOurs() {
        Headers headers = new ConnectHeaders();
        headers.addBytes("kafka.id", bytes("mine"))
                .addBytes("kafka.anything", bytes("x"))
                .addBytes("kafka", bytes("y"));
        SinkRecord record = record(null, EMPTY, null, headers);

        assertThatThrownBy(() -> map(record))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessageContaining("orders-3@1234567")
                .hasMessageContaining("'kafka.id'")
                .hasMessageContaining("behavior.on.reserved.headers");
        assertThat(map(mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.DROP), record)
                        .headers())
                .containsExactly(header("kafka.id", "orders/3/1234567"), header("kafka", "y"));
        assertThat(map(mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.RENAME), record)
                        .headers())
                .containsExactly(
                        header("kafka.id", "orders/3/1234567"),
                        header("user.kafka.id", "mine"),
                        header("user.kafka.anything", "x"),
                        header("kafka", "y"));
    }

    @Test
    void shouldRefuseAnEmptyHeaderName() {
        Headers headers = new ConnectHeaders();
        headers.addBytes("", bytes("fence"));

        assertThatThrownBy(() -> map(record(null, EMPTY, null, headers)))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessageContaining("empty name")
                .extracting(e -> ((UnmappableRecordException) e).code())
                .isEqualTo(TerminalCode.UNMAPPABLE_RECORD);
    }

    @Test
    void shouldTakeARecordOfExactlyTheLimitAndRefuseOneByteMore() {
        // 8 for the record; id header: 2 + 8 + 16
        int overhead = 8 + 2 + "kafka.id".length() + "orders/3/1234567".length();

        AppendRecord mapped = map(record(null, new byte[(1 << 20) - overhead], null, new ConnectHeaders()));

        assertThat(mapped.body()).hasSize((1 << 20) - overhead);
        assertThatThrownBy(() -> map(record(null, new byte[(1 << 20) - overhead + 1], null, new ConnectHeaders())))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessageContaining("[RECORD_TOO_LARGE]")
                .hasMessageContaining("orders-3@1234567")
                .hasMessageContaining("1048577")
                .hasMessageContaining("1048576");
    }

    @Test
    void shouldRefuseARecordOfSoManySmallHeadersThatNoFrameHoldsIt() {
        Headers headers = new ConnectHeaders();
        // metered 4, on the wire 8: only just under the limit of the one and over that of the other
        headers.addBytes("h", bytes("vwxy"));
        for (int i = 1; i < 262_129; i++) {
            headers.addBytes("h", bytes("v"));
        }

        assertThatThrownBy(() -> map(record(null, EMPTY, 1_700_000_000_123L, headers)))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessageContaining("[RECORD_TOO_LARGE]");
    }

    @Test
    void shouldNeverQuoteTheRecordInAnError() {
        Converter refusing = new RefusingConverter(new DataException("cannot convert secret-payload"));
        RecordMapper mapper =
                new RecordMapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, refusing, refusing);

        assertThatThrownBy(() -> mapper.map(record(null, 42, 1L, new ConnectHeaders()), form))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessageContaining("orders-3@1234567")
                .satisfies(e -> {
                    for (Throwable t = e; t != null; t = t.getCause()) {
                        assertThat(t.toString()).doesNotContain("secret-payload");
                    }
                });
    }

    @Test
    void shouldNotBlameTheRecordForAConverterThatCannotWorkNow() {
        for (RuntimeException now : List.of(
                new RetriableException("registry down"),
                new org.apache.kafka.common.errors.TimeoutException("registry down"))) {
            Converter refusing = new RefusingConverter(now);
            RecordMapper mapper =
                    new RecordMapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, refusing, refusing);

            assertThatThrownBy(() -> mapper.map(record(null, 42, 1L, new ConnectHeaders()), form))
                    .isInstanceOf(RetriableException.class);
        }
    }

    @Test
    void aConverterThatQuotesTheRecordWhenItCannotWorkNowPutItIntoTheLog() {
        for (RuntimeException now : List.of(
                new RetriableException("cannot look up the schema of {\"iban\":\"secret\"}"),
                new org.apache.kafka.common.errors.TimeoutException("no answer for {\"iban\":\"secret\"}"))) {
            Converter refusing = new RefusingConverter(now);
            RecordMapper mapper =
                    new RecordMapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, refusing, refusing);

            assertThatThrownBy(() -> mapper.map(record(null, 42, 1L, new ConnectHeaders()), form))
                    .hasMessageContaining(now.getClass().getName())
                    .satisfies(later -> assertThat(stackTrace(later)).doesNotContain("secret"));
        }
    }

    private static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void shouldStayUsableAfterABadRecord() {
        RecordMapper mapper = mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL);
        Headers bad = new ConnectHeaders();
        bad.addBytes("ok", bytes("1")).addBytes("kafka.key", bytes("no"));

        assertThatThrownBy(() -> mapper.map(record(bytes("k"), bytes("v"), 1L, bad), form))
                .isInstanceOf(UnmappableRecordException.class);

        assertThat(map(mapper, record(null, bytes("v"), null, new ConnectHeaders()))
                        .headers())
                .containsExactly(header("kafka.id", "orders/3/1234567"));
    }

    @Test
    void shouldGiveBackWhatWentInForRandomRecords() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RecordMapper mapper = mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL);
        for (int i = 0; i < 2000; i++) {
            String topic = "topic-" + random.nextInt(3);
            int partition = random.nextInt(12);
            long offset = random.nextLong() >>> (1 + random.nextInt(62));
            Long timestamp = random.nextBoolean() ? Long.valueOf(random.nextLong() >>> 1) : null;
            byte[] key = randomBytes(random);
            byte[] value = randomBytes(random);
            Headers headers = new ConnectHeaders();
            List<UserHeader> expected = new ArrayList<>();
            for (int h = random.nextInt(4); h > 0; h--) {
                String name = "h" + random.nextInt(2);
                byte[] headerValue = randomBytes(random);
                headers.add(name, headerValue, Schema.OPTIONAL_BYTES_SCHEMA);
                expected.add(new UserHeader(bytes(name), headerValue));
            }

            AppendRecord mapped = map(
                    mapper,
                    new SinkRecord(
                            topic,
                            partition,
                            null,
                            key,
                            null,
                            value,
                            offset,
                            timestamp,
                            TimestampType.CREATE_TIME,
                            headers));
            StoredRecord stored = StoredRecord.of(mapped.headers(), mapped.body());

            assertThat(stored.id()).as("seed %d", seed).isEqualTo(new RecordId(topic, partition, offset));
            assertThat(stored.timestamp()).as("seed %d", seed).isEqualTo(timestamp);
            assertThat(stored.key()).as("seed %d", seed).isEqualTo(key);
            assertThat(stored.value()).as("seed %d", seed).isEqualTo(value);
            assertThat(stored.headers()).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void shouldReadRecordsOfOtherWritersAsTheyAre() {
        List<Header> headers = List.of(header("kafka.key", "k"), header("kafka.null.header", "n"));
        StoredRecord foreign = StoredRecord.of(headers, bytes("body"));

        assertThat(foreign.id()).isNull();
        assertThat(foreign.key()).isNull();
        assertThat(foreign.timestamp()).isNull();
        assertThat(foreign.value()).isEqualTo(bytes("body"));
        assertThat(foreign.headers()).containsExactly(user("kafka.key", "k"), user("kafka.null.header", "n"));
        assertThat(StoredRecord.of(List.of(header("kafka.id", "orders/x/1")), EMPTY)
                        .id())
                .isNull();
        assertThat(StoredRecord.of(List.of(), EMPTY).id()).isNull();
    }

    @Test
    void shouldAddNoMoreBytesThanTheDocumentationSays() {
        SinkRecord record = record(bytes("12345"), new byte[100], 1_700_000_000_123L, new ConnectHeaders());
        mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL).map(record, form);

        // id "orders/3/1234567", a timestamp and a key of five bytes, as in docs/records.md
        assertThat(form.draft().meteredSize()).isEqualTo(100 + 73);
        assertThat(form.draft().encodedSize()).isEqualTo(100 + 86);
    }

    @Test
    void shouldNotAllocateForRecordsOfBytesWithoutHeaders() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        RecordMapper mapper = mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL);
        SinkRecord[] records = new SinkRecord[64];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SinkRecord(
                    "orders",
                    i % 4,
                    null,
                    bytes("key"),
                    null,
                    bytes("value"),
                    1_000_000L + i,
                    1_700_000_000_000L,
                    TimestampType.CREATE_TIME);
        }
        for (int i = 0; i < 20_000; i++) {
            mapper.map(records[i % records.length], form);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            mapper.map(records[i % records.length], form);
        }
        long perRecord = (threads.getCurrentThreadAllocatedBytes() - before) / 10_000;

        assertThat(perRecord).isLessThanOrEqualTo(4);
    }

    /** What stands for a null, and where parts go, is for the form to say. */
    @Test
    void shouldTellAnyFormWhatARecordIsPartByPart() {
        RecordMapper mapper = mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.RENAME);
        Headers headers = new ConnectHeaders();
        headers.addBytes("b", bytes("1")).add("a", null, null).addBytes("kafka.id", bytes("mine"));
        ToldForm told = new ToldForm();

        assertThat(mapper.map(record(bytes("k"), null, 5L, headers), told)).isTrue();
        assertThat(told.parts)
                .containsExactly(
                        "reset",
                        "id orders/3/1234567",
                        "timestamp 5",
                        "key k",
                        "null",
                        "header b=1",
                        "header a=null",
                        "header user.kafka.id=mine",
                        "check");

        told.parts.clear();
        byte[] larger = bytes("[value]");
        assertThat(mapper.map(record(EMPTY, ByteBuffer.wrap(larger, 1, 5), -1L, new ConnectHeaders()), told))
                .isTrue();
        assertThat(told.parts).containsExactly("reset", "id orders/3/1234567", "key ", "body value", "check");

        told.parts.clear();
        assertThat(mapper.map(record(null, EMPTY, null, new ConnectHeaders()), told))
                .isTrue();
        assertThat(told.parts).containsExactly("reset", "id orders/3/1234567", "body ", "check");
    }

    @Test
    void shouldNameTheRecordThatDoesNotFitItsFormAndWhereItShouldHaveGone() {
        RecordMapper mapper = mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL);
        ToldForm told = new ToldForm();
        Headers headers = new ConnectHeaders();
        headers.addBytes("misfit", EMPTY);

        assertThatThrownBy(() -> mapper.map(record(null, EMPTY, 1L, headers), told))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessage("[UNMAPPABLE_RECORD] record orders-3@1234567 cannot be written to a list: no such header");
        assertThatThrownBy(() -> mapper.map(record(null, new byte[11], 1L, new ConnectHeaders()), told))
                .isInstanceOf(UnmappableRecordException.class)
                .hasMessage("[RECORD_TOO_LARGE] record orders-3@1234567 cannot be written to a list: it has 11 bytes")
                .extracting(e -> ((UnmappableRecordException) e).code())
                .isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(mapper.map(record(null, new byte[10], 1L, new ConnectHeaders()), told))
                .isTrue();
    }

    private AppendRecord map(SinkRecord record) {
        return map(mapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL), record);
    }

    private AppendRecord map(RecordMapper mapper, SinkRecord record) {
        assertThat(mapper.map(record, form)).isTrue();
        AppendBatch batch = new AppendBatch(1000, 1 << 20, 1024);
        assertThat(batch.tryAdd(form.draft())).isTrue();
        return batch.freeze(OptionalLong.of(0), null).records().get(0);
    }

    private static RecordMapper mapper(NullValueBehavior nullValues, ReservedHeaderBehavior reserved) {
        JsonConverter keys = new JsonConverter();
        keys.configure(Map.of("schemas.enable", "false"), true);
        JsonConverter bodies = new JsonConverter();
        bodies.configure(Map.of("schemas.enable", "false"), false);
        return new RecordMapper(nullValues, reserved, keys, bodies);
    }

    private static SinkRecord record(
            @Nullable Object key, @Nullable Object value, @Nullable Long timestamp, Headers headers) {
        return new SinkRecord(
                "orders", 3, null, key, null, value, 1234567L, timestamp, TimestampType.CREATE_TIME, headers);
    }

    private static byte @Nullable [] randomBytes(Random random) {
        int kind = random.nextInt(6);
        byte[] bytes = new byte[kind == 0 ? 0 : random.nextInt(40)];
        random.nextBytes(bytes);
        return kind == 1 ? null : bytes;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static Header header(String name, String value) {
        return new Header(bytes(name), bytes(value));
    }

    private static UserHeader user(String name, @Nullable String value) {
        return new UserHeader(bytes(name), value == null ? null : bytes(value));
    }

    private record RefusingConverter(RuntimeException refusal) implements Converter {

        @Override
        public void configure(Map<String, ?> configs, boolean isKey) {}

        @Override
        public byte[] fromConnectData(String topic, Schema schema, Object value) {
            throw refusal;
        }

        @Override
        public org.apache.kafka.connect.data.SchemaAndValue toConnectData(String topic, byte[] value) {
            throw new UnsupportedOperationException();
        }
    }

    /** A list of what it was told. Bodies have at most ten bytes, and no header may be called a misfit. */
    private static final class ToldForm implements RecordForm {

        private static final int MOST_BYTES = 10;

        private final List<String> parts = new ArrayList<>();
        private int bodyBytes;

        @Override
        public String destination() {
            return "a list";
        }

        @Override
        public void reset() {
            bodyBytes = 0;
            parts.add("reset");
        }

        @Override
        public void id(byte[] buffer, int length) {
            parts.add("id " + new String(buffer, 0, length, UTF_8));
        }

        @Override
        public void timestamp(long millis) {
            parts.add("timestamp " + millis);
        }

        @Override
        public void key(byte[] buffer, int offset, int length) {
            parts.add("key " + new String(buffer, offset, length, UTF_8));
        }

        @Override
        public void nullValue() {
            parts.add("null");
        }

        @Override
        public void header(String name, byte @Nullable [] value) throws MisfitException {
            if (name.equals("misfit")) {
                throw new MisfitException(TerminalCode.UNMAPPABLE_RECORD, "no such header");
            }
            parts.add("header " + name + "=" + (value == null ? "null" : new String(value, UTF_8)));
        }

        @Override
        public void body(byte[] buffer, int offset, int length) {
            bodyBytes = length;
            parts.add("body " + new String(buffer, offset, length, UTF_8));
        }

        @Override
        public void check() throws MisfitException {
            if (bodyBytes > MOST_BYTES) {
                throw new MisfitException(TerminalCode.RECORD_TOO_LARGE, "it has " + bodyBytes + " bytes");
            }
            parts.add("check");
        }
    }
}
