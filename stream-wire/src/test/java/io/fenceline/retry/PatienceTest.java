package io.fenceline.retry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatienceTest {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final long MIN = 100 * MILLI;
    private static final long MAX = 10 * SECOND;
    /** Wraps in the middle of the tests: a clock like System.nanoTime may be anywhere. */
    private static final long NOW = Long.MAX_VALUE - SECOND;

    private static final DoubleSupplier LOWEST = () -> 0.0;
    private static final DoubleSupplier HIGHEST = () -> Math.nextDown(1.0);

    private final Patience patience = patience(Duration.ofSeconds(5), new Random(1)::nextDouble);

    private static Patience patience(@Nullable Duration timeout, DoubleSupplier random) {
        return new Patience(new RetrySettings(Duration.ofNanos(MIN), Duration.ofNanos(MAX), timeout), random);
    }

    // ------------------------------------------------------------------ pauses

    @Test
    void theFirstPauseIsTheShortest() {
        assertThat(patience.pauseAfterFailure(0, NOW)).isEqualTo(MIN);
    }

    @Test
    void pausesDoubleUpToTheLongestAndStayThere() {
        Patience slowest = patience(null, HIGHEST);
        long expected = MIN;
        for (int i = 0; i < 100; i++) {
            assertThat(slowest.pauseAfterFailure(0, NOW)).isBetween(expected - 2, expected);
            expected = Math.min(MAX, 2 * expected);
        }
    }

    @Test
    void noPauseIsShorterThanHalfOfWhatItMayBeNorThanTheShortest() {
        Patience quickest = patience(null, LOWEST);
        for (long expected : new long[] {100, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000}) {
            assertThat(quickest.pauseAfterFailure(0, NOW)).isEqualTo(expected * MILLI);
        }
    }

    @Test
    void pausesOfThoseThatFailedTogetherDiffer() {
        long one = 0;
        long other = 0;
        Patience another = patience(null, new Random(2)::nextDouble);
        for (int i = 0; i < 5; i++) {
            one += patience.pauseAfterFailure(0, NOW);
            other += another.pauseAfterFailure(0, NOW);
        }
        assertThat(one).isNotEqualTo(other);
    }

    @Test
    void aSuccessBeginsPausesAndTheirTimeAnew() {
        for (int i = 0; i < 10; i++) {
            patience.pauseAfterFailure(0, NOW);
        }
        patience.succeeded();
        assertThat(patience.attempts()).isZero();
        assertThat(patience.pauseAfterFailure(0, NOW + 60 * SECOND)).isEqualTo(MIN);
        assertThat(patience.pauseAfterFailure(0, NOW + 64 * SECOND)).isPositive();
        assertThat(patience.pauseAfterFailure(0, NOW + 65 * SECOND)).isZero();
    }

    /** retry.backoff.ms above two hours: the doubled pause had more bits than a number has, and was none at all. */
    @ParameterizedTest
    @CsvSource({"PT3H, PT24H", "PT24H, PT24H", "PT4H53M7.186044416S, PT24H", "PT0.001S, PT1000000H", "P1D, P50000D"})
    void afterHoweverManyAttemptsALongBackoffIsStillAPause(Duration min, Duration max) {
        Patience patience = new Patience(new RetrySettings(min, max, null), new Random(3)::nextDouble);
        long pause = 0;
        for (int i = 0; i < 10_000; i++) {
            pause = patience.pauseAfterFailure(0, NOW);
            assertThat(pause).as("pause %s", i + 1).isBetween(min.toNanos(), Math.max(min.toNanos(), max.toNanos()));
        }
        assertThat(pause).isGreaterThanOrEqualTo(Math.max(min.toNanos(), max.toNanos() / 2));
    }

    @Test
    void settingsBeyondAllTimeAreAPauseWithoutEnd() {
        Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
        Patience patience = new Patience(new RetrySettings(ever, ever, ever), HIGHEST);
        long years = Duration.ofDays(100 * 365).toNanos();
        for (int i = 0; i < 100; i++) {
            assertThat(patience.pauseAfterFailure(0, NOW)).isGreaterThan(years);
        }
    }

    // ------------------------------------------------------------------ pauses that were asked for

    @Test
    void aPauseThatWasAskedForIsTheLeast() {
        assertThat(patience.pauseAfterFailure(60_000, NOW)).isEqualTo(60 * SECOND);
        patience.succeeded();
        assertThat(patience.pauseAfterFailure(1, NOW)).isEqualTo(MIN);
        patience.succeeded();
        assertThat(patience.pauseAfterFailure(-60_000, NOW)).isEqualTo(MIN);
    }

    /** With retry.timeout.ms below the pause S2 asked for the task stopped without trying again. */
    @Test
    void pausesThatWereAskedForDoNotCountHoweverLongTheyAre() {
        long now = NOW;
        for (int i = 0; i < 10; i++) {
            assertThat(patience.pauseAfterFailure(60_000, now)).isEqualTo(60 * SECOND);
            now += 60 * SECOND;
        }
        assertThat(patience.lasted(now + 2 * SECOND)).isEqualTo(Duration.ofSeconds(2));
        assertThat(patience.pauseAfterFailure(0, now + 4_999 * MILLI)).isEqualTo(MILLI);
        assertThat(patience.pauseAfterFailure(0, now + 5_000 * MILLI)).isZero();
    }

    /** Such a number of milliseconds is none of nanoseconds, and their sum was a pause that had passed already. */
    @ParameterizedTest
    @CsvSource({"9223372036854775807", "9223372036855", "15000000000000"})
    void askingForAllTimeThereIsIsNotAskingForNone(long askedMillis) {
        long years = Duration.ofDays(100 * 365).toNanos();
        for (int i = 0; i < 10; i++) {
            assertThat(patience.pauseAfterFailure(askedMillis, NOW + i)).isGreaterThan(years);
            assertThat(patience.lasted(NOW + i)).isZero();
        }
    }

    @Test
    void aPauseThatWasAskedForWhenTheTimeWasOverAlreadyDoesNotProlongIt() {
        patience.pauseAfterFailure(0, NOW);
        assertThat(patience.pauseAfterFailure(60_000, NOW + 5 * SECOND)).isZero();
    }

    // ------------------------------------------------------------------ the time there is

    @Test
    void theTimeRunsFromTheFirstFailureNotFromTheLatest() {
        patience.pauseAfterFailure(0, NOW);
        assertThat(patience.pauseAfterFailure(0, NOW + 4 * SECOND)).isPositive();
        assertThat(patience.pauseAfterFailure(0, NOW + 5 * SECOND - 1)).isPositive();
        assertThat(patience.pauseAfterFailure(0, NOW + 5 * SECOND)).isZero();
        assertThat(patience.attempts()).isEqualTo(4);
        assertThat(patience.lasted(NOW + 5_001 * MILLI)).isEqualTo(Duration.ofMillis(5_001));
    }

    @Test
    void theTimeRunsFromABeginningThatWasTold() {
        patience.runsFrom(NOW);
        assertThat(patience.pauseAfterFailure(0, NOW + 5 * SECOND - 1)).isEqualTo(1);
        assertThat(patience.pauseAfterFailure(0, NOW + 5 * SECOND)).isZero();

        patience.runsFrom(NOW + 5 * SECOND);
        assertThat(patience.attempts()).as("attempts only end with a success").isEqualTo(2);
        assertThat(patience.pauseAfterFailure(0, NOW + 6 * SECOND)).isPositive();
    }

    @Test
    void aBeginningForgetsWhatWasAskedForBefore() {
        patience.pauseAfterFailure(60_000, NOW);
        patience.runsFrom(NOW);
        assertThat(patience.pauseAfterFailure(0, NOW + 5 * SECOND)).isZero();
    }

    @Test
    void aPauseOfOursEndsWithTheTimeSoThatThereIsALastAttempt() {
        patience.pauseAfterFailure(0, NOW);
        assertThat(patience.pauseAfterFailure(0, NOW + 4_990 * MILLI)).isEqualTo(10 * MILLI);
        assertThat(patience.pauseAfterFailure(0, NOW + 5 * SECOND)).isZero();
    }

    @Test
    void withoutATimeoutItNeverLastsTooLong() {
        Patience endless = patience(null, HIGHEST);
        endless.pauseAfterFailure(0, NOW);
        assertThat(endless.pauseAfterFailure(0, NOW + Duration.ofDays(30).toNanos()))
                .isPositive();
    }

    @Test
    void aTimeoutOfZeroEndsWithTheFirstFailure() {
        assertThat(patience(Duration.ZERO, HIGHEST).pauseAfterFailure(60_000, NOW))
                .isZero();
    }

    @Test
    void anExcusedFailureHasNoTimeButItsPausesGrowOn() {
        Patience slowest = patience(null, HIGHEST);
        slowest.excusedPause();
        assertThat(slowest.excusedPause()).isGreaterThan(MIN);
        assertThat(slowest.pauseAfterFailure(0, NOW)).isGreaterThan(3 * MIN);

        patience.pauseAfterFailure(0, NOW);
        patience.excusedPause();
        assertThat(patience.pauseAfterFailure(0, NOW + 60 * SECOND)).isPositive();
    }
}
