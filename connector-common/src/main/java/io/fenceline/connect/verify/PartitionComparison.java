package io.fenceline.connect.verify;

import static io.fenceline.connect.verify.Findings.Kind.ALTERED;
import static io.fenceline.connect.verify.Findings.Kind.DUPLICATES;
import static io.fenceline.connect.verify.Findings.Kind.FOREIGN;
import static io.fenceline.connect.verify.Findings.Kind.IN_KAFKA;
import static io.fenceline.connect.verify.Findings.Kind.IN_S2;
import static io.fenceline.connect.verify.Findings.Kind.MISSING;
import static io.fenceline.connect.verify.Findings.Kind.OUT_OF_ORDER;

import io.fenceline.connect.RecordId;
import io.fenceline.connect.s2.StoredRecord;
import java.util.Locale;
import java.util.Set;

/**
 * Compares one Kafka partition with its records in a stream, both read once and in order. Pure: it is handed the stream's
 * records and draws Kafka's as it needs them. Owned by one thread; memory does not grow with the number of records.
 *
 * <p>Comparable are the offsets both sides can still hold: from Kafka's first one to the end at the start, without as many as the
 * holes in the stream (trimmed, expired) may have held. What the stream proves alone, repeats and disorder, is counted for all of
 * its records.
 */
final class PartitionComparison {

    private final String name;
    private final KafkaRecords kafka;
    private final boolean idsOnly;
    private final boolean compacted;
    private final StreamHoles holes;
    private final Findings findings = new Findings();

    /** Offsets the stream jumped over, whether Kafka has a record there or not. */
    private final OffsetRuns unseen;
    /** Those of them Kafka has a record for, which no hole excuses. */
    private final SkippedOffsets skipped;
    /** Those of them Kafka has a record for, which a hole excuses. */
    private final OffsetRuns excused;

    /** Highest offset seen in the stream, -1 before the first. */
    private long highest = -1;
    /** Where in the stream it was. */
    private long highestPosition = -1;

    /**
     * @param compacted the topic may have lost records the stream has, so such records are not foreign
     * @param holes     positions of the stream that are gone, up to the record handed over next
     */
    PartitionComparison(
            String name,
            KafkaRecords kafka,
            boolean idsOnly,
            boolean compacted,
            StreamHoles holes,
            ComparisonMemory memory) {
        this.name = name;
        this.kafka = kafka;
        this.idsOnly = idsOnly;
        this.compacted = compacted;
        this.holes = holes;
        this.unseen = new OffsetRuns(memory.runs());
        this.skipped = new SkippedOffsets(memory.records(), memory.bytes(), memory.runs());
        this.excused = new OffsetRuns(memory.runs());
    }

    /** The stream's next record of this partition. */
    void onRecord(RecordId id, StoredRecord stored, long seqNum) {
        findings.add(IN_S2, 1);
        long offset = id.offset();
        if (offset <= highest) {
            onLateRecord(id, stored, seqNum);
            return;
        }
        passOver(offset);
        if (offset > highest + 1) {
            unseen.add(highest + 1, offset - 1);
        }
        highest = offset;
        highestPosition = seqNum;
        KafkaRecord next = kafka.peek();
        if (next != null && next.offset() == offset) {
            take();
            compare(next, stored, seqNum);
        } else if (isForeign(offset)) {
            foundForeign(id, seqNum);
        } else {
            findings.addNotComparable(
                    offset < kafka.beginningOffset()
                            ? NotComparable.GONE_FROM_KAFKA
                            : offset >= kafka.endOffset() ? NotComparable.BEHIND_THE_END : NotComparable.COMPACTED);
        }
    }

    /** A record in this partition's stream that is not one of its own. */
    void onForeignRecord(long seqNum, String what) {
        findings.add(IN_S2, 1);
        findings.add(FOREIGN, at(seqNum) + " " + what);
    }

    /** A record of another topic, in a stream that topics share. */
    void onOtherTopic() {
        findings.add(IN_S2, 1);
        findings.addNotComparable(NotComparable.OTHER_TOPIC);
    }

