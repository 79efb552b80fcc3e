package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OffsetTrackerTest {

    private final OffsetTracker tracker = new OffsetTracker();

    private OffsetTracker.Entry batch(long first, long last) {
        OffsetTracker.Entry entry = tracker.open(first);
        entry.extend(last, null, 1);
        return entry;
    }

    /** As with several targets, each of which settles its own records in its own time. */
    @Test
    void entriesThatLieWithinOneAnotherAreSettledInAnyOrder() {
        OffsetTracker.Entry outer = batch(0, 8);
        OffsetTracker.Entry inner = batch(1, 9);
        OffsetTracker.Entry later = batch(10, 12);

        tracker.settle(later);
        assertThat(tracker.firstUnsettled()).isZero();
        tracker.settle(outer);
        assertThat(tracker.firstUnsettled()).isEqualTo(1);
        assertThat(tracker.isEmpty()).isFalse();
        tracker.settle(inner);
        assertThat(tracker.firstUnsettled()).isEqualTo(-1);
        assertThat(tracker.isEmpty()).isTrue();
    }

    @Test
    void nothingIsUnsettledAtFirst() {
        assertThat(tracker.firstUnsettled()).isEqualTo(-1);
        assertThat(tracker.isEmpty()).isTrue();
        assertThat(tracker.drop()).isEqualTo(-1);
    }

    @Test
    void theOldestUnsettledBatchCountsHoweverTheOthersEnd() {
        OffsetTracker.Entry one = batch(5, 9);
        OffsetTracker.Entry two = batch(10, 14);
        OffsetTracker.Entry three = batch(20, 29);

        tracker.settle(two);
        assertThat(tracker.firstUnsettled()).isEqualTo(5);
        tracker.settle(one);
        assertThat(tracker.firstUnsettled()).isEqualTo(20);
        tracker.settle(three);
        assertThat(tracker.isEmpty()).isTrue();
    }

    @Test
    void aReportThatIsOutHoldsTheOffsetAndEverythingBehindIt() {
        CompletableFuture<Void> report = new CompletableFuture<>();
        OffsetTracker.Entry before = batch(0, 4);
        assertThat(tracker.divert(5, report)).isTrue();
        OffsetTracker.Entry behind = batch(6, 9);

        assertThat(tracker.reportIsOutBefore(before)).isFalse();
        assertThat(tracker.reportIsOutBefore(behind)).isTrue();
        tracker.settle(before);
        assertThat(tracker.firstUnsettled()).isEqualTo(5);
        report.complete(null);
        assertThat(tracker.reportIsOutBefore(behind)).isFalse();
        assertThat(tracker.firstUnsettled()).isEqualTo(6);
    }

    @Test
    void aReportThatIsDoneHoldsNothing() {
        assertThat(tracker.divert(5, null)).isFalse();
        assertThat(tracker.divert(6, CompletableFuture.completedFuture(null))).isFalse();
        assertThat(tracker.isEmpty()).isTrue();
    }

    @Test
    void aReportThatFailedNeverSettles() {
        CompletableFuture<Void> report = new CompletableFuture<>();
        tracker.divert(5, report);
        OffsetTracker.Entry behind = batch(6, 9);
        assertThat(tracker.failedReport()).isNull();

        report.completeExceptionally(new IllegalStateException("gone"));

        assertThat(tracker.failedReport()).hasMessage("gone");
        assertThat(tracker.firstUnsettled()).isEqualTo(5);
        assertThat(tracker.reportIsOutBefore(behind)).isTrue();
        assertThat(tracker.divert(12, CompletableFuture.failedFuture(new IllegalStateException("at once"))))
                .isTrue();
    }

    /** As when a store refuses a record that it was sent. */
    @Test
    void aRefusedEntryHoldsItsOffsetUntilItsReportIsSafe() {
        CompletableFuture<Void> report = new CompletableFuture<>();
        OffsetTracker.Entry refused = tracker.open(5);
        OffsetTracker.Entry behind = tracker.open(6);

        assertThat(tracker.refuse(refused)).isTrue();
        tracker.settle(behind);
        assertThat(tracker.firstUnsettled()).as("refused and not reported yet").isEqualTo(5);
        tracker.reported(refused, report);
        assertThat(tracker.firstUnsettled()).isEqualTo(5);
        report.complete(null);
        assertThat(tracker.firstUnsettled()).isEqualTo(-1);
    }

    @Test
    void theReportOfARefusedEntryMayBeSafeAtOnce() {
        for (CompletableFuture<Void> safe :
                Arrays.<@Nullable CompletableFuture<Void>>asList(null, CompletableFuture.completedFuture(null))) {
            OffsetTracker.Entry before = tracker.open(5);
            OffsetTracker.Entry refused = tracker.open(6);
            tracker.refuse(refused);
            tracker.reported(refused, safe);
            assertThat(tracker.firstUnsettled()).isEqualTo(5);
            tracker.settle(before);
            assertThat(tracker.isEmpty()).isTrue();
            tracker.drop();
        }
    }

    @Test
    void aFailedReportCountsOnceEverythingBeforeItIsSettled() {
        OffsetTracker.Entry before = tracker.open(5);
        OffsetTracker.Entry refused = tracker.open(6);
        OffsetTracker.Entry behind = tracker.open(7);
        tracker.refuse(refused);
        tracker.reported(refused, CompletableFuture.failedFuture(new IllegalStateException("gone")));
        tracker.settle(behind);
        assertThat(tracker.failedReport()).isNull();

        tracker.settle(before);
        assertThat(tracker.failedReport()).hasMessage("gone");
        assertThat(tracker.firstUnsettled()).isEqualTo(6);
    }

    @Test
    void ofADroppedEntryNothingIsHeard() {
        OffsetTracker.Entry refused = tracker.open(5);
        OffsetTracker.Entry settled = tracker.open(6);
        tracker.drop();
        OffsetTracker.Entry again = tracker.open(5);

        assertThat(tracker.refuse(refused)).isFalse();
        tracker.settle(settled);
        assertThat(tracker.firstUnsettled()).isEqualTo(5);
        tracker.settle(again);
        assertThat(tracker.isEmpty()).isTrue();
    }

    @Test
    void anEntryHasOneFate() {
        OffsetTracker.Entry refused = tracker.open(5);
        OffsetTracker.Entry settled = tracker.open(6);
        tracker.refuse(refused);
        tracker.settle(settled);

        assertThatThrownBy(() -> tracker.refuse(refused)).hasMessageContaining("offset 5 was refused");
        assertThatThrownBy(() -> tracker.settle(refused)).hasMessageContaining("offset 5 was settled");
        assertThatThrownBy(() -> tracker.refuse(settled)).hasMessageContaining("offset 6 was refused");
        tracker.settle(settled);
        assertThat(tracker.firstUnsettled()).isEqualTo(5);
    }

    @Test
    void entriesAreOpenedInAscendingOrder() {
        tracker.settle(tracker.open(5));
        assertThatThrownBy(() -> tracker.open(5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("offset 5");
        assertThatThrownBy(() -> tracker.divert(4, new CompletableFuture<>()))
                .isInstanceOf(IllegalStateException.class);

        tracker.drop();
        tracker.open(0);
        assertThat(tracker.firstUnsettled()).isZero();
    }

    @Test
    void droppingTellsWhereItBegan() {
        tracker.settle(batch(0, 4));
        batch(5, 9);
        tracker.divert(10, new CompletableFuture<>());

        assertThat(tracker.drop()).isEqualTo(5);
        assertThat(tracker.isEmpty()).isTrue();
        assertThat(tracker.reportIsOutBefore(batch(5, 9))).isFalse();
    }
}
