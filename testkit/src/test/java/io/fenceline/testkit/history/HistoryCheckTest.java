package io.fenceline.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.ScriptedS2Server;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The checker of every system test, checked: what it lets pass has been looked at. */
final class HistoryCheckTest {

    private static final String STREAM = "t/0";

    private final ScriptedS2Server server = ScriptedS2Server.start();
    private final S2Reader reader = server.reader("my-basin");

    @BeforeEach
    void create() {
        server.createStream(STREAM);
        server.createStream("t/1");
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aFaithfulStreamIsPerfect() {
        append(STREAM, copy(0, "a"), copy(1, "b"));

        HistoryCheck.Result result = check(record(0, "a"), record(1, "b")).requirePerfect();

        assertThat(result.inKafka()).isEqualTo(2);
        assertThat(result.inS2()).isEqualTo(2);
    }

    @Test
    void aTopicWithoutRecordsIsNotPerfect() {
        HistoryCheck.Result result = check();

        assertThat(result.perfect()).isFalse();
        assertThatThrownBy(result::requirePerfect).hasMessageContaining("nothing was compared");
    }

    @Test
    void aRecordInTheStreamOfAPartitionThatHasNoneIsForeign() {
        append(STREAM, copy(0, "a"));
        append("t/1", copy(0, "a"));

        HistoryCheck.Result result = check(record(0, "a"));

        assertThat(result.foreign()).isEqualTo(1);
        assertThatThrownBy(result::requirePerfect).hasMessageContaining("t/1@0 has kafka.id t/0/0");
    }

    @Test
    void aRepeatedRecordWithAnotherBodyIsAltered() {
        append(STREAM, copy(0, "a"), copy(0, "other"));

        HistoryCheck.Result result = check(record(0, "a"));

        assertThat(result.duplicates()).isEqualTo(1);
        assertThat(result.altered()).isEqualTo(1);
    }

    @Test
    void missingAndReorderedRecordsAreFound() {
        append(STREAM, copy(1, "b"), copy(0, "a"));

        HistoryCheck.Result result = check(record(0, "a"), record(1, "b"), record(2, "c"));

        assertThat(result.outOfOrder()).isEqualTo(1);
        assertThat(result.missing()).isEqualTo(1);
        assertThat(result.perfect()).isFalse();
    }

    @SafeVarargs
    private HistoryCheck.Result check(ConsumerRecord<byte[], byte[]>... records) {
        return HistoryCheck.compare(TopicHistory.of("t", 2, List.of(records)), reader);
    }

    private void append(String stream, S2Reader.Foreign... records) {
        reader.appendForeign(stream, List.of(records));
    }

    /** The form promised to users. */
    private static S2Reader.Foreign copy(long offset, String body) {
        List<byte[][]> headers = new ArrayList<>();
        headers.add(new byte[][] {bytes("kafka.id"), bytes("t/0/" + offset)});
        headers.add(new byte[][] {bytes("kafka.ts"), bytes("1000")});
        return new S2Reader.Foreign(bytes(body), headers);
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, String body) {
        return new ConsumerRecord<>(
                "t",
                0,
                offset,
                1000,
                TimestampType.CREATE_TIME,
                0,
                0,
                null,
                bytes(body),
                new RecordHeaders(),
                Optional.empty());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
