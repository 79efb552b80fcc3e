package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamTemplateTest {

    @Test
    void shouldFillInTopicAndPartition() {
        assertThat(parse("${topic}/${partition}").streamFor("orders", 3)).isEqualTo("orders/3");
        assertThat(parse("x-${partition}-${topic}-${topic}").streamFor("a", 12)).isEqualTo("x-12-a-a");
        assertThat(parse("all$of{it}").streamFor("a", 12)).isEqualTo("all$of{it}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"${offset}", "${topic}/${Partition}", "a${}", "a${", "${topic", "${topic}${env:X}"})
    void shouldRefuseAnyOtherPlaceholder(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("s2.stream")
                .hasMessageContaining(text)
                .hasMessageContaining("it contains ${")
                .hasMessageContaining("allowed:");
    }

    @Test
    void shouldRefuseNamesThatNoStreamCanHave() {
        for (String text : new String[] {"", ".", "..", "a".repeat(513), "ü".repeat(257), "a\0b"}) {
            assertThatThrownBy(() -> parse(text))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("s2.stream");
        }
        assertThat(parse("ü".repeat(256)).streamFor("t", 0)).hasSize(256);
    }

    @Test
    void shouldRefuseATopicThatMakesTheNameTooLong() {
        StreamTemplate template = parse("a".repeat(500) + "/${topic}/${partition}");

        assertThat(template.streamFor("orders", 1)).endsWith("/orders/1");
        assertThatThrownBy(() -> template.streamFor("orders-of-the-day", 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("orders-of-the-day-1");
        String longest = "t".repeat(249);
        assertThat(parse("${topic}/${partition}").streamFor(longest, Integer.MAX_VALUE))
                .startsWith(longest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${topic}/${partition}",
                "${topic}-${partition}",
                "${partition}-${topic}",
                "${topic}.p${partition}",
                "a${partition}b${topic}c",
                "${topic}/${partition}/x",
                "${topic}-${partition}9",
                "9${partition}9-${topic}",
                "${topic}-${topic}/${partition}",
                "${partition}/${topic}/${partition}",
                "${partition}1-${topic}",
                "${topic}-1${partition}",
                "${topic}/${partition}${partition}x-${partition}"
            })
    void shouldAcceptForExactlyOnceWhatKeepsAllPartitionsApart(String text) {
        assertThat(parse(text).isInjective()).isTrue();
        assertThat(clash(text)).as("two partitions with one stream").isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all",
                "${topic}",
                "${partition}",
                "${topic}${partition}",
                "${partition}${topic}",
                "${topic}1${partition}",
                "${partition}7${topic}",
                "${topic}${partition}-x"
            })
    void shouldRefuseForExactlyOnceWhatLetsTwoPartitionsMeet(String text) {
        assertThat(parse(text).isInjective()).isFalse();
        assertThat(clash(text)).as("two partitions with one stream").isNotNull();
    }

    /** Looks for two topic-partitions with one name, among topics made of the characters that could fool a reader. */
    private static String clash(String text) {
        StreamTemplate template = parse(text);
        List<String> topics = new ArrayList<>();
        String alphabet = "1-9x7.";
        for (char a : alphabet.toCharArray()) {
            topics.add("" + a);
            for (char b : alphabet.toCharArray()) {
                topics.add("" + a + b);
                for (char c : alphabet.toCharArray()) {
                    topics.add("" + a + b + c);
                }
            }
        }
        Map<String, String> seen = new HashMap<>();
        for (String topic : topics) {
            for (int partition :
                    new int[] {0, 1, 7, 9, 11, 17, 19, 71, 77, 91, 97, 99, 111, 117, 119, 177, 199, 777, 999}) {
                String name = template.streamFor(topic, partition);
                String before = seen.put(name, topic + " " + partition);
                if (before != null) {
                    return name + " for " + before + " and for " + topic + " " + partition;
                }
            }
        }
        return null;
    }

    private static StreamTemplate parse(String text) {
        return StreamTemplate.parse("s2.stream", text);
    }
}
