package io.fenceline.connect.sink.claim;

import static io.fenceline.connect.sink.claim.StreamRecords.data;
import static io.fenceline.connect.sink.claim.StreamRecords.fence;
import static io.fenceline.connect.sink.claim.StreamRecords.foreign;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.claim.WatermarkSearch.Finding;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class WatermarkSearchTest {

    private static final TopicPartition LANE = new TopicPartition("t", 0);

    private final TreeMap<Long, SequencedRecord> stream = new TreeMap<>();
    /** How many records one answer holds at most, as when they are large. */
    private int pageSize = Integer.MAX_VALUE;

    private int reads;

    private Finding search(long floor, long fence) {
        return search(floor, 0, fence);
    }

    private Finding search(long floor, long clearBelow, long fence) {
        WatermarkSearch search = new WatermarkSearch(LANE, floor, clearBelow, fence);
        return finish(search, search.initial());
    }

    private Finding finish(WatermarkSearch search, Finding first) {
        Finding finding = first;
        while (finding == null) {
            assertThat(search.nextCount()).isBetween(1, 1000);
            assertThat(++reads).as("searches end").isLessThan(10_000);
            List<SequencedRecord> page = new ArrayList<>();
            for (SequencedRecord record : stream.tailMap(search.nextSeqNum()).values()) {
                if (page.size() == Math.min(search.nextCount(), pageSize)) {
                    break;
                }
                page.add(record);
            }
            finding = search.add(page);
        }
        return finding;
    }

    private void holds(SequencedRecord... records) {
        for (SequencedRecord record : records) {
            stream.put(record.seqNum(), record);
        }
    }

    @Test
    void readsOneRecordWhenTheLastOneIsData() {
        holds(data(0, 10), data(1, 11), fence(2));

        assertThat(search(0, 2)).isEqualTo(new Finding.Found(11, 1, 1011L));
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void walksPastTheFencesOfFiveHundredCrashedOwnersInFewReads() {
        holds(data(0, 41));
        for (int at = 1; at <= 500; at++) {
            holds(fence(at));
        }

        assertThat(search(0, 500)).isEqualTo(new Finding.Found(41, 0, 1041L));
        assertThat(reads).isLessThanOrEqualTo(7);
    }

    @Test
    void aStreamOfFencesOnlyHoldsNoData() {
        for (int at = 0; at < 40; at++) {
            holds(fence(at));
        }

        assertThat(search(0, 39)).isEqualTo(new Finding.NoData());
    }

    @Test
    void anEmptyPrefixNeedsNoRead() {
        assertThat(search(0, 0)).isEqualTo(new Finding.NoData());
        assertThat(search(17, 17)).isEqualTo(new Finding.NoData());
        assertThat(reads).isZero();
    }

    @Test
    void stopsAtTheFloor() {
        holds(data(3, 7), fence(4), fence(5));

        assertThat(search(4, 5)).isEqualTo(new Finding.NoData());
    }

    @Test
    void aHoleAboveTheLastDataRecordMakesItUnknown() {
        holds(data(0, 10), fence(2), fence(3));

        assertThat(search(0, 3)).isEqualTo(new Finding.Hole(1));
    }

    @Test
    void aHoleBelowTheLastDataRecordDoesNotMatter() {
        holds(data(3, 10), fence(4));

        assertThat(search(0, 4)).isEqualTo(new Finding.Found(10, 3, 1010L));
    }

    @Test
    void aHoleAnywhereAboveTheFloorMattersWhenThereIsNoData() {
        for (int hole = 0; hole < 30; hole++) {
            stream.clear();
            for (int at = 0; at < 30; at++) {
                holds(fence(at));
            }
            stream.remove((long) hole);
            assertThat(search(0, 30)).isEqualTo(new Finding.Hole(hole));
        }
    }

    @Test
    void everythingGoneIsAHoleAndNotEmptiness() {
        assertThat(search(0, 5)).isInstanceOf(Finding.Hole.class);

        holds(fence(5), data(6, 1));
        assertThat(search(0, 5))
                .as("records above the fence fill no gap below it")
                .isInstanceOf(Finding.Hole.class);
    }

    @Test
    void recordsBehindTheFenceAreNotLookedAt() {
        holds(data(0, 10), fence(1), data(2, 99));

        assertThat(search(0, 1)).isEqualTo(new Finding.Found(10, 0, 1010L));
    }

    @Test
    void recordsOfOthersAreNoDataOfTheLaneButAreNoticed() {
        holds(data(0, 10), foreign(1), data(2, "t/1/55", 1L), data(3, "u/0/56", 1L), data(4, "t/0/007", 1L), fence(5));
        WatermarkSearch search = new WatermarkSearch(LANE, 0, 0, 5);

        Finding finding = finish(search, search.initial());

        assertThat(finding).isEqualTo(new Finding.Found(10, 0, 1010L));
        assertThat(search.foreignPosition()).isEqualTo(4);
    }

    @Test
    void aRecordWithoutATimestampIsFoundWithoutOne() {
        holds(data(0, "t/0/3", null));

        assertThat(search(0, 1)).isEqualTo(new Finding.Found(3, 0, null));
    }

    @Test
    void whatATrimTookFromPlacesWhereNothingOfOursStoodDoesNotMatter() {
        holds(data(0, 10), fence(5));

        assertThat(search(1, 5, 5)).isEqualTo(new Finding.NoData());
        assertThat(search(1, 4, 5)).isEqualTo(new Finding.Hole(4));
        assertThat(search(1, 0, 5)).isEqualTo(new Finding.Hole(4));
    }

    @Test
    void aForeignRecordIsNoticedAmongPlacesThatDoNotMatter() {
        holds(data(0, 10), foreign(3), fence(5));
        WatermarkSearch search = new WatermarkSearch(LANE, 1, Long.MAX_VALUE, 5);

        assertThat(finish(search, search.initial())).isEqualTo(new Finding.NoData());
        assertThat(search.foreignPosition()).isEqualTo(3);
    }

    @Test
    void answersCutByBytesAreContinued() {
        for (pageSize = 1; pageSize < 8; pageSize++) {
            stream.clear();
            holds(data(0, 5));
            for (int at = 1; at < 200; at++) {
                holds(fence(at));
            }
            assertThat(search(0, 200)).isEqualTo(new Finding.Found(5, 0, 1005L));
        }
    }

    /** The search against its definition, on streams of every kind. */
    @Test
    void agreesWithItsDefinitionOnAnyStream() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        int found = 0;
        int holes = 0;
        int none = 0;
        for (int run = 0; run < 20_000; run++) {
            stream.clear();
            reads = 0;
            pageSize = 1 + random.nextInt(6);
            int length = random.nextInt(60);
            int dataIn = 1 + random.nextInt(40);
            int goneIn = 1 + random.nextInt(60);
            for (int at = 0; at < length + 3; at++) {
                if (random.nextInt(goneIn) != 0 || goneIn == 1) {
                    holds(
                            random.nextInt(dataIn) == 0
                                    ? data(at, at * 2L)
                                    : random.nextInt(4) == 0 ? foreign(at) : fence(at));
                }
            }
            long floor = random.nextInt(3) == 0 ? random.nextInt(length + 1) : 0;
            long clearBelow = random.nextInt(3) == 0 ? random.nextInt(length + 1) : 0;

            Finding expected = new Finding.NoData();
            for (long at = length - 1; at >= floor; at--) {
                SequencedRecord record = stream.get(at);
                if (record == null && at < clearBelow) {
                    continue;
                }
                if (record == null) {
                    expected = new Finding.Hole(at);
                    break;
                }
                if (record.headers().size() == 2) {
                    expected = new Finding.Found(at * 2, at, 1000 + at * 2);
                    break;
                }
            }
            assertThat(search(floor, clearBelow, length))
                    .as("seed %d, run %d", seed, run)
                    .isEqualTo(expected);
            found += expected instanceof Finding.Found ? 1 : 0;
            holes += expected instanceof Finding.Hole ? 1 : 0;
            none += expected instanceof Finding.NoData ? 1 : 0;
        }
        assertThat(found).isGreaterThan(1000);
        assertThat(holes).isGreaterThan(1000);
        assertThat(none).isGreaterThan(1000);
    }
}
