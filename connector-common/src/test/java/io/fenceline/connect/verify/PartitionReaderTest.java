package io.fenceline.connect.verify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.UserHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionReaderTest {

    private static final TopicPartition ORDERS = new TopicPartition("orders", 3);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>(OffsetResetStrategy.NONE);

    @Test
    void shouldReadFromTheBeginningToTheEndFixedAtTheStart() {
        PartitionReader reader = reader(2, 6, false, ReservedHeaderBehavior.FAIL);
        deliver(record(2, "a"), record(3, "b"), record(5, "c"), record(6, "too late"));

        assertThat(offsets(reader)).containsExactly(2L, 3L, 5L);
        assertThat(reader.peek()).isNull();
    }

    @Test
    void shouldEndWhereKafkaHasNoMoreRecordsButAMarker() {
        PartitionReader reader = reader(0, 3, false, ReservedHeaderBehavior.FAIL);
        deliver(record(0, "a"));
        // the position passes a transaction marker or a compacted record without delivering anything
        consumer.schedulePollTask(() -> {});
        consumer.schedulePollTask(() -> consumer.seek(ORDERS, 3));

        assertThat(offsets(reader)).containsExactly(0L);
    }

    @Test
    void shouldReadNothingFromAnEmptyPartition() {
        assertThat(offsets(reader(7, 7, false, ReservedHeaderBehavior.FAIL))).isEmpty();
    }

    @Test
    void shouldGiveUpWhenKafkaDeliversNothing() {
        PartitionReader reader = reader(0, 3, false, ReservedHeaderBehavior.FAIL);

        assertThatThrownBy(reader::peek)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("orders-3 stands at offset 0 of 3");
    }

    @Test
    void shouldWaitAsLongAsThePositionMoves() {
        PartitionReader reader =
                new PartitionReader(consumer, ORDERS, 0, 10, 10, false, ReservedHeaderBehavior.FAIL, 2);
        for (int position = 1; position <= 10; position++) {
            long moved = position;
            consumer.schedulePollTask(() -> {});
            consumer.schedulePollTask(() -> consumer.seek(ORDERS, moved));
        }

        assertThat(offsets(reader)).isEmpty();
    }

    @Test
    void shouldGoOnWhereKafkaBeginsNowWhenRecordsExpiredDuringTheRun() {
        PartitionReader reader = reader(0, 6, false, ReservedHeaderBehavior.FAIL);
        consumer.updateBeginningOffsets(Map.of(ORDERS, 3L));
        consumer.schedulePollTask(() -> consumer.setPollException(new OffsetOutOfRangeException(Map.of(ORDERS, 0L))));
        consumer.schedulePollTask(() -> deliver(record(3, "d"), record(5, "f")));

        assertThat(offsets(reader)).containsExactly(3L, 5L);
        assertThat(reader.beginningOffset()).isEqualTo(3);
    }

    @Test
    void shouldEndWhenALogBecameShorterAtItsEnd() {
        PartitionReader reader = reader(4, 6, false, ReservedHeaderBehavior.FAIL);
        consumer.updateBeginningOffsets(Map.of(ORDERS, 0L));
        consumer.schedulePollTask(() -> consumer.setPollException(new OffsetOutOfRangeException(Map.of(ORDERS, 4L))));

        assertThatThrownBy(reader::peek).isInstanceOf(OffsetOutOfRangeException.class);
    }

    @Test
    void shouldLeaveOutTombstonesWhenTheConnectorDoes() {
        PartitionReader reader = reader(0, 3, true, ReservedHeaderBehavior.FAIL);
        deliver(record(0, "a"), record(1, null), record(2, "c"));

        assertThat(offsets(reader)).containsExactly(0L, 2L);
    }

    @Test
    void shouldTreatReservedHeadersAsTheConnectorDoes() {
        Map<ReservedHeaderBehavior, List<UserHeader>> expected = Map.of(
                ReservedHeaderBehavior.FAIL, List.of(user("kafka.x", "1"), user("h", null)),
                ReservedHeaderBehavior.DROP, List.of(user("h", null)),
                ReservedHeaderBehavior.RENAME, List.of(user("user.kafka.x", "1"), user("h", null)));

        expected.forEach((behavior, headers) -> {
            PartitionReader reader = reader(0, 1, false, behavior);
            deliver(record(
                    0, "a", new RecordHeaders().add("kafka.x", bytes("1")).add("h", null)));
            assertThat(reader.peek()).isNotNull();
            assertThat(reader.peek().headers()).as(behavior.name()).isEqualTo(headers);
        });
    }

    private PartitionReader reader(long begin, long end, boolean ignoreNullValues, ReservedHeaderBehavior reserved) {
        return new PartitionReader(
                consumer, ORDERS, begin, end, end, ignoreNullValues, reserved, PartitionReader.MAX_SILENT_POLLS);
    }

    @SafeVarargs
    private void deliver(ConsumerRecord<byte[], byte[]>... records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            consumer.addRecord(record);
        }
    }

    private static List<Long> offsets(PartitionReader reader) {
        List<Long> offsets = new ArrayList<>();
        for (KafkaRecord next = reader.peek(); next != null; next = reader.peek()) {
            offsets.add(next.offset());
            reader.advance();
        }
        return offsets;
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, @Nullable String value) {
        return record(offset, value, new RecordHeaders());
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, @Nullable String value, Headers headers) {
        return new ConsumerRecord<>(
                "orders",
                3,
                offset,
                1000 + offset,
                TimestampType.CREATE_TIME,
                0,
                0,
                bytes("k"),
                value == null ? null : bytes(value),
                headers,
                Optional.empty());
    }

    private static UserHeader user(String name, @Nullable String value) {
        return new UserHeader(bytes(name), value == null ? null : bytes(value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
