package io.fenceline.connect.source.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.OversizeWatch;
import io.fenceline.connect.source.queue.HeldMessage;
import io.fenceline.connect.source.queue.Slot;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceivedMessage;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueRecordMapperTest {

    private static final String URL = "http://localhost:1/000000000000/orders.fifo";
    private static final Slot SLOT = new Slot(1, 17);
    private static final long SENT = 1_763_700_000_456L;
    private static final byte[] NOT_UTF8 = {'a', (byte) 0xc3, (byte) 0x28};

    private final Map<String, String> properties = new HashMap<>(
            Map.of("name", "from-sqs", "sqs.queue.urls", URL, "sqs.region", "us-east-1", "topic", "in.${queue}"));

    @Test
    void aRecordNamesItsMessageInItsSlot() {
        SourceRecord record = map(message("v"));

        assertThat(record.sourcePartition()).isEqualTo(Map.of("slot", "000000000000/orders.fifo#1.17"));
        assertThat(record.sourceOffset()).isEqualTo(Map.of("id", "m-1", "start", 5L));
        assertThat(record.topic()).isEqualTo("in.orders.fifo");
        assertThat(record.kafkaPartition()).isNull();
        assertThat(record.timestamp()).isEqualTo(SENT);
    }

    /** Connect keeps what is not yet committed in a map by record, and equal ones would be one. */
    @Test
    void equalMessagesAreUnequalRecords() {
        assertThat(mapper().map(held(message("v"), SLOT)))
                .isNotEqualTo(mapper().map(held(message("v"), new Slot(1, 18))));
    }

    @Test
    void keyAndHeadersAreBytesAndTheValueIsTextUnlessToldOtherwise() {
        SourceRecord record = map(message("größe", new MessageAttribute.Text("h", "ü")));

        assertThat(record.keySchema().type()).isEqualTo(Schema.Type.BYTES);
        assertThat(record.key()).isEqualTo("g".getBytes(UTF_8));
        assertThat(record.valueSchema().type()).isEqualTo(Schema.Type.STRING);
        assertThat(record.value()).isEqualTo("größe");
        assertThat(record.headers().lastWithName("h").schema().type()).isEqualTo(Schema.Type.BYTES);
        assertThat(record.headers().lastWithName("h").value()).isEqualTo("ü".getBytes(UTF_8));
        assertThat(record.headers().lastWithName("sqs.message.id").value()).isEqualTo("m-1".getBytes(UTF_8));

        properties.put("value.type", "bytes");
        assertThat(map(message("größe")).valueSchema().type()).isEqualTo(Schema.Type.BYTES);
        assertThat(map(message("größe")).value()).isEqualTo("größe".getBytes(UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"string", "bytes"})
    void aNullValueHasNoSchema(String type) {
        properties.put("value.type", type);
        SourceRecord record = map(message("null", new MessageAttribute.Text("kafka.null", "1")));

        assertThat(record.value()).isNull();
        assertThat(record.valueSchema()).isNull();
    }

    @Test
    void aBodyThatIsNotWhatItsEncodingSaysStopsTheTaskAndIsNamed() {
        assertThatThrownBy(() -> map(message("***", new MessageAttribute.Text("kafka.encoding", "base64"))))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[UNMAPPABLE_RECORD] message m-1 cannot be written to Kafka")
                .hasMessageContaining("kafka.encoding")
                .hasMessageContaining("queue '" + URL + "'")
                .hasMessageContaining("the message is not deleted")
                .hasMessageNotContaining("***");
    }

    @Test
    void bytesThatAreNoTextStopTheTaskOnlyWhereTextIsAskedFor() {
        ReceivedMessage message = message(
                Base64.getEncoder().encodeToString(NOT_UTF8), new MessageAttribute.Text("kafka.encoding", "base64"));

        assertThatThrownBy(() -> map(message))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[UNMAPPABLE_RECORD] message m-1 ")
                .hasMessageContaining("queue '" + URL + "'")
                .hasMessageContaining("value.type=bytes");
        properties.put("value.type", "bytes");
        assertThat(map(message).value()).isEqualTo(NOT_UTF8);
    }

    @Test
    void aRecordThatTheProducerIsSureToRefuseStopsTheTaskBeforeItIsHandedOver() {
        properties.put("producer.override.max.request.size", "2000");

        assertThatThrownBy(() -> map(message("v".repeat(1990))))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[RECORD_TOO_LARGE] the record of message m-1 has ")
                .hasMessageContaining("queue '" + URL + "'")
                .hasMessageContaining("at most 2000")
                .hasMessageContaining("producer.override.max.request.size");
        assertThat(map(message("v".repeat(1600))).value())
                .as("it comes near the limit, and is below it")
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"producer.override.max.request.size, ''", "transforms, cut"})
    void aRecordThatSomebodyElseMayTakeIsHandedOver(String key, String value) {
        properties.put("producer.override.max.request.size", "2000");
        properties.put(key, value);

        assertThat(map(message("v".repeat(1990))).value()).isNotNull();
    }

    private SourceRecord map(ReceivedMessage message) {
        return mapper().map(held(message, SLOT));
    }

    private static HeldMessage held(ReceivedMessage message, Slot slot) {
        return new HeldMessage(message, slot, message.size());
    }

    private QueueRecordMapper mapper() {
        return new QueueRecordMapper(
                QueueUrl.parse(URL), new SqsSourceConfig(properties), 5, OversizeWatch.of(properties));
    }

    private static ReceivedMessage message(String body, MessageAttribute... attributes) {
        return message(body, "g", attributes);
    }

    private static ReceivedMessage message(String body, @Nullable String group, MessageAttribute... attributes) {
        return new ReceivedMessage("m-1", "handle", body, List.of(attributes), group, null, SENT, 1);
    }
}
