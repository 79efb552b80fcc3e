package io.fenceline.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetrySettingsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void valuesOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new RetrySettings(Duration.ZERO, SECOND, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("backoffMin");
        assertThatThrownBy(() -> new RetrySettings(SECOND, Duration.ofMillis(999), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("backoffMax");
        assertThatThrownBy(() -> new RetrySettings(SECOND, SECOND, Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("timeout");
    }

    @Test
    void pausesCanBeBoundedWithoutATimeout() {
        assertThat(new RetrySettings(SECOND, Duration.ofSeconds(9), SECOND)
                        .endlessWithPausesUpTo(Duration.ofSeconds(3)))
                .isEqualTo(new RetrySettings(SECOND, Duration.ofSeconds(3), null));
        assertThat(new RetrySettings(SECOND, SECOND, null).endlessWithPausesUpTo(Duration.ofMillis(5)))
                .isEqualTo(new RetrySettings(Duration.ofMillis(5), Duration.ofMillis(5), null));
    }
}
