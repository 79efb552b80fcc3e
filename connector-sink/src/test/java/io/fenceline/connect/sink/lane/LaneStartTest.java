package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.lane.LaneStart.Judgement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LaneStartTest {

    private static final long W = 10;
    private static final Judgement WRITE = new Judgement.Accept(-1);

    private static LaneStart undecided(
            @Nullable Long watermark, Anchor anchor, boolean resetMayJump, boolean positionMayBeStale) {
        return LaneStart.undecided(watermark, anchor, resetMayJump, positionMayBeStale, "stream");
    }

    private static LaneStart at(@Nullable Long watermark) {
        return undecided(watermark, Anchor.exactly(1000L + W), false, false);
    }

    private static LaneStart mayJump() {
        return undecided(W, Anchor.exactly(1000L + W), true, false);
    }

    private static Judgement judge(LaneStart start, long offset) {
        return start.judge(offset, 1000 + offset);
    }

    private static Judgement seek(long offset) {
        return new Judgement.Seek(offset);
    }

    /** The lane has seen record 4 and the worker has moved to the watermark. */
    private static LaneStart awaitingTheWatermark() {
        LaneStart start = at(W);
        assertThat(judge(start, 4)).isEqualTo(seek(W));
        start.onSeekApplied();
        return start;
    }

    // ------------------------------------------------------------------ the first record

    @Test
    void withoutAWatermarkAnythingIsTheStart() {
        for (long first : new long[] {0, 1, 500}) {
            LaneStart start = at(null);
            assertThat(judge(start, first)).isEqualTo(WRITE);
            assertThat(start.mayCommit(0)).isTrue();
        }
    }

    @Test
    void theRecordBehindTheWatermarkIsTheStart() {
        LaneStart start = at(W);
        assertThat(judge(start, W + 1)).isEqualTo(WRITE);
        assertThat(start.mayCommit(0)).isTrue();
    }

    @Test
    void aLaterRecordIsTheStartAndWhatLiesBetweenIsNamed() {
        assertThat(judge(at(W), W + 2)).isEqualTo(new Judgement.Accept(W + 1));
        assertThat(judge(at(W), W + 500)).isEqualTo(new Judgement.Accept(W + 1));
    }

    @Test
    void aRecordAtOrBelowTheWatermarkMovesTheConsumerToIt() {
        for (long first = 0; first <= W; first++) {
            LaneStart start = at(W);
            assertThat(judge(start, first)).isEqualTo(seek(W));
            assertThat(start.mayCommit(0)).isFalse();
        }
    }

    @Test
    void aLaterRecordIsLookedIntoWhenTheResetMayHaveJumped() {
        assertThat(judge(mayJump(), W + 1)).isEqualTo(WRITE);
        assertThat(judge(mayJump(), W + 2)).isEqualTo(seek(W));
        assertThat(judge(mayJump(), W)).isEqualTo(seek(W));
    }

    // ------------------------------------------------------------------ after the seek to W

    @Test
    void theWatermarksRecordIsDroppedIfItsTimestampFits() {
        LaneStart start = awaitingTheWatermark();
        assertThat(judge(start, W)).isEqualTo(Judgement.DROP);
        assertThat(judge(start, W + 1)).isEqualTo(WRITE);
    }

    @Test
    void anotherTimestampContradicts() {
        assertThat(awaitingTheWatermark().judge(W, 5L)).isInstanceOf(Judgement.Contradiction.class);
        assertThat(awaitingTheWatermark().judge(W, null)).isInstanceOf(Judgement.Contradiction.class);
    }

    @Test
    void lowBitsAreEnoughToContradictAndToAgree() {
        for (long difference : new long[] {0, 1L << 18, 5L << 18}) {
            LaneStart start = undecided(W, Anchor.lowBits(77), false, false);
            judge(start, 0);
            start.onSeekApplied();
            assertThat(start.judge(W, 77 + difference)).isEqualTo(Judgement.DROP);
        }
        LaneStart start = undecided(W, Anchor.lowBits(77), false, false);
        judge(start, 0);
        start.onSeekApplied();
        assertThat(start.judge(W, 78L)).isInstanceOf(Judgement.Contradiction.class);
    }

    @Test
    void anOffsetBelowTheWatermarkContradicts() {
        assertThat(judge(awaitingTheWatermark(), W - 1)).isInstanceOf(Judgement.Contradiction.class);
        assertThat(judge(awaitingTheWatermark(), 0)).isInstanceOf(Judgement.Contradiction.class);
    }

    @Test
    void ifTheWatermarksRecordIsGoneTheFirstOneAboveItIsTheStart() {
        assertThat(judge(awaitingTheWatermark(), W + 1)).isInstanceOf(Judgement.Accept.class);
        assertThat(judge(awaitingTheWatermark(), W + 7)).isInstanceOf(Judgement.Accept.class);
    }

    @Test
    void ifTheResetJumpedOverTheRecordFirstShownTheConsumerReturnsToIt() {
        LaneStart start = mayJump();
        assertThat(judge(start, 20)).isEqualTo(seek(W));
        start.onSeekApplied();
        assertThat(judge(start, 35)).isEqualTo(seek(20));
        start.onSeekApplied();
        assertThat(judge(start, 20)).isEqualTo(WRITE);
        assertThat(start.mayCommit(0)).isTrue();
    }

    @Test
    void aRecordBetweenTheWatermarkAndTheOneFirstShownIsTheStart() {
        LaneStart start = mayJump();
        judge(start, 20);
        start.onSeekApplied();
        assertThat(judge(start, 13)).isInstanceOf(Judgement.Accept.class);
    }

    @Test
    void onTheWayBackARecordAboveTheOneShownIsFineAndOneBelowIsNot() {
        LaneStart above = mayJump();
        judge(above, 20);
        above.onSeekApplied();
        judge(above, 35);
        above.onSeekApplied();
        assertThat(judge(above, 22)).isEqualTo(WRITE);

        LaneStart below = mayJump();
        judge(below, 20);
        below.onSeekApplied();
        judge(below, 35);
        below.onSeekApplied();
        assertThat(judge(below, 19)).isInstanceOf(Judgement.Contradiction.class);
    }

    // ------------------------------------------------------------------ at any time

    @Test
    void anOffsetNotAboveTheLastOneContradicts() {
        LaneStart start = at(null);
        judge(start, 5);
        judge(start, 6);
        assertThat(judge(start, 6)).isInstanceOf(Judgement.Contradiction.class);

        LaneStart again = at(null);
        judge(again, 5);
        assertThat(judge(again, 2)).isInstanceOf(Judgement.Contradiction.class);
    }

    @Test
    void afterASeekOffsetsStartAnew() {
        LaneStart start = at(null);
        judge(start, 5);
        start.onSeekApplied();
        assertThat(judge(start, 5)).isEqualTo(WRITE);
    }

    // ------------------------------------------------------------------ after a re-claim

    @Test
    void afterAReclaimTheConsumerMovesToWhatWasDroppedOrToTheWatermark() {
        assertThat(at(W).seekAfterDropping(11)).isEqualTo(11);
        assertThat(at(W).seekAfterDropping(25)).isEqualTo(25);
        assertThat(at(W).seekAfterDropping(10)).isEqualTo(W);
        assertThat(at(W).seekAfterDropping(3)).isEqualTo(W);
        assertThat(at(null).seekAfterDropping(3)).isEqualTo(3);
    }

    @Test
    void afterAReclaimTheWatermarksRecordIsCheckedToo() {
        LaneStart start = at(W);
        start.seekAfterDropping(3);
        start.onSeekApplied();
        assertThat(start.judge(W, 5L)).isInstanceOf(Judgement.Contradiction.class);

        LaneStart fits = at(W);
        fits.seekAfterDropping(3);
        fits.onSeekApplied();
        assertThat(judge(fits, W)).isEqualTo(Judgement.DROP);
    }

    // ------------------------------------------------------------------ commits

    @Test
    void whereTheResetMayJumpTheOffsetToCommitIsLookedIntoBeforeItIsCommitted() {
        LaneStart start = mayJump();
        assertThat(start.lookBackFrom(W + 1)).isEqualTo(-1);
        assertThat(start.mayCommit(W + 1)).isTrue();
        assertThat(start.mayCommit(W + 20)).isFalse();

        assertThat(start.lookBackFrom(W + 20)).isEqualTo(W);
        assertThat(start.lookBackFrom(W + 20)).as("once").isEqualTo(-1);
        start.onSeekApplied();
        assertThat(start.mayCommit(W + 21)).as("it may have jumped again").isFalse();
        assertThat(judge(start, W)).isEqualTo(Judgement.DROP);

        assertThat(at(W).lookBackFrom(W + 20)).isEqualTo(-1);
    }

    @Test
    void untilTheStartIsDecidedOnlyAnUnseenOffsetAboveTheWatermarkIsCommitted() {
        LaneStart start = at(W);
        assertThat(start.mayCommit(W)).isFalse();
        assertThat(start.mayCommit(W + 1)).isTrue();
        assertThat(at(null).mayCommit(0)).isTrue();

        judge(start, 4);
        assertThat(start.mayCommit(W + 1)).isFalse();
        start.onSeekApplied();
        assertThat(start.mayCommit(W)).isFalse();
        assertThat(start.mayCommit(W + 1))
                .as("the watermark and what follows were filtered")
                .isTrue();
        judge(start, W);
        assertThat(start.mayCommit(W + 1)).isTrue();

        LaneStart reclaimed = at(W);
        reclaimed.seekAfterDropping(5);
        assertThat(reclaimed.mayCommit(W + 1)).isFalse();
    }

    @Test
    void atLeastOnceWritesWhateverComes() {
        LaneStart start = LaneStart.anywhere();
        assertThat(start.mayCommit(0)).isTrue();
        assertThat(judge(start, 7)).isEqualTo(WRITE);
        assertThat(judge(start, 8)).isEqualTo(WRITE);
    }

    @Test
    void aTopicMadeAgainWhileARecordIsAskedForAgainContradicts() {
        LaneStart start = LaneStart.anywhere();
        judge(start, 7);
        judge(start, 8);
        start.handOverAgain(8);
        start.onSeekApplied();
        assertThat(judge(start, 7))
                .isEqualTo(new Judgement.Contradiction("offset 7 came back after a seek to offset 8", true));
        assertThat(judge(start, 8)).isEqualTo(WRITE);
        assertThat(judge(start, 9)).isEqualTo(WRITE);
    }

    // ------------------------------------------------------------------ a position from before the topic was made
    // again

    @Test
    void aPositionOfTheOldTopicInTheNewOneSkippedWhatTheNewOneHeldBelowIt() {
        LaneStart start = undecided(W, Anchor.exactly(1000L + W), false, true);
        assertThat(judge(start, W + 1)).isEqualTo(seek(W));
        start.onSeekApplied();
        assertThat(start.judge(W, 77L)).isInstanceOf(Judgement.Contradiction.class);
    }

    @Test
    void aPositionInTheSameTopicIsVerifiedAndGoesOn() {
        LaneStart start = undecided(W, Anchor.exactly(1000L + W), false, true);
        judge(start, W + 1);
        start.onSeekApplied();
        assertThat(judge(start, W)).isEqualTo(Judgement.DROP);
        assertThat(judge(start, W + 1)).isEqualTo(WRITE);
    }

    @Test
    void aPositionWhoseRecordBeforeHasExpiredGoesOn() {
        LaneStart start = undecided(W, Anchor.exactly(1000L + W), false, true);
        judge(start, W + 1);
        start.onSeekApplied();
        assertThat(judge(start, W + 1)).isInstanceOf(Judgement.Accept.class);
    }

    // ------------------------------------------------------------------ who else would see it

    @Test
    void whatWasHandedOverIsKnownToThisTaskOnly() {
        LaneStart start = at(null);
        judge(start, 5);

        assertThat(onlySeenHere(judge(start, 5))).isTrue();
    }

    @Test
    void aTopicThatContradictsTheStreamWhereTheConsumerStandsShowsThatToEveryTask() {
        assertThat(onlySeenHere(awaitingTheWatermark().judge(W, 5L))).isFalse();
        assertThat(onlySeenHere(judge(awaitingTheWatermark(), W - 1))).isFalse();
    }

    @Test
    void aPositionLeftOverFromTheOldTopicIsSuspectToEveryTask() {
        LaneStart other = undecided(W, Anchor.exactly(1000L + W), false, true);
        assertThat(judge(other, W + 1)).isEqualTo(seek(W));
        other.onSeekApplied();
        assertThat(onlySeenHere(other.judge(W, 77L))).isFalse();

        LaneStart shorter = undecided(W, Anchor.exactly(1000L + W), false, true);
        assertThat(judge(shorter, W + 1)).isEqualTo(seek(W));
        shorter.onSeekApplied();
        assertThat(onlySeenHere(judge(shorter, 0))).isFalse();

        LaneStart below = undecided(W, Anchor.exactly(1000L + W), false, true);
        assertThat(judge(below, 4)).isEqualTo(seek(W));
        below.onSeekApplied();
        assertThat(onlySeenHere(below.judge(W, 77L))).isFalse();
    }

    private static boolean onlySeenHere(Judgement verdict) {
        return ((Judgement.Contradiction) verdict).onlySeenHere();
    }
}
