package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecimalDigitsTest {

    private final byte[] buffer = new byte[2 + DecimalDigits.MOST];
    private final DecimalDigits digits = new DecimalDigits(buffer, 2);

    @Test
    void shouldShowEveryNumberOfARunAcrossEachNewDigit() {
        for (long value = 0; value < 120_000; value++) {
            assertThat(shown(value)).isEqualTo(Long.toString(value));
        }
    }

    @Test
    void shouldShowNumbersThatStayMoveAndJumpBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long value = 0;
        for (int i = 0; i < 100_000; i++) {
            value = switch (random.nextInt(6)) {
                case 0 -> value;
                case 1 -> Math.max(0, value - random.nextInt(3));
                case 2 -> random.nextLong(1L << (1 + random.nextInt(62)));
                case 3 -> random.nextInt(20_000);
                default -> Math.min(Long.MAX_VALUE - 3, value) + random.nextInt(3);
            };
            assertThat(shown(value)).as("seed %d, step %d", seed, i).isEqualTo(Long.toString(value));
        }
    }

    @Test
    void shouldShowTheLargestNumberAndThenZero() {
        assertThat(shown(Long.MAX_VALUE)).isEqualTo("9223372036854775807");
        assertThat(shown(Long.MAX_VALUE - 1)).isEqualTo("9223372036854775806");
        assertThat(shown(0)).isEqualTo("0");
    }

    @Test
    void shouldLeaveAloneWhatStandsBefore() {
        buffer[0] = 'p';
        buffer[1] = '/';
        digits.show(98_765);
        digits.show(98_766);
        assertThat(new String(buffer, 0, 7, StandardCharsets.US_ASCII)).isEqualTo("p/98766");
    }

    private String shown(long value) {
        int end = digits.show(value);
        return new String(buffer, 2, end - 2, StandardCharsets.US_ASCII);
    }
}
