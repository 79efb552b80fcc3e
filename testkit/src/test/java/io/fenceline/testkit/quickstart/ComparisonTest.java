package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** What the quickstart's summary says: each kind of defect is seen and makes the verdict "not right". */
final class ComparisonTest {

    private static final String TOPIC = "from-s2.a";

    private final Comparison comparison = new Comparison();

    ComparisonTest() {
        for (int number = 0; number < 3; number++) {
            comparison.expect("a", TOPIC, stored(number, "body " + number));
        }
    }

    @Test
    void equalRecordsInOrderAreRight() {
        find(0, 1, 2);

        assertThat(verdict(3).right()).isTrue();
    }

    @Test
    void aRecordThatCameTwiceIsADuplicate() {
        find(0, 1, 1, 2);

        assertDefect("duplicates", 1);
    }

    @Test
    void aRecordThatDidNotComeIsMissing() {
        find(0, 2);

        assertDefect("missing", 1);
    }

    @Test
    void aRecordBehindALaterOneIsOutOfOrder() {
        find(0, 2, 1);

        assertDefect("out of order", 1);
    }

    @Test
    void aRecordWithAnotherBodyIsAltered() {
        find(0, 1);
        comparison.found(record(TOPIC, 2, null, "body two"));

        assertDefect("altered", 1);
    }

    @Test
    void aRecordWithAKeyThatItDidNotHaveIsAltered() {
        find(0, 1);
        comparison.found(record(TOPIC, 2, "", "body 2"));

        assertDefect("altered", 1);
    }

    @Test
    void aRecordInTheTopicOfAnotherStreamIsForeign() {
        find(0, 1, 2);
        comparison.found(record("from-s2.b", 1, null, "body 1"));

        assertDefect("foreign", 1);
    }

    @Test
    void recordsThatWerePutInAndAreAtNeitherEndAreNotRight() {
        find(0, 1, 2);

        assertThat(verdict(4).right()).isFalse();
    }

    @Test
    void nothingAtBothEndsIsNotRight() {
        assertThat(new Comparison().verdict(0, List.of(), 0).right()).isFalse();
    }

    private void find(int... numbers) {
        for (int number : numbers) {
            comparison.found(record(TOPIC, number, null, "body " + number));
        }
    }

    private void assertDefect(String name, int count) {
        Route.Balance verdict = verdict(3);
        assertThat(verdict.right()).isFalse();
        assertThat(verdict.summary()).containsPattern("(?m)^" + name + " +" + count + "$");
    }

    private Route.Balance verdict(long given) {
        return comparison.verdict(given, List.of(), 0);
    }

    private static S2Reader.Stored stored(int number, String body) {
        return new S2Reader.Stored(
                number,
                1_700_000_000_000L + number,
                List.<byte[][]>of(new byte[][] {bytes(Comparison.NUMBER), bytes(Integer.toString(number))}),
                bytes(body));
    }

    private static ConsumerRecord<byte[], byte[]> record(String topic, int number, String key, String body) {
        return new ConsumerRecord<>(
                topic,
                0,
                0,
                1_700_000_000_000L + number,
                TimestampType.CREATE_TIME,
                0,
                0,
                key == null ? null : bytes(key),
                bytes(body),
                new RecordHeaders(List.of(new RecordHeader(Comparison.NUMBER, bytes(Integer.toString(number))))),
                Optional.empty());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
