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
import io.fenceline.connect.StoredRecord;
import io.fenceline.connect.UserHeader;
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
        comparison.onHole();
        feed(comparison, 2, 3, 5);

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 6, IN_S2, 3, NOT_COMPARABLE, 2, MISSING, 1));
    }

    @Test
    void shouldNotMissAnythingInAStreamThatIsTrimmedCompletely() {
        PartitionComparison comparison = comparison(kafka(0, 3, 0, 1, 2), false, false);
        comparison.onHole();

        assertCounts(comparison.finish(), Map.of(IN_KAFKA, 3, NOT_COMPARABLE, 3));
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
            SkippedOffsets memory = new SkippedOffsets(1 + random.nextInt(4), Long.MAX_VALUE, 1000);
            PartitionComparison comparison =
                    new PartitionComparison("t-0", kafka(0, size * 2L, offsets), false, false, memory);
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
        assertThat(skipped.turnedUp(21)).isEqualTo(SkippedOffsets.Late.SEEN);
        assertThat(skipped.turnedUp(2)).isEqualTo(SkippedOffsets.Late.SKIPPED);
        assertThat(skipped.turnedUp(15)).isEqualTo(SkippedOffsets.Late.SEEN);
        assertThat(skipped.count()).isEqualTo(4);
    }

    private static Set<KafkaRecord.Part> differences(KafkaRecord original, StoredRecord stored) {
        return original.differencesFrom(stored);
    }

    private static Findings compare(KafkaRecords kafka, long... stream) {
        PartitionComparison comparison = comparison(kafka, false, false);
        feed(comparison, stream);
        return comparison.finish();
    }

    private static PartitionComparison comparison(KafkaRecords kafka, boolean idsOnly, boolean compacted) {
        return new PartitionComparison("t-0", kafka, idsOnly, compacted);
    }

    private static void feed(PartitionComparison comparison, long... offsets) {
        for (int seqNum = 0; seqNum < offsets.length; seqNum++) {
            comparison.onRecord(new RecordId("t", 0, offsets[seqNum]), stored(record(offsets[seqNum])), seqNum);
        }
    }

    private static void assertCounts(Findings findings, Map<Findings.Kind, Integer> expected) {
        Map<Findings.Kind, Integer> found = Arrays.stream(Findings.Kind.values())
                .filter(kind -> findings.count(kind) != 0)
                .collect(Collectors.toMap(kind -> kind, kind -> (int) findings.count(kind)));
        assertThat(found).isEqualTo(expected);
    }

    private static KafkaRecords kafka(long beginning, long end, long... offsets) {
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