    /** Nothing follows in the stream. */
    Findings finish() {
        long lastInStream = highest;
        long missingBefore = skipped.count();
        passOver(kafka.endOffset());
        if (skipped.count() > 0) {
            boolean onlyAtEnd = missingBefore == 0;
            long gone = findings.count(NotComparable.GONE_FROM_STREAM);
            findings.add(
                    MISSING,
                    name + " offset " + skipped.first() + (skipped.count() > 1 ? " and others" : "")
                            + (onlyAtEnd
                                    ? ", all behind the last record in the stream (offset "
                                            + (lastInStream < 0 ? "none" : lastInStream) + "): not written yet, or lost"
                                    : "")
                            + (gone > 0 ? "; besides " + gone + " that positions may have held which are gone" : ""));
            findings.add(MISSING, skipped.count() - 1);
        }
        return findings;
    }

    private void onLateRecord(RecordId id, StoredRecord stored, long seqNum) {
        long offset = id.offset();
        switch (unseen.remove(offset)) {
            case NO -> findings.add(DUPLICATES, at(seqNum) + " repeats offset " + offset);
            case MAYBE -> foundOutOfOrder(offset, seqNum, " or repeats it: there are too many gaps to tell");
            case YES -> onFirstSightOf(id, stored, seqNum);
        }
    }

    /** A record behind a higher one, and not in the stream before, as far as that can be read. */
    private void onFirstSightOf(RecordId id, StoredRecord stored, long seqNum) {
        long offset = id.offset();
        KafkaRecord record = skipped.record(offset);
        if (skipped.turnedUp(offset) != SkippedOffsets.Late.NOT_SKIPPED) {
            foundOutOfOrder(offset, seqNum, "");
            if (record != null) {
                compare(record, stored, seqNum);
            }
            return;
        }
        OffsetRuns.Contains held = excused.contains(offset);
        if (held == OffsetRuns.Contains.NO && isForeign(offset)) {
            foundForeign(id, seqNum);
        } else if (held == OffsetRuns.Contains.YES || (held == OffsetRuns.Contains.NO && holes.take(-1))) {
            findings.add(
                    DUPLICATES,
                    at(seqNum) + " repeats offset " + offset
                            + ", or comes late: it may have been where positions are gone");
        } else {
            foundOutOfOrder(offset, seqNum, "");
        }
    }

    /** Whether Kafka cannot have had a record there, given that it has none and had no hole to lose it in. */
    private boolean isForeign(long offset) {
        return offset >= kafka.latestOffset()
                || (offset >= kafka.beginningOffset() && offset < kafka.endOffset() && !compacted);
    }

    private void foundForeign(RecordId id, long seqNum) {
        findings.add(
                FOREIGN,
                at(seqNum) + " has id " + id
                        + (id.offset() >= kafka.latestOffset()
                                ? ", but Kafka ends at offset " + kafka.latestOffset()
                                : ", which a reader of committed records does not see in Kafka"));
    }

    private void foundOutOfOrder(long offset, long seqNum, String more) {
        findings.add(OUT_OF_ORDER, at(seqNum) + " has offset " + offset + " behind offset " + highest + more);
    }

    /** Draws Kafka's records below {@code offset}: the stream does not have them at this place. */
    private void passOver(long offset) {
        for (KafkaRecord next = kafka.peek(); next != null && next.offset() < offset; next = kafka.peek()) {
            take();
            if (holes.take(highestPosition)) {
                excused.add(next.offset(), next.offset());
                findings.addNotComparable(NotComparable.GONE_FROM_STREAM);
            } else {
                skipped.add(next);
            }
        }
    }

    private void take() {
        kafka.advance();
        findings.add(IN_KAFKA, 1);
    }

    private void compare(KafkaRecord expected, StoredRecord stored, long seqNum) {
        findings.addCompared();
        if (idsOnly) {
            return;
        }
        Set<KafkaRecord.Part> differences = expected.differencesFrom(stored);
        if (!differences.isEmpty()) {
            findings.add(
                    ALTERED,
                    at(seqNum) + " has offset " + expected.offset() + " with another "
                            + differences.toString().toLowerCase(Locale.ROOT));
        }
    }

    private String at(long seqNum) {
        return name + " seq_num " + seqNum;
    }
}
