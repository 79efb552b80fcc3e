package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ReadWindowTest {

    private static final int INITIAL = 16 << 10;

    private final ReadWindow window = new ReadWindow(INITIAL);

    @Test
    void whatMayComeAndWhatHasComeIsNeverMoreThanWasGranted() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        long granted = INITIAL;
        long open = INITIAL;
        long undecoded = 0;
        long used = 0;
        for (int i = 0; i < 100_000; i++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    int bytes = random.nextInt(100_000);
                    window.grant(bytes);
                    granted += bytes;
                }
                case 1 -> {
                    int bytes = (int) Math.min(open, random.nextInt(20_000));
                    window.arrived(bytes);
                    open -= bytes;
                    undecoded += bytes;
                }
                case 2 -> {
                    long wire = (long) (undecoded * random.nextDouble());
                    long retained =
                            Math.min((long) (wire * random.nextDouble() * 10), wire + Math.max(0, window.room()));
                    used += window.decoded(wire, retained);
                    undecoded -= wire;
                }
                default -> open += window.widen(random.nextInt(3) - 1, random.nextBoolean());
            }
            assertThat(open + undecoded + used).as("seed %s, step %s", seed, i).isLessThanOrEqualTo(granted);
            assertThat(window.room()).as("seed %s, step %s", seed, i).isEqualTo(granted - used - open - undecoded);
        }
    }

    @Test
    void recordsThatTakeTenTimesTheirBytesAreAskedForATenthAtATime() {
        window.grant(150_000);
        for (int i = 0; i < 10; i++) {
            window.arrived(1_000);
            window.decoded(1_000, 10_000);
        }
        window.arrived(INITIAL - 10_000);
        window.decoded(INITIAL - 10_000, 0);
        window.grant(1_000_000);
        assertThat(window.widen(0, true)).isBetween(100_000, 160_000);
    }

    @Test
    void recordsThatTakeLittleMoreThanTheirBytesAreAskedForAlmostAsFarAsMemoryGoes() {
        window.arrived(INITIAL);
        window.decoded(INITIAL, INITIAL);
        window.grant(1_000_000);
        assertThat(window.widen(0, true)).isBetween(800_000, 1_000_000);
    }

    /** A single record may be longer than what its kind makes likely. */
    @Test
    void whatWasBegunMayAlwaysBeCompletedAsFarAsMemoryGoes() {
        window.arrived(INITIAL);
        window.grant(100_000);
        assertThat(window.widen(100_000, false)).isEqualTo(100_000);
        assertThat(window.widen(1, true)).isZero();
    }

    @Test
    void whatLacksIsWhatIsMissing() {
        window.arrived(INITIAL);
        assertThat(window.widen(50_000, false)).isZero();
        assertThat(window.isShortOf(50_000)).isTrue();
        assertThat(window.lacking(50_000, false)).isEqualTo(50_000);
    }

    /** To say so only when nothing comes any more costs a large record another way to the service and back. */
    @Test
    void whatLacksIsKnownBeforeTheWindowIsShut() {
        window.arrived(10_000);
        assertThat(window.isShortOf(6_384)).isFalse();
        assertThat(window.isShortOf(6_385)).isTrue();
        assertThat(window.lacking(6_385, false)).isEqualTo(1);
        assertThat(window.lacking(50_000, false)).isEqualTo(50_000 - 6_384);
    }

    @Test
    void whatNobodyKnowsIsGuessedFromTheLargestBefore() {
        window.arrived(INITIAL);
        assertThat(window.lacking(-1, true)).isEqualTo(1);
        window.unit(100_000);
        window.unit(100);
        assertThat(window.lacking(-1, true)).isBetween(100_000L * 7 / 8 - INITIAL, 106_250L - INITIAL);
    }
}
