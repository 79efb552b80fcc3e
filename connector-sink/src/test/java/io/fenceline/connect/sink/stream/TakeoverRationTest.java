package io.fenceline.connect.sink.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TakeoverRationTest {

    private static long minutes(long count) {
        return Duration.ofMinutes(count).toNanos();
    }

    @Test
    void allowsItsLimitWithinTenMinutesWhereverTheClockStands() {
        for (long start : new long[] {0, -5, Long.MAX_VALUE - minutes(3)}) {
            TakeoverRation ration = new TakeoverRation(3);
            assertThat(ration.tryTake(start)).isTrue();
            assertThat(ration.tryTake(start + minutes(4))).isTrue();
            assertThat(ration.tryTake(start + minutes(8))).isTrue();
            assertThat(ration.tryTake(start + minutes(10))).isFalse();
            assertThat(ration.tryTake(start + minutes(10) + 1))
                    .as("the first is forgotten")
                    .isTrue();
            assertThat(ration.tryTake(start + minutes(14))).isFalse();
        }
    }

    @Test
    void aRefusedTakeoverIsNotCounted() {
        TakeoverRation ration = new TakeoverRation(1);
        assertThat(ration.tryTake(0)).isTrue();
        for (int minute = 1; minute <= 10; minute++) {
            assertThat(ration.tryTake(minutes(minute))).isFalse();
        }
        assertThat(ration.tryTake(minutes(11))).isTrue();
    }

    @Test
    void zeroAllowsNone() {
        assertThat(new TakeoverRation(0).tryTake(5)).isFalse();
    }
}
