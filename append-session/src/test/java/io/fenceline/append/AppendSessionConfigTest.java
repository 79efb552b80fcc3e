package io.fenceline.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AppendSessionConfigTest {

    private static final Guard GUARD = new Guard(new FencingToken("very-secret"), 7);

    @Test
    void fencedNeedsAGuard() {
        assertThatThrownBy(() -> new AppendSessionConfig(
                        RetryPolicy.FENCED,
                        null,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        new RetrySettings(Duration.ofSeconds(1), Duration.ofSeconds(1), null)))
                .hasMessageContaining("FENCED needs a guard");
    }

    @Test
    void guardNeedsATokenThatGuards() {
        assertThatThrownBy(() -> new Guard(FencingToken.NONE, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Guard(new FencingToken("t"), -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void valuesOutOfRangeAreNamed() {
        AppendSessionConfig config = AppendSessionConfig.fenced(GUARD);
        assertThatThrownBy(() -> config.withInflightMaxBytes(0)).hasMessageContaining("inflightMaxBytes");
        assertThatThrownBy(() -> config.withTimeouts(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .hasMessageContaining("ackTimeout");
        assertThatThrownBy(() -> config.withBackoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessageContaining("backoffMax");
    }

    @Test
    void eachSettingIsKept() {
        AppendSessionConfig config = AppendSessionConfig.fenced(GUARD)
                .withInflightMaxBytes(9)
                .withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3))
                .withBackoff(Duration.ofSeconds(4), Duration.ofSeconds(5))
                .withRetryTimeout(Duration.ofSeconds(6));
        assertThat(config)
                .isEqualTo(new AppendSessionConfig(
                        RetryPolicy.FENCED,
                        GUARD,
                        9,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        new RetrySettings(Duration.ofSeconds(4), Duration.ofSeconds(5), Duration.ofSeconds(6))));
    }

    @Test
    void tokensAreNotPrinted() {
        SessionEnd fenced = new SessionEnd.Fenced(GUARD.token());
        assertThat(AppendSessionConfig.fenced(GUARD) + fenced.toString() + fenced.describe())
                .doesNotContain("very-secret");
    }
}
