package io.fenceline.connect.sink.stream;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BatchPackerTest {

    private static final Duration LINGER = Duration.ofMillis(5);
    private static final int METERED = draft(3).meteredSize();
    private static final Duration LONGEST_FILLING = Duration.ofMillis(500);
    private static final boolean BUSY = true;
    private static final boolean CALM = false;

    private final FramePool frames = new FramePool(1 << 20, Long.MAX_VALUE);
    private final OffsetTracker offsets = new OffsetTracker();
    private final BatchPacker packer = new BatchPacker(1000, 1 << 20, frames, offsets);
    private long now;
    private long offset;

    @Test
    void shouldSendAtOnceWhenNothingIsOut() {
        add(1);
        assertThat(packer.isDue(now, LINGER, CALM, false)).isTrue();
    }

    @Test
    void shouldLingerWhileABatchIsOut() {
        sendOne();
        add(1);
        assertThat(packer.isDue(now, LINGER, CALM, false)).isFalse();
        now += LINGER.toNanos() - 1;
        assertThat(packer.isDue(now, LINGER, CALM, false)).isFalse();
        now++;
        assertThat(packer.isDue(now, LINGER, CALM, false)).isTrue();
    }

    @Test
    void shouldWaitUnderLoadForTheRestOfWhatWasFetchedThoughNothingIsOut() {
        add(500);
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isFalse();
        add(10);
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isFalse();
        assertThat(packer.isDue(now, LINGER, BUSY, false))
                .as("the last call brought nothing for it")
                .isTrue();
    }

    @Test
    void shouldNotWaitLongerThanTheLingerUnderLoadThoughItGrowsAllTheTime() {
        add(1);
        now += LINGER.toNanos();
        add(1);
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isTrue();
    }

    @Test
    void shouldWaitUnderLoadForWhatIsOutAndNotForTheClock() {
        BatchPacker.Packed out = sendOne();
        add(1);
        now += 100 * LINGER.toNanos();
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isFalse();
        settle(out);
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isTrue();

        add(1);
        sendOne();
        add(1);
        now += 100 * LINGER.toNanos();
        assertThat(packer.isDue(now, LINGER, CALM, false))
                .as("the load is gone")
                .isTrue();
    }

    @Test
    void shouldSendWhatOnePollBroughtIfToldNotToLinger() {
        add(500);
        assertThat(packer.isDue(now, Duration.ZERO, BUSY, false)).isTrue();
        sendOne();
        add(1);
        assertThat(packer.isDue(now, Duration.ZERO, BUSY, false)).isTrue();
    }

    @Test
    void shouldGiveBackTheMemoryOfAnOpenBatchThatWasNeverSent() {
        addLarge();
        assertThat(packer.hasOpen()).isTrue();
        assertThat(frames.freeBytes()).isZero();
        packer.drop();
        assertThat(packer.hasOpen()).isFalse();
        assertThat(packer.heldBytes()).isZero();
        assertThat(frames.freeBytes()).isPositive();
    }

    @Test
    void shouldGiveBackTheMemoryOfWaitingBatchesThatWereNeverSent() {
        addLarge();
        packer.seal();
        assertThat(packer.hasWaiting()).isTrue();
        assertThat(frames.freeBytes()).isZero();
        packer.drop();
        assertThat(packer.hasWaiting()).isFalse();
        assertThat(packer.heldBytes()).isZero();
        assertThat(frames.freeBytes()).isPositive();
    }

    @Test
    void aBatchThatHasNoRoomForARecordWaitsAndTheRecordOpensTheNext() {
        BatchPacker small = new BatchPacker(2, 1 << 20, frames, new OffsetTracker());
        assertThat(small.add(draft(3), 10, 100L, now)).isFalse();
        assertThat(small.add(draft(3), 12, 120L, now)).isFalse();
        assertThat(small.hasWaiting()).isFalse();

        assertThat(small.add(draft(3), 13, null, now)).isTrue();

        assertThat(small.hasWaiting()).isTrue();
        assertThat(small.hasOpen()).isTrue();
        BatchPacker.Packed first = small.next();
        assertThat(first).isNotNull();
        assertThat(first.batch().recordCount()).isEqualTo(2);
        assertThat(first.entry().firstOffset()).isEqualTo(10);
        assertThat(first.entry().lastOffset()).isEqualTo(12);
        assertThat(first.entry().lastTimestamp()).isEqualTo(120);
        assertThat(first.entry().bytes()).isEqualTo(2 * METERED);
        assertThat(small.next()).as("the open batch is not due by itself").isNull();
        assertThat(small.seal()).isTrue();
        assertThat(small.hasOpen()).isFalse();
        assertThat(small.seal()).as("there is none any more").isFalse();
        BatchPacker.Packed second = small.next();
        assertThat(second).isNotNull();
        assertThat(second.entry().firstOffset()).isEqualTo(13);
        assertThat(second.entry().lastTimestamp()).isNull();
    }

    @Test
    void meteredBytesBoundABatchToo() {
        BatchPacker small = new BatchPacker(1000, 2 * METERED, frames, new OffsetTracker());
        assertThat(small.add(draft(3), 0, null, now)).isFalse();
        assertThat(small.add(draft(3), 1, null, now)).isFalse();
        assertThat(small.add(draft(0), 2, null, now)).isTrue();
    }

    @Test
    void aRecordThatFitsNoBatchIsAMistakeOfOursAndNamesItsOffset() {
        assertThatThrownBy(() -> packer.add(draft(2 << 20), 77, null, now))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("77");
    }

    @Test
    void theLingerCountsFromTheFirstRecordOfTheBatchThatIsOpen() {
        add(1);
        now += 1;
        add(1);
        assertThat(packer.lingersFor(now, LINGER)).isEqualTo(LINGER.toNanos() - 1);
        now += LINGER.toNanos();
        assertThat(packer.lingersFor(now, LINGER)).isZero();
        packer.seal();
        add(1);
        assertThat(packer.lingersFor(now, LINGER)).isEqualTo(LINGER.toNanos());
    }

    @Test
    void nothingIsDueWithoutAnOpenBatchOrBehindOneThatWaits() {
        assertThat(packer.isDue(now, LINGER, CALM, false)).isFalse();
        add(1);
        packer.seal();
        assertThat(packer.isDue(now, LINGER, CALM, false)).isFalse();
        add(1);
        now += 2 * LINGER.toNanos();
        assertThat(packer.isDue(now, LINGER, CALM, false)).isFalse();
        BatchPacker.Packed first = packer.next();
        assertThat(first).isNotNull();
        assertThat(packer.isDue(now, LINGER, CALM, false)).isTrue();
    }

    /** The stream's last offset would say to the next owner that the errant record was dealt with. */
    @Test
    void whatIsBehindAnErrantRecordWaitsUntilItsReportIsSafe() {
        add(1);
        CompletableFuture<Void> report = new CompletableFuture<>();
        assertThat(divert(offset++, report))
                .as("the batch before it takes no more records")
                .isTrue();
        add(1);
        packer.seal();

        BatchPacker.Packed before = packer.next();
        assertThat(before).isNotNull();
        assertThat(before.entry().firstOffset()).isZero();
        assertThat(packer.next()).isNull();
        settle(before);
        assertThat(packer.next()).isNull();
        assertThat(offsets.firstUnsettled()).isEqualTo(1);
        assertThat(packer.hasWaiting()).isTrue();

        report.complete(null);

        BatchPacker.Packed behind = packer.next();
        assertThat(behind).isNotNull();
        assertThat(behind.entry().firstOffset()).isEqualTo(2);
        assertThat(offsets.firstUnsettled()).isEqualTo(2);
    }

    @Test
    void anErrantRecordWhoseReportIsSafeSplitsNoBatch() {
        add(1);
        assertThat(divert(offset++, null)).isFalse();
        assertThat(divert(offset++, CompletableFuture.completedFuture(null))).isFalse();
        assertThat(packer.hasOpen()).isTrue();
        assertThat(packer.hasWaiting()).isFalse();
    }

    @Test
    void aReportOnItsWayWithNothingBeforeItMakesNoBatchWait() {
        assertThat(divert(offset++, new CompletableFuture<>())).isFalse();
        assertThat(packer.hasWaiting()).isFalse();
        assertThat(offsets.isEmpty()).isFalse();
    }

    @Test
    void aReportThatFailedIsToldOnceEverythingBeforeItIsSettled() {
        BatchPacker.Packed out = sendOne();
        divert(offset++, CompletableFuture.failedFuture(new IllegalStateException("no such topic")));
        assertThat(offsets.failedReport()).isNull();
        settle(out);
        assertThat(offsets.failedReport()).hasMessage("no such topic");
        assertThat(offsets.firstUnsettled()).isEqualTo(1);
    }

    @Test
    void nothingAtOrBehindARecordThatMustNotBePassedIsSettled() {
        add(1);
        offsets.open(offset++);
        packer.seal();
        assertThat(packer.hasOpen()).as("what is before it goes out").isFalse();
        BatchPacker.Packed before = packer.next();
        assertThat(before).isNotNull();
        settle(before);
        add(1);
        packer.seal();
        BatchPacker.Packed behind = packer.next();
        assertThat(behind).isNotNull();
        settle(behind);

        assertThat(offsets.firstUnsettled()).isEqualTo(1);
        assertThat(offsets.isEmpty()).isFalse();
        assertThat(drop()).isEqualTo(1);
        assertThat(offsets.firstUnsettled()).isEqualTo(-1);
    }

    @Test
    void bytesAreHeldFromTheRecordToTheEndOfItsBatch() {
        BatchPacker.Packed first = sendOne();
        add(2);
        assertThat(packer.heldBytes()).isEqualTo(3 * METERED);
        settle(first);
        assertThat(packer.heldBytes()).isEqualTo(2 * METERED);
    }

    @Test
    void itIsEmptyOnceEverythingIsSettled() {
        assertThat(offsets.isEmpty()).isTrue();
        add(1);
        assertThat(offsets.isEmpty()).as("open").isFalse();
        packer.seal();
        assertThat(offsets.isEmpty()).as("waits").isFalse();
        BatchPacker.Packed packed = packer.next();
        assertThat(packed).isNotNull();
        assertThat(offsets.isEmpty()).as("out").isFalse();
        settle(packed);
        assertThat(offsets.isEmpty()).isTrue();
        assertThat(offsets.firstUnsettled()).isEqualTo(-1);
    }

    @Test
    void whatIsForgottenBeginsAtItsFirstOffsetAndLeavesRoomForANewBeginning() {
        assertThat(drop()).isEqualTo(-1);
        offset = 40;
        sendOne();
        add(1);
        packer.seal();
        add(1);

        assertThat(drop()).isEqualTo(40);

        assertThat(offsets.isEmpty()).isTrue();
        assertThat(packer.next()).isNull();
        offset = 40;
        add(1);
        assertThat(packer.isDue(now, LINGER, CALM, false))
                .as("nothing is out any more")
                .isTrue();
        BatchPacker.Packed again = sendOne();
        assertThat(again.entry().firstOffset()).isEqualTo(40);
        assertThat(again.batch().recordCount()).isEqualTo(2);
    }

    private void settle(BatchPacker.Packed batch) {
        packer.settled(batch);
        offsets.settle(batch.entry());
    }

    /** As the lane does with an errant record. */
    private boolean divert(long errant, @Nullable Future<?> report) {
        return offsets.divert(errant, report) && packer.seal();
    }

    private long drop() {
        packer.drop();
        return offsets.drop();
    }

    private BatchPacker.Packed sendOne() {
        add(1);
        packer.seal();
        BatchPacker.Packed packed = packer.next();
        assertThat(packed).isNotNull();
        return packed;
    }

    /** Enough for pieces of the pool's size. */
    private void addLarge() {
        for (int i = 0; i < 15; i++) {
            packer.add(draft(50_000), offset++, null, now);
        }
    }

    private void add(int records) {
        for (int i = 0; i < records; i++) {
            packer.add(draft(3), offset++, null, now);
        }
    }

    private static RecordDraft draft(int bodyBytes) {
        return new RecordDraft().timestamp(1).body(new byte[bodyBytes], 0, bodyBytes);
    }

    @Test
    void shouldWaitUnderLoadForTheNextFetchBehindAFullBatchThoughNothingIsOut() {
        beginBehindFullBatch();
        packer.isDue(now, LINGER, BUSY, false);
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isFalse();
        now += LONGEST_FILLING.toNanos() - 1;
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isFalse();
        now++;
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isTrue();
    }

    @Test
    void shouldWaitBehindAFullBatchForALongerLingerIfThereIsOne() {
        Duration patient = LONGEST_FILLING.multipliedBy(2);
        beginBehindFullBatch();
        now += LONGEST_FILLING.toNanos();
        assertThat(packer.isDue(now, patient, BUSY, false)).isFalse();
        now += LONGEST_FILLING.toNanos();
        assertThat(packer.isDue(now, patient, BUSY, false)).isTrue();
    }

    @Test
    void shouldNotWaitBehindAFullBatchWhenTheLoadIsGone() {
        beginBehindFullBatch();
        assertThat(packer.isDue(now, LINGER, CALM, false)).isTrue();
    }

    @Test
    void shouldNotWaitForRecordsThatCannotComeBeforeItIsSentItself() {
        beginBehindFullBatch();
        assertThat(packer.isDue(now, LINGER, BUSY, true)).isTrue();

        packer.seal();
        assertThat(packer.next()).isNotNull();
        add(1);
        packer.isDue(now, LINGER, BUSY, true);
        assertThat(packer.isDue(now, LINGER, BUSY, true))
                .as("what is out will be settled")
                .isFalse();
    }

    @Test
    void shouldForgetTheFullBatchOnceAnotherWasSentThatWasNotFull() {
        beginBehindFullBatch();
        packer.seal();
        settle(requireNonNull(packer.next()));
        add(1);
        packer.isDue(now, LINGER, BUSY, false);
        assertThat(packer.isDue(now, LINGER, BUSY, false)).isTrue();
    }

    /** A stream that takes nothing kept batches of all others of the task waiting for half a second. */
    @Test
    void shouldWaitForTheNextFetchOfItsOwnPartitionOnlyWhileItIsHeldBackItself() {
        add(1001);
        assertThat(packer.next()).isNotNull();
        now += LINGER.toNanos();
        assertThat(packer.isDue(now, LINGER, CALM, true)).as("held back").isFalse();
        assertThat(packer.isDue(now, LINGER, CALM, false)).as("another is").isTrue();
    }

    /** One record is open; the full batch before it is settled. */
    private void beginBehindFullBatch() {
        add(1001);
        settle(requireNonNull(packer.next()));
    }
}
