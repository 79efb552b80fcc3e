package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendDeadlineTest {

    private static final long SPAN = Duration.ofSeconds(300 - 30 - 12).toNanos();

    private final SendDeadline deadline = new SendDeadline(Duration.ofSeconds(12));

    @Test
    void anAttemptEndsThirtySecondsBeforeTheFiveMinutesAreOver() {
        assertThat(deadline.isOpen(7, 7 + SPAN - 1)).isTrue();
        assertThat(deadline.isOpen(7, 7 + SPAN)).isFalse();
    }

    @Test
    void theClockMayPassZero() {
        assertThat(deadline.isOpen(Long.MAX_VALUE - 5, Long.MIN_VALUE + 5)).isTrue();
        assertThat(deadline.isOpen(Long.MAX_VALUE - 5, Long.MIN_VALUE + SPAN)).isFalse();
    }

    @Test
    void anAttemptLongerThanTheWindowIsNeverRepeated() {
        assertThat(new SendDeadline(Duration.ofMinutes(10)).isOpen(7, 7)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "10, 0, 10",
        "10, 247, 10", // what it has left, and a second
        "10, 248, 9",
        "10, 250, 7",
        "10, 256, 1",
        "10, 256.5, 1.5", // there was a last attempt: with the deadline it is decided
        "10, 257, 1",
        "1, 256.5, 1",
        "300, 0, 257"
    })
    void aPauseEndsASecondBeforeTheDeadlineOrWithIt(double pause, double after, double cut) {
        long first = Long.MAX_VALUE - 5;

        assertThat(deadline.cut(nanos(pause), first, first + nanos(after))).isEqualTo(nanos(cut));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }

    @Test
    void aRecordIsYoungByItsTimestampWithinTheSameTime() {
        long millis = Duration.ofNanos(SPAN).toMillis();

        assertThat(deadline.usableAge(1_000, 1_000 + millis - 1))
                .isEqualTo(Duration.ofMillis(millis - 1).toNanos());
        assertThat(deadline.usableAge(1_000, 1_000)).isZero();
        assertThat(deadline.usableAge(1_000, 1_000 + millis)).isNegative();
        assertThat(deadline.usableAge(1_000, 999)).as("from the future").isNegative();
        assertThat(deadline.usableAge(-1, 5)).as("no timestamp").isNegative();
        assertThat(deadline.usableAge(0, Long.MAX_VALUE)).isNegative();
    }
}
