package io.fenceline.connect.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenWatchTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private long now = 7 * SECOND;
    private final TokenWatch watch = new TokenWatch("/run/s2", " first\n", now);

    @Test
    void blanksAroundATokenAreNotPartOfIt() {
        assertThat(watch.token()).isEqualTo("first");
        assertThat(watch.found("\tfirst \r\n", now)).isEmpty();
        assertThat(watch.token()).isEqualTo("first");
    }

    @Test
    void aNewTokenHoldsAtOnceAndIsToldOfWithoutShowing() {
        assertThat(watch.found("second\n", now)).hasValueSatisfying(news -> {
            assertThat(news.warning()).isFalse();
            assertThat(news.text()).contains("/run/s2", "new token").doesNotContain("second", "first");
        });
        assertThat(watch.token()).isEqualTo("second");
        assertThat(watch.found("second", now)).isEmpty();
        assertThat(watch.toString()).doesNotContain("second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "two words", "two\nlines", "t\u00f6ken", "nul\u0000"})
    void whatHoldsNoTokenLeavesTheLastGoodOneInUse(String content) {
        watch.found("second", now);
        assertThat(watch.found(content, now)).hasValueSatisfying(news -> {
            assertThat(news.warning()).isTrue();
            assertThat(news.text()).contains("/run/s2", "the last good token stays in use");
        });
        assertThat(watch.token()).isEqualTo("second");
    }

    @Test
    void anUnreadableFileIsWarnedOfOnceAMinuteAndItsEndIsTold() {
        assertThat(watch.unreadable("it does not exist", now)).isPresent();
        for (int second = 1; second < 60; second++) {
            now += SECOND;
            assertThat(watch.unreadable("it does not exist", now)).isEmpty();
        }
        now += SECOND;
        assertThat(watch.unreadable("it does not exist", now))
                .hasValueSatisfying(news -> assertThat(news.text()).contains("it does not exist", "60 times"));
        now += SECOND;
        assertThat(watch.found("first", now)).hasValueSatisfying(news -> {
            assertThat(news.warning()).isFalse();
            assertThat(news.text()).contains("good again after 61 s", "the token that is in use");
        });
        assertThat(watch.token()).isEqualTo("first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "two words"})
    void aFirstLookWithoutATokenFails(String content) {
        assertThatThrownBy(() -> new TokenWatch("/run/s2", content, now))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("words");
    }
}
