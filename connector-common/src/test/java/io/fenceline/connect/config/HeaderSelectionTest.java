package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderSelectionTest {

    @Test
    void selectsAllNoneOrThoseOfAList() {
        assertThat(parse("all").includes("anything")).isTrue();
        assertThat(parse("none").includes("anything")).isFalse();
        HeaderSelection list = parse(" a.b , c,All");
        assertThat(list.includes("a.b")).isTrue();
        assertThat(list.includes("c")).isTrue();
        assertThat(list.includes("All")).isTrue();
        assertThat(list.includes("C")).isFalse();
        assertThat(list.includes("all")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a,,b", "a,", "a b", "trace/id", "AWS.trace", "a..b"})
    void aNameThatNoAttributeCanHaveIsRefused(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Invalid value " + text + " for configuration sqs.headers: the name '")
                .hasMessageContaining("allowed: all, none, or names");
    }

    private static HeaderSelection parse(String text) {
        return HeaderSelection.parse("sqs.headers", text);
    }
}
