package io.fenceline.connect.sink.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommitBoundTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final CommitBound bound = new CommitBound();

    @Test
    void beforeTheFirstCommitAThousandOffsetsFromTheFirstOneMayBeSent() {
        bound.handedOver(5_000, 0);
        bound.handedOver(5_001, 0);

        assertThat(bound.admits(5_999)).isTrue();
        assertThat(bound.admits(6_000)).isFalse();
    }

    @Test
    void behindACommitAThousandOffsetsFromItsOffset() {
        bound.handedOver(0, 0);
        bound.given(300, 0);

        assertThat(bound.admits(1_299)).isTrue();
        assertThat(bound.admits(1_300)).isFalse();
    }

    /** Also where compaction or a filter left few records: the next task may be handed those that this one was not. */
    @Test
    void offsetsCountNotRecords() {
        bound.handedOver(0, 0);

        assertThat(bound.admits(999)).isTrue();
        assertThat(bound.admits(1_000_000)).isFalse();
    }

    /** The commit at 50,000 may fail: then the next start is at 0, and looks at 2,000 offsets. */
    @Test
    void aCommitFarAheadIsTrustedOnlyOnceAnotherWasAskedFor() {
        bound.handedOver(0, 0);
        bound.given(50_000, 0);
        assertThat(bound.admits(50_000)).isFalse();
        assertThat(bound.wantsCommit(50_000, true, 1)).isTrue();

        bound.given(50_000, 2);

        assertThat(bound.admits(50_999)).isTrue();
        assertThat(bound.admits(51_000)).isFalse();
    }

    @Test
    void aCommitIsAskedForOnceHalfIsUsedAndSomethingWasSettled() {
        bound.handedOver(0, 0);
        bound.admits(498);
        assertThat(bound.wantsCommit(10, false, 1)).isFalse();
        bound.admits(499);
        assertThat(bound.wantsCommit(0, false, 1)).as("nothing new to commit").isFalse();

        assertThat(bound.wantsCommit(10, false, 1)).isTrue();
        assertThat(bound.wantsCommit(20, false, 2)).as("it was asked for").isFalse();
        bound.given(20, 3);
        assertThat(bound.wantsCommit(30, false, 4)).as("480 of 1,000 are used").isFalse();
        bound.admits(519);
        assertThat(bound.wantsCommit(30, false, 4)).isTrue();
    }

    @Test
    void otherwiseOnceASecondAfterSomethingWasSettled() {
        bound.handedOver(0, 0);
        bound.admits(0);

        assertThat(bound.wantsCommit(1, false, SECOND - 1)).isFalse();
        assertThat(bound.wantsCommit(1, false, SECOND)).isTrue();
        bound.given(1, SECOND + 1);
        assertThat(bound.wantsCommit(1, false, 10 * SECOND))
                .as("nothing settled since")
                .isFalse();
        bound.admits(1);
        assertThat(bound.wantsCommit(2, false, 10 * SECOND)).isTrue();
    }

    @Test
    void aWorkerThatWasAskedAndDidNotCommitIsAskedAgainAfterASecond() {
        bound.handedOver(0, 0);
        bound.admits(999);
        assertThat(bound.wantsCommit(500, true, 1)).isTrue();

        assertThat(bound.wantsCommit(500, true, SECOND)).isFalse();
        assertThat(bound.wantsCommit(500, true, SECOND + 1)).isTrue();
    }

    @Test
    void aRecordThatWaitsIsReasonEnoughToAsk() {
        bound.handedOver(0, 0);
        bound.admits(1);

        assertThat(bound.wantsCommit(2, true, 1)).isTrue();
    }

    @Test
    void aCommitBeforeTheFirstRecordIsWhereItBegins() {
        bound.given(100, 0);
        bound.handedOver(150, 0);

        assertThat(bound.admits(1_099)).isTrue();
        assertThat(bound.admits(1_100)).isFalse();
    }

    @Test
    void nothingIsAskedForBeforeTheFirstRecord() {
        assertThat(bound.wantsCommit(0, false, 100 * SECOND)).isFalse();
    }
}
