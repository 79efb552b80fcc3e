package io.fenceline.connect.verify;

import static io.fenceline.connect.verify.OffsetRuns.Contains.MAYBE;
import static io.fenceline.connect.verify.OffsetRuns.Contains.NO;
import static io.fenceline.connect.verify.OffsetRuns.Contains.YES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OffsetRunsTest {

    @Test
    void shouldHoldWhatWasAddedAndNotTakenOut() {
        OffsetRuns runs = new OffsetRuns(10);
        runs.add(2, 4);
        runs.add(5, 5);
        runs.add(8, 9);

        assertThat(runs.remove(3)).isEqualTo(YES);
        assertThat(runs.remove(3)).isEqualTo(NO);
        assertThat(runs.contains(2)).isEqualTo(YES);
        assertThat(runs.contains(5)).isEqualTo(YES);
        assertThat(runs.contains(6)).isEqualTo(NO);
        assertThat(runs.contains(9)).isEqualTo(YES);
        assertThat(runs.contains(10)).isEqualTo(NO);
        assertThat(runs.first()).isEqualTo(2);
    }

    /** The bound: it may become vague, but never says yes to what is not there, nor no to what is. */
    @Test
    void shouldNeverSayWhatIsNotSoHoweverLittleItMayRemember() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            OffsetRuns runs = new OffsetRuns(1 + random.nextInt(4));
            TreeSet<Long> truth = new TreeSet<>();
            long next = 0;
            for (int step = 0; step < 40; step++) {
                if (random.nextInt(3) > 0) {
                    long first = next + random.nextInt(4);
                    long last = first + random.nextInt(3);
                    runs.add(first, last);
                    for (long offset = first; offset <= last; offset++) {
                        truth.add(offset);
                    }
                    next = last + 1;
                } else if (next > 0) {
                    long offset = random.nextInt((int) next + 2);
                    if (runs.remove(offset) == YES) {
                        assertThat(truth.remove(offset)).as("seed " + seed).isTrue();
                    }
                }
                for (long offset = 0; offset < next + 3; offset++) {
                    OffsetRuns.Contains found = runs.contains(offset);
                    if (found != MAYBE) {
                        assertThat(found == YES)
                                .as("seed " + seed + " round " + round + " offset " + offset)
                                .isEqualTo(truth.contains(offset));
                    }
                }
            }
        }
    }
}
