package io.fenceline.connect.source.s2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.s2.StreamRecordForm;
import io.fenceline.connect.source.ValueType;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceRecordMapperTest {

    private static final long MILLIS = 1_763_700_000_123L;
    private static final byte[] NOT_UTF8 = {'a', (byte) 0xc3, (byte) 0x28};

    @Test
    void shouldGiveBackEveryRecordTheSinkWroteAsItWas() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("SourceRecordMapperTest seed " + seed + " (-Dseed=" + seed + " repeats it)");
        var random = new Random(seed);
        SourceRecordMapper mapper = mapper("${topic}", ValueType.BYTES, true);
        for (int i = 0; i < 20_000; i++) {
            SinkRecord original = anyRecord(random, i);
            SequencedRecord stored = throughS2(original, random.nextLong() >>> 1, i);

            SourceRecord restored = mapper.map(stored, null);

            String as = "seed " + seed + ", record " + i;
            assertThat(restored.key()).as(as).isEqualTo(original.key());
            assertThat(restored.value()).as(as).isEqualTo(original.value());
            assertThat(restored.timestamp())
                    .as(as)
                    .isEqualTo(original.timestamp() == null || original.timestamp() < 0 ? null : original.timestamp());
            assertThat(headers(restored)).as(as).isEqualTo(headers(original));
            assertThat(restored.topic()).as(as).isEqualTo(original.originalTopic());
            assertThat(restored.kafkaPartition()).as(as).isEqualTo(original.originalKafkaPartition());
        }
    }

    @Test
    void shouldKeepNullEmptyAndAbsentApart() {
        var headers = new ConnectHeaders();
        headers.add("a", new byte[0], Schema.OPTIONAL_BYTES_SCHEMA);
        headers.add("b", null, Schema.OPTIONAL_BYTES_SCHEMA);
        headers.add("a", new byte[] {0, -1}, Schema.OPTIONAL_BYTES_SCHEMA);
        SourceRecordMapper mapper = mapper("t", ValueType.BYTES, false);

        SourceRecord tombstone = mapper.map(throughS2(record(new byte[0], null, MILLIS, headers), 0, 1), null);
        SourceRecord empty = mapper.map(throughS2(record(null, new byte[0], null, null), MILLIS, 2), null);

        assertThat(tombstone.value()).isNull();
        assertThat(tombstone.valueSchema()).isNull();
        assertThat(tombstone.key()).isEqualTo(new byte[0]);
        assertThat(headers(tombstone)).containsExactly("a=[]", "b=null", "a=[0, -1]");
        assertThat(empty.value()).isEqualTo(new byte[0]);
        assertThat(empty.key()).isNull();
        assertThat(empty.keySchema()).isNull();
        assertThat(empty.headers()).isEmpty();
        assertThat(empty.timestamp())
                .as("a record the sink wrote without a timestamp has none, whatever S2 made of it")
                .isNull();
    }

    @Test
    void shouldRestoreTheTimestampAndNotTheOneS2RaisedOrCapped() {
        SourceRecord restored = mapper("t", ValueType.BYTES, false)
                .map(throughS2(record(null, new byte[1], 17L, null), MILLIS, 0), null);

        assertThat(restored.timestamp()).isEqualTo(17L);
    }

    @Test
    void shouldReadWhatOthersWroteAsABodyWithItsHeaders() {
        var record = new SequencedRecord(
                41,
                MILLIS,
                List.of(header("kafka.key", "k"), header("kafka.null.header", "x"), header("h", "1"), header("h", "2")),
                utf8("body"));

        SourceRecord read = mapper("t", ValueType.BYTES, true).map(record, null);

        assertThat(read.key()).isNull();
        assertThat(read.keySchema()).isNull();
        assertThat(read.value()).isEqualTo(utf8("body"));
        assertThat(read.valueSchema()).isEqualTo(Schema.OPTIONAL_BYTES_SCHEMA);
        assertThat(read.kafkaPartition()).isNull();
        assertThat(read.timestamp()).isEqualTo(MILLIS);
        assertThat(headers(read))
                .containsExactly(
                        "kafka.key=" + Arrays.toString(utf8("k")),
                        "kafka.null.header=" + Arrays.toString(utf8("x")),
                        "h=[49]",
                        "h=[50]");
    }

    @ParameterizedTest
    @CsvSource({
        "0, false",
        "1763700000, false",
        "99999999999, false",
        "100000000000, true",
        "1763700000123, true",
        "9999999999999, true",
        "10000000000000, false",
        "1763700000123000, false",
        "-1, false",
    })
    void shouldTakeAForeignTimestampOnlyIfItCanBeMilliseconds(long timestamp, boolean taken) {
        SourceRecord read =
                mapper("t", ValueType.BYTES, false).map(new SequencedRecord(0, timestamp, List.of(), utf8("v")), null);

        assertThat(read.timestamp()).isEqualTo(taken ? timestamp : null);
    }

    @Test
    void shouldGiveHeadersASchemaThatTakesBytesAndNulls() {
        SourceRecord read = mapper("t", ValueType.BYTES, false)
                .map(new SequencedRecord(0, MILLIS, List.of(header("h", "v")), utf8("v")), null);

        assertThat(read.headers().lastWithName("h").schema()).isEqualTo(Schema.OPTIONAL_BYTES_SCHEMA);
    }

    @Test
    void shouldSayWhereToGoOnBehindTheRecord() {
        Instant created = Instant.parse("2026-11-21T10:00:00.250Z");
        SourceRecordMapper mapper = mapper("t", ValueType.BYTES, false);
        var record = new SequencedRecord(41, MILLIS, List.of(), utf8("v"));

        SourceRecord read = mapper.map(record, created);

        assertThat(read.sourcePartition()).isEqualTo(Map.of("stream", "my-basin/orders/3"));
        assertThat(read.sourceOffset()).isEqualTo(Map.of("seq_num", 42L, "created_at", "2026-11-21T10:00:00.250Z"));
        assertThat(SourceOffset.decode(read.sourceOffset())).isEqualTo(new SourceOffset(42, created));
        assertThat(mapper.map(record, null).sourceOffset()).isEqualTo(Map.of("seq_num", 42L));
        assertThat(mapper.map(record, created.plusSeconds(1)).sourceOffset().get("created_at"))
                .isEqualTo("2026-11-21T10:00:01.250Z");
    }

    @Test
    void shouldGiveEqualRecordsUnequalOffsets() {
        SourceRecordMapper mapper = mapper("t", ValueType.BYTES, false);

        SourceRecord first = mapper.map(new SequencedRecord(1, MILLIS, List.of(), utf8("v")), null);
        SourceRecord second = mapper.map(new SequencedRecord(2, MILLIS, List.of(), utf8("v")), null);

        assertThat(first).isNotEqualTo(second);
    }

    @Test
    void shouldFollowTheTopicOfEachRecord() {
        SourceRecordMapper mapper = mapper("copy.${topic}", ValueType.BYTES, false);

        assertThat(List.of("a/0/1", "a/1/2", "b/0/1", "a/0/3"))
                .extracting(id -> mapper.map(withId(id), null).topic())
                .containsExactly("copy.a", "copy.a", "copy.b", "copy.a");
    }

    @Test
    void shouldStopAtARecordWithoutATopicIfOneIsAskedFor() {
        SourceRecordMapper mapper = mapper("copy.${topic}", ValueType.BYTES, false);
        mapper.map(withId("a/0/1"), null);

        assertThatThrownBy(() -> mapper.map(new SequencedRecord(41, MILLIS, List.of(), utf8("secret")), null))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[UNMAPPABLE_RECORD] record 41 of stream 'my-basin/orders/3'")
                .hasMessageContaining("kafka.id")
                .hasMessageContaining("${topic}")
                .hasMessageContaining("{\"stream\":\"my-basin/orders/3\"},\"offset\":{\"seq_num\":42}")
                .hasMessageNotContaining("secret");
    }

    @Test
    void shouldStopAtATopicKafkaDoesNotAllow() {
        SourceRecordMapper mapper = mapper("${topic}", ValueType.BYTES, false);

        assertThatThrownBy(() -> mapper.map(withId("t".repeat(250) + "/0/0"), null))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[UNMAPPABLE_RECORD] record 7 of stream")
                .hasMessageContaining("250 characters");
    }

    @Test
    void shouldLeaveThePartitionToKafkaUnlessToldToRestoreIt() {
        assertThat(mapper("t", ValueType.BYTES, true).map(withId("a/5/1"), null).kafkaPartition())
                .isEqualTo(5);
        assertThat(mapper("t", ValueType.BYTES, false)
                        .map(withId("a/5/1"), null)
                        .kafkaPartition())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "größer 🦀", "with a \uFFFD of its own"})
    void shouldGiveTextIfAskedForIt(String text) {
        SourceRecord read =
                mapper("t", ValueType.STRING, false).map(new SequencedRecord(0, MILLIS, List.of(), utf8(text)), null);

        assertThat(read.value()).isEqualTo(text);
        assertThat(read.valueSchema()).isEqualTo(Schema.OPTIONAL_STRING_SCHEMA);
    }

    @Test
    void shouldStopAtABodyThatIsNotTextIfTextIsAskedFor() {
        assertThatThrownBy(() -> mapper("t", ValueType.STRING, false)
                        .map(new SequencedRecord(3, MILLIS, List.of(), NOT_UTF8), null))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[UNMAPPABLE_RECORD] record 3 of stream 'my-basin/orders/3'")
                .hasMessageContaining("value.type");
    }

    @Test
    void shouldStopAtAHeaderNameThatIsNotText() {
        var record =
                new SequencedRecord(3, MILLIS, List.of(header("a", "1"), new Header(NOT_UTF8, utf8("2"))), utf8("v"));

        assertThatThrownBy(() -> mapper("t", ValueType.BYTES, false).map(record, null))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[UNMAPPABLE_RECORD] record 3 of stream 'my-basin/orders/3'")
                .hasMessageContaining("header 2 of 2")
                .hasMessageContaining("{\"seq_num\":4}");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE, -1, -2})
    void shouldStopAtANumberConnectsOffsetsCannotHold(long seqNum) {
        assertThatThrownBy(() -> mapper("t", ValueType.BYTES, false)
                        .map(new SequencedRecord(seqNum, MILLIS, List.of(), utf8("v")), null))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("record " + Long.toUnsignedString(seqNum))
                .hasMessageContaining("2^63-1");
    }

    private static SinkRecord anyRecord(Random random, long offset) {
        Headers headers = new ConnectHeaders();
        for (int i = random.nextInt(4); i > 0; i--) {
            headers.add(anyName(random), anyBytes(random), Schema.OPTIONAL_BYTES_SCHEMA);
        }
        Long timestamp =
                switch (random.nextInt(4)) {
                    case 0 -> null;
                    case 1 -> random.nextLong();
                    default -> MILLIS + random.nextInt();
                };
        return new SinkRecord(
                "renamed",
                99,
                null,
                anyBytes(random),
                null,
                anyBytes(random),
                offset,
                timestamp,
                TimestampType.CREATE_TIME,
                headers,
                random.nextBoolean() ? "orders" : "a_b.c-" + random.nextInt(3),
                random.nextInt(50),
                random.nextLong() >>> 1);
    }

    /** Null, empty and repeated bytes are as likely as others. */
    private static byte[] anyBytes(Random random) {
        int kind = random.nextInt(5);
        if (kind == 0) {
            return null;
        }
        byte[] bytes = new byte[kind == 1 ? 0 : random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String anyName(Random random) {
        String[] names = {"h", "trace-id", "größer 🦀", "kafka", "user.kafka.id", "\uFFFD", "kafkaXid", " "};
        return names[random.nextInt(names.length)];
    }

    /** Mapped, encoded, decoded, and with the number and timestamp a service would give it. */
    private static SequencedRecord throughS2(SinkRecord record, long timestamp, long seqNum) {
        var json = new JsonConverter();
        json.configure(Map.of("schemas.enable", "false"), false);
        var form = new StreamRecordForm();
        assertThat(new RecordMapper(NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, json, json).map(record, form))
                .isTrue();
        var batch = new AppendBatch(1, AppendBatch.MAX_METERED_BYTES, 1024);
        assertThat(batch.tryAdd(form.draft())).isTrue();
        AppendRecord appended =
                batch.freeze(OptionalLong.empty(), null).records().get(0);
        return new SequencedRecord(seqNum, timestamp, appended.headers(), appended.body());
    }

    private static SinkRecord record(byte[] key, byte[] value, Long timestamp, Headers headers) {
        return new SinkRecord(
                "orders", 3, null, key, null, value, 7, timestamp, TimestampType.CREATE_TIME, headers, "orders", 3, 7);
    }

    private static SequencedRecord withId(String id) {
        return new SequencedRecord(7, MILLIS, List.of(header("kafka.id", id)), utf8("v"));
    }

    private static SourceRecordMapper mapper(String topic, ValueType type, boolean restorePartition) {
        return new SourceRecordMapper(
                new StreamPartition("my-basin", "orders/3"),
                S2SourceConfig.TOPIC_SYNTAX.parse("topic", topic),
                type,
                restorePartition,
                null);
    }

    private static List<String> headers(ConnectRecord<?> record) {
        var all = new ArrayList<String>();
        record.headers().forEach(header -> all.add(header.key() + "=" + Arrays.toString((byte[]) header.value())));
        return all;
    }

    private static Header header(String name, String value) {
        return new Header(utf8(name), utf8(value));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
