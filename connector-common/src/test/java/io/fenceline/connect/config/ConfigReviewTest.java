package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

class ConfigReviewTest {

    private final ConfigValue basin = new ConfigValue("s2.basin");
    private final ConfigValue other = new ConfigValue("other");
    private final Config config = new Config(List.of(basin, other));
    private final List<String> asked = new ArrayList<>();

    @Test
    void s2IsAskedOnceEverythingElseIsRight() {
        ConfigReview.complete(config, S2ConnectionConfig.BASIN, problems -> asked.add("keys"), problems -> {
            asked.add("s2");
            problems.add("other", "not there");
        });
        assertThat(asked).containsExactly("keys", "s2");
        assertThat(other.errorMessages()).containsExactly("not there");
        assertThat(basin.errorMessages()).isEmpty();
    }

    @Test
    void s2IsNotAskedAboutAKeyThatIsWrongByItself() {
        other.addErrorMessage("not a number");
        ConfigReview.complete(
                config, S2ConnectionConfig.BASIN, problems -> asked.add("keys"), problems -> asked.add("s2"));
        assertThat(asked).containsExactly("keys");
    }

    @Test
    void s2IsNotAskedAboutKeysThatContradictEachOther() {
        ConfigReview.complete(
                config,
                S2ConnectionConfig.BASIN,
                problems -> problems.add("other", "contradicts"),
                problems -> asked.add("s2"));
        assertThat(asked).isEmpty();
        assertThat(other.errorMessages()).containsExactly("contradicts");
    }

    @Test
    void aKeyOfConnectsOwnIsBlamedByName() {
        Config answer = ConfigReview.complete(
                config,
                S2ConnectionConfig.BASIN,
                problems -> problems.add("key.converter", "writes no bytes"),
                problems -> asked.add("s2"));

        assertThat(answer.configValues())
                .filteredOn(value -> !value.errorMessages().isEmpty())
                .singleElement()
                .satisfies(value -> assertThat(value.name()).isEqualTo("key.converter"));
        assertThat(asked).isEmpty();
    }

    @Test
    void aMistakeOfOursIsAnErrorOnAKeyAndNotAnAnswerThatConnectCannotGive() {
        Config answer = ConfigReview.complete(
                config,
                S2ConnectionConfig.BASIN,
                problems -> {
                    throw new IllegalStateException("oh");
                },
                problems -> asked.add("s2"));
        assertThat(answer).isSameAs(config);
        assertThat(asked).isEmpty();
        assertThat(basin.errorMessages())
                .singleElement()
                .asString()
                .contains("could not be validated")
                .contains("oh");
    }

    @Test
    void everythingThatIsWrongIsRefusedAtOnce() {
        assertThatCode(() -> ConfigProblems.refuseAny(problems -> {})).doesNotThrowAnyException();
        assertThatThrownBy(() -> ConfigProblems.refuseAny(problems -> {
                    problems.add("a", "this is wrong");
                    problems.add("b", "that is wrong");
                }))
                .isInstanceOf(ConfigException.class)
                .hasMessage("this is wrong; that is wrong");
    }
}
