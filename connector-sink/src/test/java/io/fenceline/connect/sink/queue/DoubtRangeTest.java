package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DoubtRangeTest {

    private final DoubtRange range = new DoubtRange("orders-3 → q.fifo");

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

        assertThat(range.sendsAgain())
                .startsWith("orders-3 → q.fifo: offsets 70 to 2069 may have been sent by an earlier task");
        assertThat(range.sendsAgain()).isNull();
    }

    @Test
    void eachPauseOfTheWorkerIsWarnedOfOnceWithTheFirstOffsetThatIsSentAfterIt() {
        range.handedOver(70);

        assertThat(range.sendsAfterPause(80, 1))
                .startsWith("orders-3 → q.fifo: the worker did not call this task for more than 30 s")
                .contains("from offset 80 on");
        assertThat(range.sendsAfterPause(81, 1)).isNull();
        assertThat(range.sendsAfterPause(90, 2)).contains("from offset 90 on");
    }
}
