package io.fenceline.connect.verify;

import static io.fenceline.connect.verify.Findings.Kind.ALTERED;
import static io.fenceline.connect.verify.Findings.Kind.DUPLICATES;
import static io.fenceline.connect.verify.Findings.Kind.FOREIGN;
import static io.fenceline.connect.verify.Findings.Kind.IN_KAFKA;
import static io.fenceline.connect.verify.Findings.Kind.IN_S2;
import static io.fenceline.connect.verify.Findings.Kind.MISSING;
import static io.fenceline.connect.verify.Findings.Kind.NOT_COMPARABLE;
import static io.fenceline.connect.verify.Findings.Kind.OUT_OF_ORDER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.RecordId;
import io.fenceline.connect.UserHeader;
import io.fenceline.connect.s2.StoredRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionComparisonTest {

    private final StreamHoles holes = new StreamHoles();

    @Test
    void shouldFindNothingInAFaithfulStream() {
        Findings findings = compare(kafka(0, 5, 0, 1, 2, 3, 4), 0, 1, 2, 3, 4);

        assertThat(findings.isClean(false)).isTrue();
        assertCounts(findings, Map.of(IN_KAFKA, 5, IN_S2, 5));
    }

    @Test
    void shouldFindNothingInAnEmptyPartition() {
        assertCounts(compare(kafka(0, 0)), Map.of());
    }

    @Test
    void shouldNotMissOffsetsKafkaDoesNotHaveItself() {
        assertCounts(compare(kafka(0, 12, 0, 3, 4, 9), 0, 3, 4, 9), Map.of(IN_KAFKA, 4, IN_S2, 4));
    }

    @Test
    void shouldCountARecordTheStreamJumpsOverAsMissing() {
        Findings findings = compare(kafka(0, 5, 0, 1, 2, 3, 4), 0, 1, 4);

        assertCounts(findings, Map.of(IN_KAFKA, 5, IN_S2, 3, MISSING, 2));
        assertThat(findings.examples())
                .anySatisfy(example -> assertThat(example).contains("missing: t-0 offset 2"));
    }

    @Test
    void shouldCountRecordsBehindTheEndOfTheStreamAsMissingAndSaySo() {
        Findings findings = compare(kafka(0, 5, 0, 1, 2, 3, 4), 0, 1, 2);

        assertCounts(findings, Map.of(IN_KAFKA, 5, IN_S2, 3, MISSING, 2));
        assertThat(findings.examples().get(0)).contains("behind the last record in the stream (offset 2)");
    }

    @Test
    void shouldCountEverythingAsMissingWhenThereIsNoStream() {
        assertCounts(compare(kafka(0, 3, 0, 1, 2)), Map.of(IN_KAFKA, 3, MISSING, 3));
    }

    @Test
    void shouldCountARecordThatComesAgainAsDuplicate() {
        Findings findings = compare(kafka(0, 4, 0, 1, 2, 3), 0, 1, 2, 1, 2, 3, 3);

        assertCounts(findings, Map.of(IN_KAFKA, 4, IN_S2, 7, DUPLICATES, 3));
        assertThat(findings.examples().get(0)).contains("seq_num 3 repeats offset 1");
    }

    @Test
    void shouldCountARecordThatComesLateAsOutOfOrderAndNotAsMissing() {
        Findings findings = compare(kafka(0, 5, 0, 1, 2, 3, 4), 0, 2, 1, 4, 3);

        assertCounts(findings, Map.of(IN_KAFKA, 5, IN_S2, 5, OUT_OF_ORDER, 2));
        assertThat(findings.examples().get(0)).contains("seq_num 2 has offset 1 behind offset 2");
    }

    @Test
    void shouldCountALateRecordThatComesTwiceOnceForEachDefect() {
        assertCounts(
                compare(kafka(0, 3, 0, 1, 2), 0, 2, 1, 1),
                Map.of(IN_KAFKA, 3, IN_S2, 4, OUT_OF_ORDER, 1, DUPLICATES, 1));
    }

    @Test
    void shouldTellWhichPartOfARecordIsAltered() {
        KafkaRecord original = record(0);
        assertThat(original.differencesFrom(stored(original))).isEmpty();
        assertThat(differences(original, stored("t/0/0", 1L, "k0", "v0"))).containsExactly(KafkaRecord.Part.TIMESTAMP);
        assertThat(differences(original, stored("t/0/0", null, "k0", "v0")))
                .containsExactly(KafkaRecord.Part.TIMESTAMP);
        assertThat(differences(original, stored("t/0/0", 1000L, null, "v0"))).containsExactly(KafkaRecord.Part.KEY);
        assertThat(differences(original, stored("t/0/0", 1000L, "k0", ""))).containsExactly(KafkaRecord.Part.VALUE);
        assertThat(differences(original, stored("t/0/0", 1000L, "k0", null))).containsExactly(KafkaRecord.Part.VALUE);
        StoredRecord noHeaders = new StoredRecord(new RecordId("t", 0, 0), 1000L, bytes("k0"), bytes("v0"), List.of());
        assertThat(differences(original, noHeaders)).containsExactly(KafkaRecord.Part.HEADERS);
    }

    @Test
    void shouldCountAlteredRecordsAlsoAmongLateOnes() {
        PartitionComparison comparison = comparison(kafka(0, 3, 0, 1, 2), false, false);
        comparison.onRecord(new RecordId("t", 0, 0), stored("t/0/0", 1000L, "k0", "other"), 0);
        comparison.onRecord(new RecordId("t", 0, 2), stored(record(2)), 1);
        comparison.onRecord(new RecordId("t", 0, 1), stored("t/0/1", 1001L, "other", "v1"), 2);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 3, IN_S2, 3, ALTERED, 2, OUT_OF_ORDER, 1));
    }

    @Test
    void shouldLeaveContentAloneWithIdsOnly() {
        PartitionComparison comparison = comparison(kafka(0, 1, 0), true, false);
        comparison.onRecord(new RecordId("t", 0, 0), stored("t/0/0", 5L, null, "other"), 0);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 1, IN_S2, 1));
    }

    @Test
    void shouldCountRecordsWithoutAnIdOfThisPartitionAsForeign() {
        PartitionComparison comparison = comparison(kafka(0, 1, 0), false, false);
        comparison.onForeignRecord(0, "has no kafka.id");
        comparison.onRecord(new RecordId("t", 0, 0), stored(record(0)), 1);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 1, IN_S2, 2, FOREIGN, 1));
    }

    @Test
    void shouldCountARecordKafkaNeverCommittedAsForeignUnlessTheTopicIsCompacted() {
        assertCounts(compare(kafka(0, 4, 0, 3), 0, 1, 3), Map.of(IN_KAFKA, 2, IN_S2, 3, FOREIGN, 1));

        PartitionComparison compacted = comparison(kafka(0, 4, 0, 3), false, true);
        feed(compacted, 0, 1, 3);
        assertCounts(compacted.finish(), Map.of(IN_KAFKA, 2, IN_S2, 3, NOT_COMPARABLE, 1));
    }

    @Test
    void shouldNotJudgeWhatKafkaHoldsNoMoreOrNotYet() {
        Findings findings = compare(kafka(3, 6, 3, 4, 5), 0, 1, 2, 3, 4, 5, 6, 7);

        assertCounts(findings, Map.of(IN_KAFKA, 3, IN_S2, 8, NOT_COMPARABLE, 5));
    }

    @Test
    void shouldMissRecordsThatALaterOneOvertookAlsoBehindKafkasEnd() {
        assertCounts(compare(kafka(0, 3, 0, 1, 2), 0, 7), Map.of(IN_KAFKA, 3, IN_S2, 2, MISSING, 2, NOT_COMPARABLE, 1));
    }

    @Test
    void shouldNotMissWhatATrimmedPartOfTheStreamMayHaveHeld() {
        PartitionComparison comparison = comparison(kafka(0, 6, 0, 1, 2, 3, 4, 5), false, false);
        holes.add(0, 2);
        feedFrom(2, comparison, 2, 3, 5);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 6, IN_S2, 3, NOT_COMPARABLE, 2, MISSING, 1));
    }

    @Test
    void shouldNotMissAnythingInAStreamThatIsTrimmedCompletely() {
        PartitionComparison comparison = comparison(kafka(0, 3, 0, 1, 2), false, false);
        holes.add(0, 3);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 3, NOT_COMPARABLE, 3));
    }

    @Test
    void shouldExcuseNoMoreMissingRecordsThanPositionsAreGone() {
        holes.add(0, 1);
        PartitionComparison comparison =
                comparison(kafka(0, 1000, LongStream.range(0, 1000).toArray()), false, false);
        feedFrom(1, comparison, LongStream.range(900, 1000).toArray());
        Findings findings = comparison.finish();

        assertCounts(findings, Map.of(IN_KAFKA, 1000, IN_S2, 100, NOT_COMPARABLE, 1, MISSING, 899));
        assertThat(findings.count(NotComparable.GONE_FROM_STREAM)).isEqualTo(1);
        assertThat(findings.examples().get(0)).contains("besides 1 that positions may have held");
    }

    @Test
    void shouldExcuseNoMoreRecordsBehindTheEndThanPositionsAreGoneThere() {
        PartitionComparison comparison = comparison(kafka(0, 6, 0, 1, 2, 3, 4, 5), false, false);
        feed(comparison, 0, 1);
        holes.add(2, 3);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 6, IN_S2, 2, NOT_COMPARABLE, 3, MISSING, 1));
    }

    @Test
    void shouldNotExcuseWhatIsMissingElsewhereThanAtTheHole() {
        PartitionComparison comparison = comparison(kafka(0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8), false, false);
        feed(comparison, 0, 3);
        holes.add(2, 4);
        feedFrom(6, comparison, 5, 8);

        // 1 and 2 before the hole, 4 at it, 6 and 7 behind it
        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 9, IN_S2, 4, NOT_COMPARABLE, 1, MISSING, 4));
    }

    @Test
    void shouldLetAHoleExcuseOneRecordAPositionInAllPartitionsOfAStreamTogether() {
        PartitionComparison first = comparison(kafka(0, 4, 0, 1, 2, 3), false, false);
        PartitionComparison second = comparison(kafka(0, 4, 0, 1, 2, 3), false, false);
        holes.add(0, 3);
        first.onRecord(new RecordId("t", 0, 2), stored(record(2)), 3);
        second.onRecord(new RecordId("t", 1, 2), stored(record(2)), 4);
        first.onRecord(new RecordId("t", 0, 3), stored(record(3)), 5);
        second.onRecord(new RecordId("t", 1, 3), stored(record(3)), 6);

        assertCounts(first.finish(), Map.of(IN_KAFKA, 4, IN_S2, 2, NOT_COMPARABLE, 2));
        assertCounts(second.finish(), Map.of(IN_KAFKA, 4, IN_S2, 2, NOT_COMPARABLE, 1, MISSING, 1));
    }

    @Test
    void shouldLetAPartitionThatRestedUseTheEarlierHole() {
        PartitionComparison busy = comparison(kafka(0, 4, 0, 1, 2, 3), false, false);
        PartitionComparison resting = comparison(kafka(0, 2, 0, 1), false, false);
        holes.add(0, 1);
        busy.onRecord(new RecordId("t", 0, 0), stored(record(0)), 1);
        holes.add(2, 2);
        // both holes may have held what this one skips, only the later one what the other skips
        resting.onRecord(new RecordId("t", 1, 1), stored(record(1)), 4);
        busy.onRecord(new RecordId("t", 0, 3), stored(record(3)), 5);

        assertCounts(busy.finish(), Map.of(IN_KAFKA, 4, IN_S2, 2, NOT_COMPARABLE, 2));
        assertCounts(resting.finish(), Map.of(IN_KAFKA, 2, IN_S2, 1, NOT_COMPARABLE, 1));
    }

    @Test
    void shouldCountRepeatsThatTheStreamProvesAloneOutsideKafkasRange() {
        Findings below = compare(kafka(10, 12, 10, 11), 3, 4, 3, 10, 11, 4);
        assertCounts(below, Map.of(IN_KAFKA, 2, IN_S2, 6, NOT_COMPARABLE, 2, DUPLICATES, 2));

        Findings behind = compare(kafka(0, 2, 0, 1), 0, 1, 2, 3, 3, 2);
        assertCounts(behind, Map.of(IN_KAFKA, 2, IN_S2, 6, NOT_COMPARABLE, 2, DUPLICATES, 2));
    }

    @Test
    void shouldCountDisorderThatTheStreamProvesAloneOutsideKafkasRange() {
        assertCounts(
                compare(kafka(10, 11, 10), 5, 3, 10, 14, 12),
                Map.of(IN_KAFKA, 1, IN_S2, 5, NOT_COMPARABLE, 2, OUT_OF_ORDER, 2));
    }

    @Test
    void shouldCallALateRecordKafkaNeverCommittedForeignAndNotARepeat() {
        assertCounts(compare(kafka(0, 4, 0, 3), 0, 3, 2, 2), Map.of(IN_KAFKA, 2, IN_S2, 4, FOREIGN, 1, DUPLICATES, 1));
    }

    @Test
    void shouldCallALateRecordOfACompactedTopicOutOfOrderAndNotARepeat() {
        PartitionComparison compacted = comparison(kafka(0, 4, 0, 3), false, true);
        feed(compacted, 0, 3, 1, 1);

        assertCounts(compacted.finish(), Map.of(IN_KAFKA, 2, IN_S2, 4, OUT_OF_ORDER, 1, DUPLICATES, 1));
    }

    @Test
    void shouldTakeAReplayFromBeforeTheFirstReadableRecordForRepeatsOfWhatIsGone() {
        holes.add(0, 5);
        PartitionComparison comparison = comparison(kafka(2, 8, 2, 3, 4, 5, 6, 7), false, false);
        // 0 to 4 are gone from the stream, 0 and 1 from Kafka; the writer began again at 1
        feedFrom(5, comparison, 5, 6, 1, 2, 3, 4, 5, 6, 7);

        Findings findings = comparison.finish();
        assertCounts(findings, Map.of(IN_KAFKA, 6, IN_S2, 9, NOT_COMPARABLE, 3, DUPLICATES, 6));
        assertThat(findings.isClean(true)).isTrue();
    }

    @Test
    void shouldTakeNoMoreLateRecordsForRepeatsThanPositionsAreGone() {
        holes.add(0, 1);
        PartitionComparison comparison = comparison(kafka(9, 10, 9), false, false);
        feedFrom(1, comparison, 5, 2, 3, 9);

        assertCounts(
                comparison.finish(), Map.of(IN_KAFKA, 1, IN_S2, 4, NOT_COMPARABLE, 1, DUPLICATES, 1, OUT_OF_ORDER, 1));
    }

    @Test
    void shouldCountRecordsBehindKafkasLatestEndAsForeign() {
        KafkaRecords madeAgain = kafkaUpTo(3, 0, 2, 0, 1);
        PartitionComparison comparison = comparison(madeAgain, false, true);
        feed(comparison, 0, 1, 2, 3, 4);

        Findings findings = comparison.finish();
        assertCounts(findings, Map.of(IN_KAFKA, 2, IN_S2, 5, NOT_COMPARABLE, 1, FOREIGN, 2));
        assertThat(findings.examples().get(0)).contains("seq_num 3 has id t/0/3, but Kafka ends at offset 3");
    }

    @Test
    void shouldTellWhyRecordsAreNotComparable() {
        holes.add(0, 1);
        PartitionComparison comparison = comparison(kafka(2, 8, 2, 3, 6), false, true);
        feedFrom(1, comparison, 1, 3, 5, 6, 8);
        comparison.onOtherTopic();
        Findings findings = comparison.finish();

        assertThat(Arrays.stream(NotComparable.values()).collect(Collectors.toMap(reason -> reason, findings::count)))
                .isEqualTo(Map.of(
                        NotComparable.GONE_FROM_KAFKA, 1L,
                        NotComparable.COMPACTED, 1L,
                        NotComparable.BEHIND_THE_END, 1L,
                        NotComparable.OTHER_TOPIC, 1L,
                        NotComparable.GONE_FROM_STREAM, 0L));
        assertThat(findings.count(MISSING)).isEqualTo(1);
        assertThat(findings.compared()).isEqualTo(2);
    }

    @Test
    void shouldAgreeWithASimpleCheckerWhateverTheDisorderAndHoweverLittleItMayRemember() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            int size = 1 + random.nextInt(30);
            long[] offsets = LongStream.range(0, size * 2L)
                    .filter(o -> random.nextInt(3) > 0)
                    .toArray();
            List<Long> stream = new ArrayList<>();
            for (long offset : offsets) {
                int copies = random.nextInt(10) == 0 ? 0 : random.nextInt(10) == 0 ? 2 : 1;
                for (int c = 0; c < copies; c++) {
                    int at = random.nextInt(8) == 0 ? random.nextInt(stream.size() + 1) : stream.size();
                    stream.add(at, offset);
                }
            }
            ComparisonMemory memory = new ComparisonMemory(1 + random.nextInt(4), Long.MAX_VALUE, 1000);
            PartitionComparison comparison = new PartitionComparison(
                    "t-0", kafka(0, size * 2L, offsets), false, false, new StreamHoles(), memory);
            feed(comparison, stream.stream().mapToLong(o -> o).toArray());
            Findings findings = comparison.finish();

            Set<Long> seen = new HashSet<>();
            long highest = -1;
            int duplicates = 0;
            int late = 0;
            for (long offset : stream) {
                if (!seen.add(offset)) {
                    duplicates++;
                } else if (offset < highest) {
                    late++;
                }
                highest = Math.max(highest, offset);
            }
            String context =
                    "seed " + seed + " round " + round + " kafka " + Arrays.toString(offsets) + " stream " + stream;
            assertThat(findings.count(DUPLICATES)).as(context).isEqualTo(duplicates);
            assertThat(findings.count(OUT_OF_ORDER)).as(context).isEqualTo(late);
            assertThat(findings.count(MISSING)).as(context).isEqualTo(offsets.length - seen.size());
            assertThat(findings.count(ALTERED) + findings.count(FOREIGN))
                    .as(context)
                    .isZero();
        }
    }

    @Test
    void shouldForgetExactlyNothingButContentWhenManyAreSkipped() {
        SkippedOffsets skipped = new SkippedOffsets(2, Long.MAX_VALUE, 2);
        for (long offset : new long[] {1, 2, 5, 9, 20, 21}) {
            skipped.add(record(offset));
        }

        assertThat(skipped.count()).isEqualTo(6);
        assertThat(skipped.first()).isEqualTo(1);
        assertThat(skipped.turnedUp(21)).isEqualTo(SkippedOffsets.Late.SKIPPED);
        assertThat(skipped.turnedUp(21)).isEqualTo(SkippedOffsets.Late.NOT_SKIPPED);
        assertThat(skipped.turnedUp(2)).isEqualTo(SkippedOffsets.Late.SKIPPED);
        assertThat(skipped.turnedUp(15)).isEqualTo(SkippedOffsets.Late.NOT_SKIPPED);
        assertThat(skipped.count()).isEqualTo(4);
    }

    @Test
    void shouldNotLetARepeatHideAMissingRecordWhenThereAreTooManyToRemember() {
        SkippedOffsets skipped = new SkippedOffsets(1, Long.MAX_VALUE, 1);
        for (long offset : new long[] {1, 5, 9, 20}) {
            skipped.add(record(offset));
        }

        assertThat(skipped.turnedUp(3)).isEqualTo(SkippedOffsets.Late.UNKNOWN);
        assertThat(skipped.count()).isEqualTo(4);
        assertThat(skipped.first()).isEqualTo(1);

        KafkaRecords kafka = kafka(0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8);
        PartitionComparison comparison =
                new PartitionComparison("t-0", kafka, false, false, holes, new ComparisonMemory(1, Long.MAX_VALUE, 1));
        feed(comparison, 0, 2, 4, 6, 8, 2);
        Findings findings = comparison.finish();
        assertThat(findings.count(MISSING)).isEqualTo(4);
        assertThat(findings.isClean(true)).isFalse();
    }

    @Test
    void shouldNotCallWhatMayBeDisorderARepeatWhenThereAreTooManyGapsToTell() {
        KafkaRecords kafka = kafka(0, 9, 0, 2, 4, 6, 8);
        PartitionComparison comparison =
                new PartitionComparison("t-0", kafka, false, false, holes, new ComparisonMemory(1, Long.MAX_VALUE, 1));
        feed(comparison, 0, 2, 4, 6, 8, 2);

        Findings findings = comparison.finish();
        assertCounts(findings, Map.of(IN_KAFKA, 5, IN_S2, 6, OUT_OF_ORDER, 1));
        assertThat(findings.examples().get(0)).contains("too many gaps to tell");
    }

    @Test
    void shouldKeepItsMemoryBoundWithManySmallHeaders() {
        long limit = 4 << 20;
        int headers = 1000;
        List<UserHeader> many = new ArrayList<>();
        for (int i = 0; i < headers; i++) {
            many.add(new UserHeader(bytes("h"), bytes("1")));
        }
        SkippedOffsets skipped = new SkippedOffsets(10_000, limit, 1000);
        for (long offset = 0; offset < 10_000; offset++) {
            skipped.add(new KafkaRecord(offset, 1L, null, bytes("v"), many));
        }

        long remembered = LongStream.range(0, 10_000)
                .filter(offset -> skipped.record(offset) != null)
                .count();
        // an object and two arrays, each with a head of 12 or 16 bytes, and a reference of 4
        long leastPerHeader = 16 + 16 + 16 + 4;
        assertThat(remembered).isPositive().isLessThanOrEqualTo(limit / (headers * leastPerHeader));
        assertThat(skipped.count()).isEqualTo(10_000);
    }

    @Test
    void shouldForgetARecordThatAloneIsTooLargeToRemember() {
        SkippedOffsets skipped = new SkippedOffsets(10, 1000, 10);
        skipped.add(new KafkaRecord(3, 1L, null, new byte[2000], List.of()));

        assertThat(skipped.record(3)).isNull();
        assertThat(skipped.turnedUp(3)).isEqualTo(SkippedOffsets.Late.SKIPPED);
    }

    private static Set<KafkaRecord.Part> differences(KafkaRecord original, StoredRecord stored) {
        return original.differencesFrom(stored);
    }

    private Findings compare(KafkaRecords kafka, long... stream) {
        PartitionComparison comparison = comparison(kafka, false, false);
        feed(comparison, stream);
        return comparison.finish();
    }

    private PartitionComparison comparison(KafkaRecords kafka, boolean idsOnly, boolean compacted) {
        return new PartitionComparison("t-0", kafka, idsOnly, compacted, holes, ComparisonMemory.sharedBy(1));
    }

    private static void feed(PartitionComparison comparison, long... offsets) {
        feedFrom(0, comparison, offsets);
    }

    private static void feedFrom(long seqNum, PartitionComparison comparison, long... offsets) {
        for (int i = 0; i < offsets.length; i++) {
            comparison.onRecord(new RecordId("t", 0, offsets[i]), stored(record(offsets[i])), seqNum + i);
        }
    }

    private static void assertCounts(Findings findings, Map<Findings.Kind, Integer> expected) {
        Map<Findings.Kind, Integer> found = Arrays.stream(Findings.Kind.values())
                .filter(kind -> findings.count(kind) != 0)
                .collect(Collectors.toMap(kind -> kind, kind -> (int) findings.count(kind)));
        assertThat(found).isEqualTo(expected);
    }

    private static KafkaRecords kafka(long beginning, long end, long... offsets) {
        return kafkaUpTo(Long.MAX_VALUE, beginning, end, offsets);
    }

    private static KafkaRecords kafkaUpTo(long latest, long beginning, long end, long... offsets) {
        return new KafkaRecords() {
            private int next;

            @Override
            public long beginningOffset() {
                return beginning;
            }

            @Override
            public long endOffset() {
                return end;
            }

            @Override
            public long latestOffset() {
                return latest;
            }

            @Override
            public @Nullable KafkaRecord peek() {
                return next < offsets.length ? record(offsets[next]) : null;
            }

            @Override
            public void advance() {
                next++;
            }
        };
    }

    private static KafkaRecord record(long offset) {
        return new KafkaRecord(
                offset,
                1000 + offset,
                bytes("k" + offset),
                bytes("v" + offset),
                List.of(new UserHeader(bytes("h"), bytes("1"))));
    }

    private static StoredRecord stored(KafkaRecord record) {
        return new StoredRecord(
                new RecordId("t", 0, record.offset()),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers());
    }

    private static StoredRecord stored(
            String id, @Nullable Long timestamp, @Nullable String key, @Nullable String value) {
        return new StoredRecord(
                RecordId.parse(id).orElseThrow(),
                timestamp,
                key == null ? null : bytes(key),
                value == null ? null : bytes(value),
                List.of(new UserHeader(bytes("h"), bytes("1"))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
