package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JumpWatchTest {

    private final LaneCounters counters = new LaneCounters();
    private final List<String> warnings = new ArrayList<>();
    private final JumpWatch watch = new JumpWatch("t-0", counters, warnings::add);

    @Test
    void offsetsThatFollowEachOtherAreNoJump() {
        watch.begin(false);
        watch.onAccepted(5);
        watch.onAccepted(6);
        watch.onAccepted(7);
        assertThat(counters.gaps.sum()).isZero();
    }

    @Test
    void eachOffsetThatDoesNotFollowIsAJump() {
        watch.begin(false);
        watch.onAccepted(5);
        watch.onAccepted(7);
        watch.onAccepted(8);
        watch.onAccepted(100);
        assertThat(counters.gaps.sum()).isEqualTo(2);
    }

    @Test
    void recordsHandedOverAgainAreNoJumpAndTheOnesBehindThemCountFromThere() {
        watch.begin(false);
        watch.onAccepted(5);
        watch.onAccepted(3);
        watch.onAccepted(4);
        assertThat(counters.gaps.sum()).isZero();
        watch.onAccepted(6);
        assertThat(counters.gaps.sum()).isEqualTo(1);
    }

    @Test
    void theFirstRecordOfAnOwnershipIsNoJumpWhateverWasHandedOverBefore() {
        watch.begin(true);
        watch.onAccepted(5);
        watch.begin(false);
        watch.onAccepted(90);
        assertThat(counters.gaps.sum()).isZero();
    }

    @Test
    void whereThePastIsUnknownJumpsCountFromTheSecondRecordOn() {
        watch.begin(true);
        watch.onAccepted(5);
        watch.onAccepted(9);
        assertThat(counters.gaps.sum()).isEqualTo(1);
    }

    @Test
    void goingOnBehindRecordsThatNobodyHandedOverIsAJump() {
        watch.begin(false);
        watch.onSkipped(5, 9);
        watch.onAccepted(9);
        assertThat(counters.gaps.sum()).isEqualTo(1);
    }

    /** It was an INFO line that spoke of filters and compaction only. */
    @Test
    void recordsThatMayHaveExpiredWhileTheSinkRestedAreWarnedOfOnce() {
        watch.begin(false);
        watch.heldBack();
        watch.onSkipped(5, 9);
        watch.onAccepted(9);
        watch.onAccepted(10);
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("t-0: goes on at offset 9; offsets 5 to 8 were not handed over")
                .contains("expired");
    }

    @Test
    void aJumpAfterAPauseIsWarnedOfBecauseRetentionMayHavePassedIt() {
        watch.begin(false);
        watch.onAccepted(5);
        watch.heldBack();
        watch.onAccepted(9);
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("t-0: offset 9 follows offset 5 after the partition");
    }

    @Test
    void aJumpWithoutAPauseIsNoReasonToWarn() {
        watch.begin(false);
        watch.onAccepted(5);
        watch.onAccepted(9);
        watch.heldBack();
        watch.onAccepted(10);
        watch.onAccepted(20);
        assertThat(warnings)
                .as("the pause was over with the record that followed")
                .isEmpty();
        assertThat(counters.gaps.sum()).isEqualTo(2);
    }

    @Test
    void theFirstRecordOfAnOwnershipBehindAPauseIsNoReasonToWarn() {
        watch.begin(false);
        watch.onAccepted(5);
        watch.heldBack();
        watch.begin(false);
        watch.onAccepted(9);
        watch.onAccepted(12);
        assertThat(warnings).isEmpty();
    }

    @Test
    void aStartBehindRecordsNobodyKnowsOfIsWarnedOfOnce() {
        watch.begin(true);
        watch.onAccepted(5);
        watch.onAccepted(7);
        assertThat(warnings)
                .containsExactly("t-0: starts at offset 5; nothing is known of earlier records of this partition");
    }

    @Test
    void aStartWithTheFirstRecordOrBehindAKnownPastIsNoReasonToWarn() {
        watch.begin(true);
        watch.onAccepted(0);
        watch.begin(false);
        watch.onAccepted(5);
        assertThat(warnings).isEmpty();
    }

    @Test
    void theLagIsWhatWasAcceptedBehindTheLastDurableOffset() {
        assertThat(watch.lagBehind(3)).isZero();
        watch.begin(false);
        assertThat(watch.lagBehind(3)).isZero();
        watch.onAccepted(10);
        assertThat(watch.lagBehind(3)).isEqualTo(7);
        assertThat(watch.lagBehind(10)).isZero();
        assertThat(watch.lagBehind(12))
                .as("the stream held more than was handed over")
                .isZero();
    }
}
