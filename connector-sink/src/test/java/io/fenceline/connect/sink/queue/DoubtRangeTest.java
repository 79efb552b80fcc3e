package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoubtRangeTest {

    private final List<String> warnings = new ArrayList<>();
    private final DoubtRange range = new DoubtRange("orders-3 → q.fifo", warnings::add);

    @Test
    void itBeginsWithTheFirstOffsetHandedOverAndHoldsTwoThousand() {
        range.handedOver(70);
        range.handedOver(5_000);

        assertThat(range.contains(70)).isTrue();
        assertThat(range.contains(2_069)).isTrue();
        assertThat(range.contains(2_070)).isFalse();
        assertThat(range.last()).isEqualTo(2_069);
    }

    @Test
    void itHoldsNothingBeforeARecordWasHandedOver() {
        assertThat(range.contains(0)).isFalse();
    }

    /** What was sent before one failed commit, and behind the one before it. */
    @Test
    void itHoldsWhatTheBoundAllowsWhenTheLastCommitFailed() {
        CommitBound bound = new CommitBound();
        bound.handedOver(0, 0);
        bound.given(999, 0);
        long highest = 0;
        for (long offset = 0; bound.admits(offset); offset++) {
            highest = offset;
        }

        range.handedOver(0);

        assertThat(highest).isEqualTo(1_998);
        assertThat(range.contains(highest)).isTrue();
    }

    @Test
    void theWarningNamesPartitionAndOffsetsOnce() {
        range.handedOver(70);

        range.sendsAgain();
        range.sendsAgain();

        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("orders-3 → q.fifo: offsets 70 to 2069 may have been sent by an earlier task");
    }
}
