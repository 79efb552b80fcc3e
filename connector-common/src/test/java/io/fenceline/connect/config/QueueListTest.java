package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueListTest {

    private static final String KEY = "sqs.queue.urls";
    private static final String ORDERS = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders";
    private static final String CLICKS = "https://sqs.eu-central-1.amazonaws.com/123456789012/clicks.fifo";

    @Test
    void queuesAreKnownByAccountAndName() {
        QueueList list = list(ORDERS, CLICKS);

        assertThat(list.identities()).containsExactly("123456789012/orders", "123456789012/clicks.fifo");
        assertThat(list.queues(List.of("123456789012/clicks.fifo")))
                .singleElement()
                .hasToString(CLICKS);
        assertThat(list.includes("123456789012/orders")).isTrue();
        assertThat(list.includes("123456789013/orders")).isFalse();
        assertThat(list.region()).hasValue("eu-central-1");
        assertThat(list.endpoint()).hasToString("https://sqs.eu-central-1.amazonaws.com");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ORDERS + " | listed twice",
                "https://eu-central-1.queue.amazonaws.com/123456789012/orders | the same queue as " + ORDERS,
                "http://localhost:9324/123456789012/orders | the same queue as " + ORDERS,
                "https://host/orders | its path is not /account/queue",
                "orders | does not begin with http",
            })
    void aSecondSpellingOrNoUrlIsRefusedByName(String second, String said) {
        assertThatThrownBy(() -> list(ORDERS, second))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration sqs.queue.urls")
                .hasMessageContaining(said)
                .hasMessageContaining("each queue once");
    }

    @Test
    void aListWithoutAQueueIsRefused() {
        assertThatThrownBy(() -> list())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Missing required configuration sqs.queue.urls");
    }

    @Test
    void secretsInAnAddressAreNotRepeated() {
        assertThatThrownBy(() -> list("https://user:s3cr3t@host/0/orders"))
                .isInstanceOf(ConfigException.class)
                .hasMessageNotContaining("s3cr3t");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://sqs.us-east-1.amazonaws.com/1/a | false | false | is not at https://sqs.eu-central-1",
                "http://localhost:9324/1/a | false | true | is not at https://sqs.eu-central-1",
                "https://sqs.us-east-1.amazonaws.com/1/a | true | false | its host is in region us-east-1",
                "https://sqs.us-east-1.amazonaws.com/1/a | true | true | ",
                "http://localhost:9324/1/a | true | false | ",
                "HTTPS://SQS.eu-central-1.amazonaws.com/1/a | false | true | ",
            })
    void queuesThatOneClientCannotServeAreRefused(String second, boolean endpoint, boolean region, String said) {
        List<String> problems = new ArrayList<>();
        list(ORDERS, second).checkOneSite(endpoint, region, (key, message) -> {
            assertThat(key).isEqualTo(KEY);
            problems.add(message);
        });

        if (said == null) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems).singleElement().asString().contains(second, said);
        }
    }

    @Test
    void queuesOfOneNameInTwoAccountsAreFound() {
        QueueList list = list(ORDERS, CLICKS, ORDERS.replace("12/", "13/"));

        assertThat(list.namesakes()).containsOnlyKeys("orders");
        assertThat(list.namesakes().get("orders")).hasSize(2);
    }

    @Test
    void aPlaceholderThatNobodyReplacedIsLeftAlone() {
        QueueList.validator().ensureValid(KEY, List.of("${env:QUEUES}", ORDERS));
        assertThatThrownBy(() -> QueueList.validator().ensureValid(KEY, List.of("x")))
                .isInstanceOf(ConfigException.class);
    }

    private static QueueList list(String... urls) {
        return QueueList.parse(KEY, Arrays.asList(urls));
    }
}
