package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.RecordId;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTemplateTest {

    private static final TopicTemplate.Syntax STREAMS = new TopicTemplate.Syntax("stream", true);
    private static final TopicTemplate.Syntax QUEUES = new TopicTemplate.Syntax("queue", false);

    @ParameterizedTest
    @CsvSource({
        "${stream}, orders, orders",
        "${stream}, a/b c, a_b_c",
        "${stream}, grün, gr_n",
        "${stream}, x🦀y, x_y",
        "in.${stream}-1, orders/3, in.orders_3-1",
        "${stream}.${stream}, a, a.a",
        "fixed, orders/3, fixed",
        "$x, orders/3, ",
    })
    void shouldFillInTheStreamAndReplaceWhatKafkaDoesNotAllow(String template, String stream, String topic) {
        if (topic == null) {
            assertThatThrownBy(() -> parse(template)).isInstanceOf(ConfigException.class);
        } else {
            assertThat(parse(template).topicFor(stream, null)).contains(topic);
        }
    }

    @Test
    void shouldFillInTheTopicOfTheRecord() {
        TopicTemplate template = parse("${topic}.${stream}");

        assertThat(template.usesRecordTopic()).isTrue();
        assertThat(template.topicFor("s", new RecordId("orders", 3, 4))).contains("orders.s");
        assertThat(template.topicFor("s", null)).isEmpty();
        assertThat(parse("${topic}").restoresTopic()).isTrue();
        assertThat(parse("copy.${topic}").restoresTopic()).isFalse();
        assertThat(parse("${stream}").usesRecordTopic()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "my topic", "a/${stream}", "${partition}", "${stream", "a${}b", "größe"})
    void shouldRefuseWhatCannotBeATopic(String template) {
        assertThatThrownBy(() -> parse(template))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("Invalid value " + template + " for configuration topic: ")
                .hasMessageContaining("allowed: text of a-z A-Z 0-9 . _ -");
    }

    @Test
    void shouldRefuseANameThatIsTooLong() {
        assertThat(parse("${stream}").topicFor("x".repeat(249), null)).isPresent();
        assertThatThrownBy(() -> parse("${stream}").topicFor("x".repeat(250), null))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("250 characters")
                .hasMessageContaining("1 to 249");
        assertThatThrownBy(() -> parse("x".repeat(250))).isInstanceOf(ConfigException.class);
    }

    @Test
    void shouldFindStreamsThatShareATopicOnlyByReplacement() {
        assertThat(parse("${stream}").collisions(List.of("a/b", "c", "a_b", "a b", "c")))
                .isEqualTo(Map.of("a_b", List.of("a b", "a/b", "a_b")));
        assertThat(parse("${stream}").collisions(List.of("a-b", "a.b", "a_b"))).isEmpty();
        assertThat(parse("all").collisions(List.of("a/b", "a_b")))
                .as("they are meant to")
                .isEmpty();
    }

    @Test
    void eachConnectorShouldKnowItsOwnPlaceholdersAndSpeakOfWhatItReads() {
        TopicTemplate template = QUEUES.parse("topic", "in.${queue}");

        assertThat(template.topicFor("orders.fifo", null)).contains("in.orders.fifo");
        assertThat(template.collisions(List.of("a b", "a_b"))).containsOnlyKeys("a_b");
        assertThat(QUEUES.allowed()).contains("with the placeholder ${queue}, at most 249");
        assertThat(STREAMS.allowed()).contains("with the placeholders ${stream} and ${topic}, at most 249");
        for (String other : List.of("${stream}", "${topic}")) {
            assertThatThrownBy(() -> QUEUES.parse("topic", other))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("it contains " + other)
                    .hasMessageContaining("allowed: " + QUEUES.allowed());
        }
        assertThatThrownBy(() -> template.topicFor("x".repeat(250), null))
                .hasMessageContaining("topic 'in.${queue}' gives queue 'xxx");
    }

    private static TopicTemplate parse(String text) {
        return STREAMS.parse("topic", text);
    }
}
