package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueTemplateTest {

    private static final String BASE = "https://sqs.eu-central-1.amazonaws.com/123456789012/";

    @Test
    void theTopicIsFilledIntoTheQueuesName() {
        assertThat(parse(BASE + "from-${topic}.fifo").queueFor("orders").text()).isEqualTo(BASE + "from-orders.fifo");
        assertThat(parse(BASE + "${topic}-${topic}").queueFor("a").name()).isEqualTo("a-a");
        assertThat(parse(BASE + "all").queueFor("orders").name()).isEqualTo("all");
        assertThat(parse(BASE + "${topic}").usesTopic()).isTrue();
        assertThat(parse(BASE + "all").usesTopic()).isFalse();
    }

    @Test
    void hostAndRegionAreKnownWithoutATopic() {
        assertThat(parse(BASE + "${topic}").endpoint()).isEqualTo(URI.create("https://sqs.eu-central-1.amazonaws.com"));
        assertThat(parse(BASE + "${topic}").region()).contains("eu-central-1");
        assertThat(parse("http://localhost:9324/000000000000/q").endpoint())
                .isEqualTo(URI.create("http://localhost:9324"));
        assertThat(parse("http://localhost:9324/000000000000/q").region()).isEmpty();
    }

    @Test
    void whetherQueuesAreFifoIsDecidedByTheTemplateAndNotByATopicsName() {
        assertThat(parse(BASE + "${topic}.fifo").isFifo()).isTrue();
        assertThat(parse(BASE + "${topic}").isFifo()).isFalse();
        assertThat(parse(BASE + "q.fifo").isFifo()).isTrue();
        assertThatThrownBy(() -> parse(BASE + "${topic}").queueFor("orders.fifo"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sqs.queue.url")
                .hasMessageContaining("orders.fifo")
                .hasMessageContaining("one connector writes to queues of one kind");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with.dot",
                "t-of-eighty-and-one-characters-too-long-for-any-queue-0123456789012345678901234567890"
            })
    void aTopicThatMakesNoQueueNameIsRefusedByName(String topic) {
        assertThatThrownBy(() -> parse(BASE + "${topic}").queueFor(topic))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sqs.queue.url")
                .hasMessageContaining("it gives topic '" + topic + "' the queue URL " + BASE + topic)
                .hasMessageContaining("allowed: http");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "orders",
                "arn:aws:sqs:eu-central-1:123456789012:orders",
                "https://sqs.eu-central-1.amazonaws.com/123456789012",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/a/b",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/a b",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/a.b",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/.fifo",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/${nope}",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/${partition}",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/${topic",
                "https://sqs.eu-central-1.amazonaws.com/${topic}/orders",
                "https://${topic}.example.com/123456789012/${topic}",
                "ftp://localhost/123456789012/orders",
            })
    void anythingElseIsRefusedWithTheAllowedForm(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Invalid value " + text + " for configuration sqs.queue.url: ")
                .hasMessageContaining("allowed: http(s)://host[:port]/account/queue")
                .hasMessageContaining("${topic}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:S3cret@sqs.eu-central-1.amazonaws.com/123456789012/orders",
                "https://sqs.eu-central-1.amazonaws.com/123456789012/orders?X-Amz-Security-Token=S3cret",
            })
    void aUrlWithCredentialsIsRefusedAndNotShown(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sqs.queue.url")
                .hasMessageContaining("[hidden]")
                .hasMessageNotContaining("S3cret");
    }

    private static QueueTemplate parse(String text) {
        return QueueTemplate.parse("sqs.queue.url", text);
    }
}
