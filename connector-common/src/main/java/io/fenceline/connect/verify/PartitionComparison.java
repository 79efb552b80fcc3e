package io.fenceline.connect.verify;

import static io.fenceline.connect.verify.Findings.Kind.ALTERED;
import static io.fenceline.connect.verify.Findings.Kind.DUPLICATES;
import static io.fenceline.connect.verify.Findings.Kind.FOREIGN;
import static io.fenceline.connect.verify.Findings.Kind.IN_KAFKA;
import static io.fenceline.connect.verify.Findings.Kind.IN_S2;
import static io.fenceline.connect.verify.Findings.Kind.MISSING;
import static io.fenceline.connect.verify.Findings.Kind.NOT_COMPARABLE;
import static io.fenceline.connect.verify.Findings.Kind.OUT_OF_ORDER;

import io.fenceline.connect.RecordId;
import io.fenceline.connect.StoredRecord;
import java.util.Locale;
import java.util.Set;

/**
 * Compares one Kafka partition with its records in a stream, both read once and in order. Pure: it is handed the stream's
 * records and draws Kafka's as it needs them. Owned by one thread; memory does not grow with the number of records.
 *
 * <p>Comparable are the offsets both sides can still hold: from Kafka's first one to the end at the start, without those a hole
 * in the stream (trimmed, expired) may have held.
 */
final class PartitionComparison {

    private static final int MAX_REMEMBERED_RECORDS = 10_000;
    private static final long MAX_REMEMBERED_BYTES = 32L << 20;
    private static final int MAX_REMEMBERED_RUNS = 100_000;

    private final String name;
    private final KafkaRecords kafka;
    private final boolean idsOnly;
    private final boolean compacted;
    private final Findings findings = new Findings();
    private final SkippedOffsets skipped;

    /** Highest offset seen in the stream, -1 before the first. */
    private long highest = -1;

    private boolean holeBefore;

    /** @param compacted the topic may have lost records the stream has, so such records are not foreign */
    PartitionComparison(String name, KafkaRecords kafka, boolean idsOnly, boolean compacted) {
        this(
                name,
                kafka,
                idsOnly,
                compacted,
                new SkippedOffsets(MAX_REMEMBERED_RECORDS, MAX_REMEMBERED_BYTES, MAX_REMEMBERED_RUNS));
    }

    PartitionComparison(String name, KafkaRecords kafka, boolean idsOnly, boolean compacted, SkippedOffsets skipped) {
        this.name = name;
        this.kafka = kafka;
        this.idsOnly = idsOnly;
        this.compacted = compacted;
        this.skipped = skipped;
    }

    /** Positions of the stream before its next record, or before its end, are gone: what they held cannot be missed. */
    void onHole() {
        holeBefore = true;
    }

    /** The stream's next record of this partition. */
    void onRecord(RecordId id, StoredRecord stored, long seqNum) {
        findings.add(IN_S2, 1);
        long offset = id.offset();
        if (offset <= highest) {
            onLateRecord(offset, stored, seqNum);
            return;
        }
        if (offset < kafka.beginningOffset() || offset >= kafka.endOffset()) {
            // draws nothing where the offset is below Kafka's first
            passOver(Math.min(offset, kafka.endOffset()));
            highest = offset;
            findings.add(NOT_COMPARABLE, 1);
            return;
        }
        passOver(offset);
        highest = offset;
        KafkaRecord next = kafka.peek();
        if (next != null && next.offset() == offset) {
            take();
            compare(next, stored, seqNum);
        } else if (compacted) {
            findings.add(NOT_COMPARABLE, 1);
        } else {
            findings.add(
                    FOREIGN,
                    at(seqNum) + " has id " + id + ", which a reader of committed records does not see in Kafka");
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
        findings.add(NOT_COMPARABLE, 1);
    }

    /** Nothing follows in the stream. */
    Findings finish() {
        long lastInStream = highest;
        long missingBefore = skipped.count();
        passOver(kafka.endOffset());
        if (skipped.count() > 0) {
            boolean onlyAtEnd = missingBefore == 0;
            findings.add(
                    MISSING,
                    name + " offset " + skipped.first() + (skipped.count() > 1 ? " and others" : "")
                            + (onlyAtEnd
                                    ? ", all behind the last record in the stream (offset "
                                            + (lastInStream < 0 ? "none" : lastInStream) + "): not written yet, or lost"
                                    : ""));
            findings.add(MISSING, skipped.count() - 1);
        }
        return findings;
    }

    private void onLateRecord(long offset, StoredRecord stored, long seqNum) {
        if (offset < kafka.beginningOffset() || offset >= kafka.endOffset()) {
            findings.add(NOT_COMPARABLE, 1);
            return;
        }
        KafkaRecord record = skipped.record(offset);
        if (skipped.turnedUp(offset) == SkippedOffsets.Late.SEEN) {
            findings.add(DUPLICATES, at(seqNum) + " repeats offset " + offset);
            return;
        }
        findings.add(OUT_OF_ORDER, at(seqNum) + " has offset " + offset + " behind offset " + highest);
        if (record != null) {
            compare(record, stored, seqNum);
        }
    }

    /** Draws Kafka's records below {@code offset}: the stream does not have them at this place. */
    private void passOver(long offset) {
        for (KafkaRecord next = kafka.peek(); next != null && next.offset() < offset; next = kafka.peek()) {
            take();
            if (holeBefore) {
                findings.add(NOT_COMPARABLE, 1);
            } else {
                skipped.add(next);
            }
        }
        holeBefore = false;
    }

    private void take() {
        kafka.advance();
        findings.add(IN_KAFKA, 1);
    }

    private void compare(KafkaRecord expected, StoredRecord stored, long seqNum) {
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
