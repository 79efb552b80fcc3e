package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.Guard;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.machine.LandedScan.Finding;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batches of two, one and two records were sent to positions 10, 12 and 13; ids are 0 to 4. */
class LandedScanTest {

    private final List<PendingAppend> sent = new ArrayList<>();
    private RecordMatcher matcher = RecordMatcher.exact();

    LandedScanTest() {
        Conditions conditions = new Conditions(new Guard(new FencingToken("t"), 10));
        InflightAppends inflight = new InflightAppends();
        int id = 0;
        for (int records : new int[] {2, 1, 2}) {
            PendingAppend append = new PendingAppend(NumberedBatches.of(id, records));
            inflight.add(append, conditions);
            sent.add(append);
            id += records;
        }
    }

    private LandedScan scanTo(long to) {
        return new LandedScan(sent, 10, to, matcher);
    }

    private static SequencedRecord ours(long seqNum) {
        return data(seqNum, Long.toString(seqNum - 10));
    }

    private static SequencedRecord data(long seqNum, String body) {
        return new SequencedRecord(seqNum, 1000 + seqNum, List.of(), body.getBytes(StandardCharsets.US_ASCII));
    }

    private static ReadBatch page(SequencedRecord... records) {
        return new ReadBatch(List.of(records), null);
    }

    @Test
    void wholeBatchesInOrderAreFoundWithTheirPositions() {
        LandedScan scan = scanTo(13);
        assertThat(scan.accept(page(ours(10), ours(11), ours(12)))).isEqualTo(Finding.ALL_OURS);
        assertThat(scan.landed()).extracting(LandedScan.Landed::append).containsExactly(sent.get(0), sent.get(1));
        assertThat(scan.landed().get(0).ack().start().timestamp()).isEqualTo(1010);
        assertThat(scan.landed().get(0).ack().end().seqNum()).isEqualTo(12);
        assertThat(scan.landed().get(0).ack().end().timestamp()).isEqualTo(1011);
    }

    @Test
    void partOfABatchIsNotOurs() {
        LandedScan scan = scanTo(11);
        assertThat(scan.accept(page(ours(10)))).isEqualTo(Finding.FOREIGN);
        assertThat(scan.at()).isEqualTo(10);
        assertThat(scan.landed()).isEmpty();
    }

    @Test
    void recordBehindTheRangeIsNotLookedAt() {
        LandedScan scan = scanTo(12);
        assertThat(scan.accept(page(ours(10), ours(11), data(12, "later")))).isEqualTo(Finding.ALL_OURS);
    }

    @Test
    void dataWhereNothingWasSentIsForeign() {
        LandedScan scan = scanTo(16);
        assertThat(scan.accept(page(ours(10), ours(11), ours(12), ours(13), ours(14), data(15, "5"))))
                .isEqualTo(Finding.FOREIGN);
        assertThat(scan.at()).isEqualTo(15);
        assertThat(scan.landed()).hasSize(3);
    }

    @Test
    void ourRecordsAtOtherPositionsAreForeign() {
        LandedScan scan = scanTo(11);
        assertThat(scan.accept(page(data(10, "2")))).isEqualTo(Finding.FOREIGN);
    }

    @Test
    void dataBehindACommandIsForeign() {
        LandedScan scan = scanTo(13);
        assertThat(scan.accept(page(ours(10), ours(11), MachineDriver.command(12))))
                .isEqualTo(Finding.NEEDS_CLAIM);

        LandedScan withData = scanTo(15);
        assertThat(withData.accept(page(ours(10), ours(11), MachineDriver.command(12), ours(13), ours(14))))
                .isEqualTo(Finding.FOREIGN);
        assertThat(withData.landed()).hasSize(1);
    }

    @Test
    void commandInsideABatchMeansThatItsBeginningIsNotOurs() {
        LandedScan scan = scanTo(12);
        assertThat(scan.accept(page(ours(10), MachineDriver.command(11)))).isEqualTo(Finding.FOREIGN);
    }

    @Test
    void holeEndsWhatCanBeProvenButForeignDataBehindItIsStillSeen() {
        LandedScan scan = scanTo(15);
        assertThat(scan.accept(page(ours(10), ours(11), ours(13), ours(14)))).isEqualTo(Finding.NEEDS_CLAIM);
        assertThat(scan.landed()).hasSize(1);

        LandedScan foreign = scanTo(15);
        assertThat(foreign.accept(page(ours(12), data(13, "x"), data(14, "y")))).isEqualTo(Finding.FOREIGN);
        assertThat(foreign.landed()).isEmpty();
    }

    @Test
    void holeInsideABatchKeepsThePlaceOfTheRest() {
        LandedScan scan = scanTo(15);
        assertThat(scan.accept(page(ours(11), ours(12), ours(14)))).isEqualTo(Finding.NEEDS_CLAIM);
        assertThat(scan.landed()).isEmpty();
    }

    @Test
    void holeUpToTheEndOfTheRangeEndsIt() {
        LandedScan scan = scanTo(13);
        assertThat(scan.accept(page(ours(10), ours(11)))).isEqualTo(Finding.UNFINISHED);
        assertThat(scan.next()).isEqualTo(12);
        assertThat(scan.accept(page(data(40, "far behind")))).isEqualTo(Finding.NEEDS_CLAIM);
        assertThat(scan.landed()).hasSize(1);
    }

    @Test
    void pagesMayBeCutAnywhere() {
        LandedScan scan = scanTo(15);
        for (long seqNum = 10; seqNum < 14; seqNum++) {
            assertThat(scan.accept(page(ours(seqNum)))).isEqualTo(Finding.UNFINISHED);
            assertThat(scan.next()).isEqualTo(seqNum + 1);
        }
        assertThat(scan.accept(page(ours(14)))).isEqualTo(Finding.ALL_OURS);
        assertThat(scan.landed()).hasSize(3);
    }

    @Test
    void recordBelowTheQuestionIsNoAnswer() {
        assertThat(scanTo(13).accept(page(data(9, "old"), ours(10)))).isEqualTo(Finding.MALFORMED);
    }

    @Test
    void sameIdentityWithOtherContentIsAConflict() {
        matcher = (ours, theirs) -> RecordMatcher.Match.CONFLICT;
        LandedScan scan = scanTo(12);
        assertThat(scan.accept(page(ours(10), ours(11)))).isEqualTo(Finding.CONFLICT);
        assertThat(scan.at()).isEqualTo(10);
    }
}
