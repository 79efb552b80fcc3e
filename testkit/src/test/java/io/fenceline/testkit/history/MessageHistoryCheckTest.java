package io.fenceline.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAttribute;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The checker of the queue source's system tests, checked. */
final class MessageHistoryCheckTest {

    private final MessageHistoryCheck check = new MessageHistoryCheck();
    private long offset;

    private void send(String id, @Nullable String group) {
        check.sent(id, new SentEntry("n", "body of " + id, Map.of("a", SqsAttribute.text("x")), group, null));
    }

    private void read(String id, @Nullable String group) {
        read(id, group, "body of " + id, "x");
    }

    private void read(String id, @Nullable String group, String value, String attribute) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("sqs.sequence.number", bytes("17"));
        headers.add("a", bytes(attribute));
        headers.add("sqs.message.id", bytes(id));
        check.read(new ConsumerRecord<>(
                "t",
                0,
                offset++,
                77,
                TimestampType.CREATE_TIME,
                1,
                1,
                group == null ? null : bytes(group),
                bytes(value),
                headers,
                Optional.empty()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everyMessageOnceAndInOrderIsPerfect() {
        send("m1", "g");
        send("m2", "g");
        send("m3", "h");
        read("m3", "h");
        read("m1", "g");
        read("m2", "g");
        assertThat(check.result().requirePerfect().inKafka()).isEqualTo(3);
    }

    @Test
    void nothingAtAllIsNotPerfect() {
        assertThatThrownBy(() -> check.result().requireComplete()).hasMessageContaining("nothing was compared");
    }

    @Test
    void whatWasNotReadIsMissing() {
        send("m1", null);
        send("m2", null);
        read("m2", null);
        assertThat(check.result().missing()).isEqualTo(1);
        assertThatThrownBy(() -> check.result().requireComplete()).hasMessageContaining("missing: m1");
    }

    @Test
    void aMessageThatWasReadTwiceIsADuplicateAndStillComplete() {
        send("m1", null);
        read("m1", null);
        read("m1", null);
        assertThat(check.result().requireComplete().duplicates()).isEqualTo(1);
        assertThat(check.distinct()).isEqualTo(1);
        assertThatThrownBy(() -> check.result().requirePerfect()).hasMessageContaining("duplicate: ");
    }

    @Test
    void anotherBodyKeyOrAttributeIsAltered() {
        for (String id : new String[] {"m1", "m2", "m3"}) {
            send(id, "g");
        }
        read("m1", "g", "another body", "x");
        read("m2", "h", "body of m2", "x");
        read("m3", "g", "body of m3", "y");
        assertThat(check.result().altered()).isEqualTo(3);
        assertThatThrownBy(() -> check.result().requireComplete()).hasMessageContaining("altered: ");
    }

    @Test
    void aRecordOfNoMessageSentIsForeign() {
        send("m1", null);
        read("m1", null);
        read("m2", null);
        assertThat(check.result().foreign()).isEqualTo(1);
        assertThatThrownBy(() -> check.result().requireComplete()).hasMessageContaining("foreign: ");
    }

    @Test
    void aMessageBehindALaterOneOfItsGroupIsOutOfOrder() {
        send("m1", "g");
        send("m2", "g");
        send("m3", "g");
        read("m3", "g");
        read("m1", "g");
        read("m2", "g");
        assertThat(check.result().requireComplete().outOfOrder()).isEqualTo(2);
        assertThatThrownBy(() -> check.result().requirePerfect()).hasMessageContaining("out of order: ");
    }

    @Test
    void messagesWithoutAGroupHaveNoOrder() {
        send("m1", null);
        send("m2", null);
        read("m2", null);
        read("m1", null);
        check.result().requirePerfect();
    }
}
