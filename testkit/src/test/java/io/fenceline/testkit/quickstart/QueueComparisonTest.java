package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsAttribute;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the summary of route sqs-sink says: each kind of defect is seen, and makes the verdict "not right". */
final class QueueComparisonTest {

    private static final long TIME = 1_700_000_000_000L;

    private final QueueComparison comparison = new QueueComparison();

    /** Offsets 0 to 2 of partition 0, and offset 0 of partition 1. */
    private void expectAll() {
        for (int offset = 0; offset < 3; offset++) {
            comparison.expect(record(0, offset, offset, "key", "body"));
        }
        comparison.expect(record(1, 0, 3, "key", "body"));
    }

    @Test
    void eachRecordOnceInTheOrderOfItsPartitionIsRight() {
        expectAll();
        find(0, 0, 0);
        find(1, 0, 3);
        find(0, 1, 1);
        find(0, 2, 2);

        assertThat(comparison.verdict(4).right()).isTrue();
        assertThat(comparison.verdict(4).summary())
                .containsPattern("(?m)^records in Kafka +4$")
                .containsPattern("(?m)^messages in the queue +4$")
                .containsPattern("(?m)^duplicates +0$")
                .containsPattern("(?m)^missing +0$")
                .containsPattern("(?m)^out of order +0$");
    }

    @Test
    void aRecordThatCameTwiceIsADuplicate() {
        expectAll();
        find(0, 0, 0);
        find(0, 1, 1);
        find(0, 1, 1);
        find(0, 2, 2);
        find(1, 0, 3);

        assertDefects(Map.of("duplicates", 1, "by content: duplicates", 1));
    }

    @Test
    void aRecordThatDidNotComeIsMissing() {
        expectAll();
        find(0, 0, 0);
        find(0, 2, 2);
        find(1, 0, 3);

        assertDefects(Map.of("missing", 1, "by content: missing", 1));
    }

    @Test
    void aRecordBehindALaterOneOfItsPartitionIsOutOfOrder() {
        expectAll();
        find(0, 0, 0);
        find(0, 2, 2);
        find(0, 1, 1);
        find(1, 0, 3);

        assertDefects(Map.of("out of order", 1, "by content: out of order", 1));
    }

    /** A connector that counts wrongly gives each message an id of its own: only what is in them tells. */
    @Test
    void oneRecordUnderTheIdsOfTwoIsSeenByItsContent() {
        expectAll();
        find(0, 0, 0);
        find(0, 1, 0);
        find(0, 2, 2);
        find(1, 0, 3);

        assertDefects(Map.of("altered", 1, "by content: duplicates", 1, "by content: missing", 1));
    }

    @Test
    void recordsUnderEachOthersIdsAreOutOfOrderByTheirContent() {
        expectAll();
        find(0, 0, 1);
        find(0, 1, 0);
        find(0, 2, 2);
        find(1, 0, 3);

        assertDefects(Map.of("altered", 2, "by content: out of order", 1));
    }

    @Test
    void aMessageWithAnIdThatNoRecordHasIsForeign() {
        expectAll();
        find(0, 0, 0);
        find(0, 1, 1);
        find(0, 2, 2);
        find(1, 0, 3);
        find(7, 0, 4);

        assertDefects(Map.of("foreign", 1));
    }

    @Test
    void aMessageWithoutAnIdIsForeign() {
        expectAll();
        find(0, 0, 0);
        find(0, 1, 1);
        find(1, 0, 3);
        Map<String, SqsAttribute> attributes = attributes(0, 2, 2, "key");
        attributes.remove("kafka.id");
        comparison.found(message("body", attributes));

        assertDefects(Map.of("foreign", 1, "missing", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kafka.ts", "kafka.key", "number", "color"})
    void aMessageWithoutOneOfItsAttributesOrWithOneMoreIsAltered(String attribute) {
        expectAll();
        find(0, 0, 0);
        find(0, 1, 1);
        find(1, 0, 3);
        Map<String, SqsAttribute> attributes = attributes(0, 2, 2, "key");
        if (attributes.remove(attribute) == null) {
            attributes.put(attribute, SqsAttribute.text("red"));
        }
        comparison.found(message("body", attributes));

        assertDefects(Map.of("altered", 1, "by content: missing", 1));
    }

    @Test
    void valuesThatNeedAnEncodingAreReadAsConsumersReadThem() {
        byte[] binary = {0, (byte) 0xff, 1};
        comparison.expect(record(0, 0, 0, null, binary));
        comparison.expect(record(0, 1, 1, bytes("key"), new byte[0]));
        comparison.expect(record(0, 2, 2, new byte[0], null));
        comparison.found(encoded(0, null, Base64.getEncoder().encodeToString(binary), "kafka.encoding", "base64"));
        comparison.found(encoded(1, SqsAttribute.binary(bytes("key")), "empty", "kafka.encoding", "empty"));
        comparison.found(encoded(2, SqsAttribute.text("empty"), "null", "kafka.null", "1"));

        assertThat(comparison.verdict(3).right())
                .as(comparison.verdict(3).summary())
                .isTrue();
    }

    @Test
    void recordsThatWereProducedAndAreAtNeitherEndAreNotRight() {
        expectAll();
        find(0, 0, 0);
        find(0, 1, 1);
        find(0, 2, 2);
        find(1, 0, 3);

        assertThat(comparison.verdict(5).right()).isFalse();
        assertThat(comparison.verdict(5).summary()).contains("but 5 records were produced");
    }

    @Test
    void nothingAtBothEndsIsNotRight() {
        assertThat(comparison.verdict(0).right()).isFalse();
    }

    private void find(int partition, int offset, int number) {
        comparison.found(message("body", attributes(partition, offset, number, "key")));
    }

    private void assertDefects(Map<String, Integer> counts) {
        Route.Balance verdict = comparison.verdict(4);
        assertThat(verdict.right()).isFalse();
        counts.forEach(
                (what, count) -> assertThat(verdict.summary()).containsPattern("(?m)^" + what + " +" + count + "$"));
    }

    private static Map<String, SqsAttribute> attributes(int partition, int offset, int number, String key) {
        return new HashMap<>(Map.of(
                "kafka.id",
                SqsAttribute.text("orders/" + partition + "/" + offset),
                "kafka.ts",
                SqsAttribute.number(TIME + number),
                "kafka.key",
                SqsAttribute.binary(bytes(key)),
                Comparison.NUMBER,
                SqsAttribute.text(Integer.toString(number))));
    }

    private static QueuedMessage encoded(int offset, SqsAttribute key, String body, String attribute, String value) {
        Map<String, SqsAttribute> attributes = attributes(0, offset, offset, "");
        attributes.remove("kafka.key");
        if (key != null) {
            attributes.put("kafka.key", key);
        }
        attributes.put(attribute, SqsAttribute.text(value));
        return message(body, attributes);
    }

    private static QueuedMessage message(String body, Map<String, SqsAttribute> attributes) {
        return new QueuedMessage("m", body, attributes, "orders-0", "d", null, Instant.EPOCH);
    }

    private static ConsumerRecord<byte[], byte[]> record(
            int partition, int offset, int number, String key, String body) {
        return record(partition, offset, number, bytes(key), bytes(body));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            int partition, int offset, int number, byte[] key, byte[] body) {
        RecordHeaders headers = new RecordHeaders();
        headers.add(Comparison.NUMBER, bytes(Integer.toString(number)));
        return new ConsumerRecord<>(
                "orders",
                partition,
                offset,
                TIME + number,
                TimestampType.CREATE_TIME,
                0,
                0,
                key,
                body,
                headers,
                Optional.empty());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
