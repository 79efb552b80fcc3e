package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadTroubleTest {

    private static final long MILLI = 1_000_000;
    private static final long MIN = 100 * MILLI;
    private static final long MAX = 10_000 * MILLI;
    /** Wrapped in the middle of the tests: a clock like System.nanoTime may be anywhere. */
    private static final long NOW = Long.MAX_VALUE - 1_000 * MILLI;

    private final ReadTrouble trouble = trouble(Duration.ofSeconds(5), new Random(1));

    private static ReadTrouble trouble(@Nullable Duration retryLimit, Random random) {
        return new ReadTrouble(
                new ReadPolicy(
                        GapPolicy.FAIL,
                        RecreationPolicy.FAIL,
                        false,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(20),
                        Duration.ofNanos(MIN),
                        Duration.ofNanos(MAX),
                        retryLimit),
                random);
    }

    /** The longest pauses there can be. */
    private static ReadTrouble slowest() {
        return trouble(null, new Random() {
            @Override
            public double nextDouble() {
                return Math.nextDown(1.0);
            }
        });
    }

    @Test
    void theFirstPauseIsTheShortest() {
        assertThat(trouble.pauseAfter("broken", NOW, 0)).isEqualTo(MIN);
    }

    @Test
    void pausesDoubleUpToTheLongestAndStayThere() {
        ReadTrouble slowest = slowest();
        long expected = MIN;
        for (int i = 0; i < 100; i++) {
            assertThat(slowest.pauseAfter("broken", NOW, 0)).isBetween(expected - 2, expected);
            expected = Math.min(MAX, 2 * expected);
        }
    }

    @Test
    void noPauseIsShorterThanTheShortest() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(trouble.pauseAfter("broken", NOW, 0)).isBetween(MIN, MAX);
        }
    }

    @Test
    void aPauseThatWasAskedForIsTheLeast() {
        assertThat(trouble.pauseAfter("limited", NOW, 60_000 * MILLI)).isEqualTo(60_000 * MILLI);
        trouble.onProgress();
        assertThat(trouble.pauseAfter("limited", NOW, 1)).isEqualTo(MIN);
    }

    @Test
    void whatMakesSenseBeginsPausesAndTheirTimeAnew() {
        for (int i = 0; i < 10; i++) {
            trouble.pauseAfter("broken", NOW, 0);
        }
        trouble.onProgress();
        long later = NOW + 60_000 * MILLI;
        assertThat(trouble.pauseAfter("broken again", later, 0)).isEqualTo(MIN);
        assertThat(trouble.millis(later + 3 * MILLI)).isEqualTo(3);
        assertThat(trouble.last()).isEqualTo("broken again");
    }

    @Test
    void theTimeRunsFromTheFirstTroubleNotFromTheLatest() {
        trouble.pauseAfter("first", NOW, 0);
        assertThat(trouble.pauseAfter("second", NOW + 4_000 * MILLI, 0)).isPositive();
        assertThat(trouble.pauseAfter("third", NOW + 5_000 * MILLI - 1, 0)).isPositive();
        assertThat(trouble.pauseAfter("fourth", NOW + 5_000 * MILLI, 0)).isNotPositive();
        assertThat(trouble.millis(NOW + 5_001 * MILLI)).isEqualTo(5_001);
        assertThat(trouble.last()).isEqualTo("fourth");
    }

    /** With retry.timeout.ms below the pause S2 asked for the task stopped without trying again. */
    @Test
    void pausesThatWereAskedForDoNotCountHoweverLongTheyAre() {
        long now = NOW;
        for (int i = 0; i < 10; i++) {
            assertThat(trouble.pauseAfter("limited", now, 60_000 * MILLI)).isEqualTo(60_000 * MILLI);
            now += 60_000 * MILLI;
        }
        assertThat(trouble.pauseAfter("broken", now + 4_999 * MILLI, 0)).isEqualTo(MILLI);
        assertThat(trouble.pauseAfter("broken", now + 5_000 * MILLI, 0)).isNotPositive();
    }

    @Test
    void aPauseThatWasAskedForWhenTheTimeWasOverAlreadyDoesNotProlongIt() {
        trouble.pauseAfter("broken", NOW, 0);
        assertThat(trouble.pauseAfter("limited", NOW + 5_000 * MILLI, 60_000 * MILLI))
                .isNotPositive();
    }

    @Test
    void aPauseOfOursEndsWithTheLimitSoThatThereIsALastAttempt() {
        trouble.pauseAfter("broken", NOW, 0);
        assertThat(trouble.pauseAfter("broken", NOW + 4_990 * MILLI, 0)).isEqualTo(10 * MILLI);
        assertThat(trouble.pauseAfter("broken", NOW + 5_000 * MILLI, 0)).isNotPositive();
    }

    @Test
    void withoutALimitItNeverLastsTooLong() {
        ReadTrouble patient = trouble(null, new Random(1));
        patient.pauseAfter("broken", NOW, 0);
        assertThat(patient.pauseAfter("broken", NOW + Duration.ofDays(30).toNanos(), 0))
                .isPositive();
    }

    @Test
    void excusedTroubleHasNoTimeButItsPausesGrowOn() {
        ReadTrouble slowest = slowest();
        slowest.excusedPauseAfter("absent");
        assertThat(slowest.excusedPauseAfter("absent")).isGreaterThan(MIN);
        assertThat(slowest.pauseAfter("broken", NOW, 0)).isGreaterThan(3 * MIN);

        trouble.pauseAfter("broken", NOW, 0);
        trouble.excusedPauseAfter("absent");
        assertThat(trouble.last()).isEqualTo("absent");
        assertThat(trouble.pauseAfter("broken", NOW + 60_000 * MILLI, 0)).isPositive();
    }

    @Test
    void theFifthSenselessAnswerInARowIsTheLast() {
        for (int i = 0; i < 4; i++) {
            assertThat(trouble.onSenseless()).isFalse();
        }
        assertThat(trouble.onSenseless()).isTrue();
    }

    @Test
    void senselessAnswersBetweenThoseThatMakeSenseDoNotAddUp() {
        for (int i = 0; i < 20; i++) {
            assertThat(trouble.onSenseless()).isFalse();
            trouble.onProgress();
        }
    }
}
