package io.fenceline.connect.source.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceivedMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqsSourceAdviceTest {

    private static final QueueUrl QUEUE = QueueUrl.parse("https://sqs.eu-central-1.amazonaws.com/123456789012/orders");

    private final Map<String, String> properties = new HashMap<>(Map.of(
            "sqs.queue.urls",
            QUEUE.text(),
            "topic",
            "in",
            "key.converter",
            "org.apache.kafka.connect.converters.ByteArrayConverter",
            "value.converter",
            "org.apache.kafka.connect.storage.StringConverter",
            "header.converter",
            "org.apache.kafka.connect.converters.ByteArrayConverter"));

    @Test
    void nothingIsSaidOfAConfigurationThatIsMeant() {
        assertThat(advice()).isEmpty();
        properties.put("exactly.once.support", "required");
        properties.put("transaction.boundary", "poll");
        properties.put("transforms", "filter");
        properties.put("on.unconfirmed.record", "fail");
        assertThat(advice()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sqs.queue.url | https://x | check their spelling: [sqs.queue.url]",
                "transaction.boundary | interval | much shorter than sqs.visibility.timeout.seconds",
                "transforms | filter | on.unconfirmed.record is not",
                "errors.tolerance | all | a restart may produce messages again",
                "sqs.visibility.timeout.seconds | 25 | less than twice sqs.connect.timeout.ms and sqs.request.timeout.ms",
                "poll.max.bytes | 33554433 | never has more than what was received",
                "value.converter | org.apache.kafka.connect.json.JsonConverter | value.type=string",
                "key.converter | org.apache.kafka.connect.json.JsonConverter | does not carry bytes",
                "sqs.endpoint | http://sqs.example.com | is not encrypted",
            })
    void whatIsSeldomMeantIsSaid(String key, String value, String said) {
        properties.put(key, value);
        assertThat(advice()).singleElement().asString().contains(said);
    }

    @Test
    void toleratedFailuresWithProofOfWhatWasProducedAreStillDroppedRecords() {
        properties.put("errors.tolerance", "all");
        properties.put("exactly.once.support", "required");
        assertThat(advice()).singleElement().asString().contains("on.unconfirmed.record decides");
    }

    @Test
    void anAddressThatIsNotEncryptedIsSeenInTheFirstQueuesUrl() {
        properties.put("sqs.queue.urls", "http://sqs.example.com/1/a");
        properties.put("sqs.region", "eu-central-1");
        assertThat(advice()).singleElement().asString().contains("http://sqs.example.com is not encrypted");
    }

    @ParameterizedTest
    @CsvSource({"1, true", "4, true", "5, false", "1000, false"})
    void aQueueThatGivesUpAfterFewReceivesIsNamed(int receives, boolean said) {
        List<String> advice = SqsSourceAdvice.on(QUEUE, settings(OptionalInt.of(receives)));
        if (said) {
            assertThat(advice)
                    .singleElement()
                    .asString()
                    .contains(QUEUE.text(), "maxReceiveCount", receives + " receives");
        } else {
            assertThat(advice).isEmpty();
        }
        assertThat(SqsSourceAdvice.on(QUEUE, settings(OptionalInt.empty()))).isEmpty();
    }

    @Test
    void aBodyThatIsOnlyAPointerIsRecognisedByTheAttributesOfBothLibraries() {
        for (String name : List.of("ExtendedPayloadSize", "SQSLargePayloadSize")) {
            assertThat(SqsSourceAdvice.pointsElsewhere(message(new MessageAttribute.Number(name, "2000000"))))
                    .isTrue();
        }
        assertThat(SqsSourceAdvice.pointsElsewhere(message(new MessageAttribute.Text("size", "1"))))
                .isFalse();
        assertThat(SqsSourceAdvice.onPointer(QUEUE, "m-1")).contains("message m-1", QUEUE.text(), "S3");
    }

    private List<String> advice() {
        return SqsSourceAdvice.on(new SqsSourceConfig(properties), properties);
    }

    private static ReceivedMessage message(MessageAttribute attribute) {
        return new ReceivedMessage("m-1", "handle", "v", List.of(attribute), null, null, 1L, 1);
    }

    private static QueueSettings settings(OptionalInt maxReceiveCount) {
        return new QueueSettings(
                null,
                false,
                false,
                QueueSettings.DeduplicationScope.QUEUE,
                QueueSettings.LARGEST_MESSAGE,
                Duration.ofSeconds(30),
                maxReceiveCount);
    }
}
