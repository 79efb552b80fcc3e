package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupTemplateTest {

    @Test
    void topicAndPartitionAreFilledInAroundTheKeys() {
        assertThat(parse("${topic}-${partition}").aroundKeys("orders", 3)).containsExactly("orders-3");
        assertThat(parse("a${key}b${topic}").aroundKeys("orders", 3)).containsExactly("a", "borders");
        assertThat(parse("${key}${key}").aroundKeys("orders", 3)).containsExactly("", "", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void anEmptyGroupIsRefused(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sqs.message.group.id")
                .hasMessageContaining("it is empty")
                .hasMessageContaining("allowed:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"${offset}", "${topic}/${Key}", "a${}", "a${", "${key", "${key}${env:X}"})
    void anyOtherPlaceholderIsRefused(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sqs.message.group.id")
                .hasMessageContaining(text)
                .hasMessageContaining("it contains ${")
                .hasMessageContaining("allowed:");
    }

    private static GroupTemplate parse(String text) {
        return GroupTemplate.parse("sqs.message.group.id", text);
    }
}
