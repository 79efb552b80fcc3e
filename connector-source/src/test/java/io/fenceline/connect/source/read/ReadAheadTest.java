package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.Allowance;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReadAheadTest {

    private static final Instant FIRST = Instant.ofEpochSecond(1);
    private static final Instant SECOND = Instant.ofEpochSecond(2);
    /** What one record of the tests counts. */
    private static final int SIZE = record(0).meteredSize();

    private final ReadCounters counters = new ReadCounters();
    private final List<Long> taken = new ArrayList<>();
    private long freed;
    private final ReadAhead ahead = ahead(GapPolicy.CONTINUE);

    private ReadAhead ahead(GapPolicy onGap) {
        ReadPolicy policy = new ReadPolicy(
                onGap,
                RecreationPolicy.RESTART,
                false,
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null));
        return new ReadAhead("s", policy, new ReadFailures("c", "b", "s"), counters, bytes -> freed += bytes);
    }

    @Test
    void handsOverNoMoreThanItIsAskedForAndGoesOnThere() {
        ahead.add(records(0, 5), FIRST, 100);
        ahead.add(records(5, 8), FIRST, 60);

        assertThat(take(ahead, 3, Long.MAX_VALUE)).isEqualTo(3);
        assertThat(freed).as("the first run is not through").isZero();
        assertThat(ahead.takenUpTo()).isEqualTo(3);
        assertThat(take(ahead, 3, Long.MAX_VALUE)).isEqualTo(3);
        assertThat(freed).isEqualTo(100);
        assertThat(take(ahead, 3, Long.MAX_VALUE)).isEqualTo(2);

        assertThat(taken).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(freed).isEqualTo(160);
        assertThat(ahead.isEmpty()).isTrue();
        assertThat(ahead.shownPosition()).isEqualTo(8);
        assertThat(counters.recordsRead.sum()).isEqualTo(8);
        assertThat(counters.bytesRead.sum()).isEqualTo(8L * SIZE);
    }

    @Test
    void doesNotPassTheBytesAskedForExceptWithASingleRecord() {
        ahead.add(records(0, 5), FIRST, 100);

        assertThat(take(ahead, 9, 2L * SIZE + 1)).isEqualTo(2);
        assertThat(take(ahead, 9, SIZE)).isEqualTo(1);
        assertThat(take(ahead, 9, 1)).isEqualTo(1);
    }

    @Test
    void commandsCountAsTakenAndAreNotHandedOver() {
        SequencedRecord command =
                new SequencedRecord(0, 1, List.of(new Header(new byte[0], new byte[] {'f'})), new byte[3]);
        ahead.add(List.of(command), FIRST, 30);

        assertThat(take(ahead, 9, 1)).isZero();
        assertThat(ahead.takenUpTo()).isEqualTo(1);
        assertThat(freed).isEqualTo(30);
        assertThat(counters.commandsSkipped.sum()).isEqualTo(1);
    }

    @Test
    void aGapIsPassedAtItsPlaceAndCounted() {
        ahead.add(records(0, 2), FIRST, 40);
        ahead.add(new ReadItem.Gap(2, 7, FIRST));

        assertThat(take(ahead, 2, Long.MAX_VALUE)).isEqualTo(2);
        assertThat(counters.gaps.sum()).isZero();
        assertThat(take(ahead, 2, Long.MAX_VALUE)).isZero();
        assertThat(counters.gaps.sum()).isEqualTo(1);
        assertThat(counters.recordsMissed.sum()).isEqualTo(5);
        assertThat(ahead.takenUpTo()).as("is not met again").isEqualTo(7);
    }

    @Test
    void aGapThatMustNotBeEndsItBehindTheRecordsBefore() {
        ReadAhead strict = ahead(GapPolicy.FAIL);
        strict.add(records(0, 2), FIRST, 40);
        strict.add(new ReadItem.Gap(2, 7, FIRST));
        strict.add(records(7, 9), FIRST, 40);

        assertThat(take(strict, 9, Long.MAX_VALUE)).isEqualTo(2);
        assertThat(strict.isOver()).isTrue();
        assertThat(strict.failure()).isInstanceOfSatisfying(TerminalException.class, e -> assertThat(e.code())
                .isEqualTo(TerminalCode.STREAM_GAP));
        assertThat(strict.takenUpTo()).isEqualTo(2);
        assertThat(freed).as("what is behind it is not kept").isEqualTo(80);
        strict.add(records(9, 10), FIRST, 20);
        assertThat(take(strict, 9, Long.MAX_VALUE)).isZero();
    }

    @Test
    void theEndWithoutAReasonIsNoFailure() {
        ahead.add(records(0, 1), FIRST, 20);
        ahead.add(new ReadItem.End(null));

        assertThat(take(ahead, 9, Long.MAX_VALUE)).isEqualTo(1);
        assertThat(ahead.isOver()).isTrue();
        assertThat(ahead.failure()).isNull();
    }

    @Test
    void whatFollowsAStreamMadeAgainIsTakenFromTheNewOne() {
        ahead.add(records(0, 1), FIRST, 20);
        ahead.add(new ReadItem.Restart(FIRST, SECOND));
        ahead.add(records(0, 1), SECOND, 20);

        take(ahead, 1, Long.MAX_VALUE);
        assertThat(ahead.takenFrom()).isEqualTo(FIRST);
        take(ahead, 1, Long.MAX_VALUE);
        assertThat(ahead.takenFrom()).isEqualTo(SECOND);
        assertThat(counters.recreations.sum()).isEqualTo(1);
    }

    @Test
    void aPositionWithoutRecordsCountsAsTakenOnlyBehindWhatWasTaken() {
        ahead.add(records(0, 1), FIRST, 20);
        ahead.passTo(9, FIRST);
        assertThat(ahead.takenUpTo()).isNegative();

        take(ahead, 1, Long.MAX_VALUE);
        ahead.passTo(9, FIRST);
        assertThat(ahead.takenUpTo()).isEqualTo(9);
    }

    @Test
    void runsWithoutRecordsNeedNoMemory() {
        ahead.add(List.of(), FIRST, 7);
        assertThat(ahead.isEmpty()).isTrue();
        assertThat(freed).isEqualTo(7);
    }

    private int take(ReadAhead from, int maxRecords, long maxBytes) {
        Allowance allowance = new Allowance(maxRecords, maxBytes);
        from.take(allowance, (stream, record, bytes, createdAt) -> taken.add(record.seqNum()));
        return allowance.records();
    }

    private static List<SequencedRecord> records(long from, long to) {
        return LongStream.range(from, to).mapToObj(ReadAheadTest::record).toList();
    }

    private static SequencedRecord record(long seqNum) {
        return new SequencedRecord(seqNum, 1, List.of(), new byte[10]);
    }
}
