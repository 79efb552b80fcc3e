package io.fenceline.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsAttribute;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** The checker of the queues' system tests, checked. */
final class QueueHistoryCheckTest {

    private final QueueHistoryCheck check = new QueueHistoryCheck();

    private void expect(long... offsets) {
        for (long offset : offsets) {
            check.expect(record(offset, bytes("value " + offset)));
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, byte[] value) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("b", bytes("x"));
        headers.add("a", new byte[] {(byte) 0xff});
        return new ConsumerRecord<>(
                "t", 0, offset, 77, TimestampType.CREATE_TIME, 1, 1, bytes("key"), value, headers, Optional.empty());
    }

    private static QueuedMessage message(long offset) {
        return message(offset, "value " + offset, Map.of());
    }

    private static QueuedMessage message(long offset, String body, Map<String, SqsAttribute> more) {
        Map<String, SqsAttribute> attributes = new HashMap<>(Map.of(
                "kafka.id", SqsAttribute.text("t/0/" + offset),
                "kafka.ts", SqsAttribute.number(77),
                "kafka.key", SqsAttribute.binary(bytes("key")),
                "a", SqsAttribute.binary(new byte[] {(byte) 0xff}),
                "b", SqsAttribute.text("x")));
        attributes.putAll(more);
        return new QueuedMessage("m", body, attributes, "t-0", "id", null, Instant.EPOCH);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everyRecordOnceAndInOrderIsPerfect() {
        expect(0, 1, 2);
        assertThat(check.compare(List.of(message(0), message(1), message(2)))
                        .requirePerfect()
                        .inQueue())
                .isEqualTo(3);
    }

    @Test
    void nothingAtAllIsNotPerfect() {
        assertThatThrownBy(() -> check.compare(List.of()).requireComplete())
                .hasMessageContaining("nothing was compared");
    }

    @Test
    void whatIsNotInTheQueueIsMissing() {
        expect(0, 1);
        QueueHistoryCheck.Result result = check.compare(List.of(message(1)));
        assertThat(result.missing()).isEqualTo(1);
        assertThatThrownBy(result::requireComplete).hasMessageContaining("missing: t/0/0");
    }

    @Test
    void aRepeatIsCompleteAndNotPerfect() {
        expect(0, 1);
        QueueHistoryCheck.Result result = check.compare(List.of(message(0), message(1), message(0)));
        assertThat(result.requireComplete().repeated()).containsExactly("t/0/0");
        assertThat(result.outOfOrder()).isZero();
        assertThatThrownBy(result::requirePerfect).hasMessageContaining("duplicates 1");
    }

    @Test
    void aRecordBehindALaterOneOfItsPartitionIsOutOfOrder() {
        expect(0, 1);
        QueueHistoryCheck.Result result = check.compare(List.of(message(1), message(0)));
        assertThat(result.outOfOrder()).isEqualTo(1);
        assertThatThrownBy(result::requirePerfect).hasMessageContaining("out of order: t/0/0");
    }

    @Test
    void otherBytesAreAlteredAndOtherIdsForeign() {
        expect(0, 1);
        QueueHistoryCheck.Result result = check.compare(List.of(
                message(0, "other", Map.of()), message(1, "value 1", Map.of("c", SqsAttribute.text("d"))), message(7)));
        assertThat(result.altered()).isEqualTo(2);
        assertThat(result.foreign()).isEqualTo(1);
    }

    @Test
    void bodiesAreReadAsTheirEncodingSays() {
        check.expect(record(0, new byte[] {0, 1, (byte) 0xff}));
        check.expect(record(1, new byte[0]));
        check.expect(record(2, null));
        check.compare(List.of(
                        message(0, "AAH/", Map.of("kafka.encoding", SqsAttribute.text("base64"))),
                        message(1, "empty", Map.of("kafka.encoding", SqsAttribute.text("empty"))),
                        message(2, "null", Map.of("kafka.null", SqsAttribute.text("1")))))
                .requirePerfect();
    }
}
