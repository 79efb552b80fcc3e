package io.fenceline.connect.sink.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClaimPatienceTest {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    /** Wraps in the middle of the tests: a clock like System.nanoTime may be anywhere. */
    private static final long NOW = Long.MAX_VALUE - SECOND;

    private final ClaimPatience patience = patience(Duration.ofSeconds(5));

    private static ClaimPatience patience(Duration limit) {
        ClaimTiming timing =
                new ClaimTiming(Duration.ofMillis(100), Duration.ofSeconds(10), limit, Duration.ofSeconds(120));
        return new ClaimPatience(timing, new Random(1));
    }

    @Test
    void aPauseThatWasAskedForWhenTheTimeWasOverAlreadyDoesNotProlongIt() {
        patience.pauseAfterFailure(0, NOW);
        assertThat(patience.pauseAfterFailure(60_000, NOW + 5 * SECOND)).isNotPositive();
    }

    @Test
    void aSuccessBeginsPausesAndTheirTimeAnew() {
        for (int i = 0; i < 10; i++) {
            patience.pauseAfterFailure(0, NOW);
        }
        patience.succeeded();
        assertThat(patience.pauseAfterFailure(0, NOW + 60 * SECOND)).isBetween(50 * MILLI, 100 * MILLI);
        assertThat(patience.pauseAfterFailure(0, NOW + 64 * SECOND)).isPositive();
        assertThat(patience.pauseAfterFailure(0, NOW + 65 * SECOND)).isNotPositive();
    }

    @Test
    void withoutALimitThereIsAlwaysAnotherAttempt() {
        ClaimPatience endless = patience(Duration.ofMillis(-1));
        endless.pauseAfterFailure(0, NOW);
        assertThat(endless.pauseAfterFailure(0, NOW + Duration.ofDays(30).toNanos()))
                .isPositive();
    }

    @Test
    void theEndSaysHowLongItTookAndWhatFailedLast() {
        patience.pauseAfterFailure(0, NOW);
        ClaimStep.Refused end = patience.exhausted("no answer", NOW + 7 * SECOND);
        assertThat(end.code()).isEqualTo(TerminalCode.RETRIES_EXHAUSTED);
        assertThat(end.seen()).isEqualTo("no progress for 7 s; last failure: no answer");
    }
}
