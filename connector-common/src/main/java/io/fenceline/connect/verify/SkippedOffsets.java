package io.fenceline.connect.verify;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Offsets the stream jumped over: missing, unless they turn up later. Remembers them all in bounded memory: the latest ones
 * with their record, older ones as runs of neighbours. When even the runs are too many, the two oldest become one, which
 * covers offsets between them that were there; a later duplicate of such an offset is then called out of order.
 */
final class SkippedOffsets {

    /** What became of an offset that turned up late. */
    enum Late {
        /** It had been skipped. */
        SKIPPED,
        /** It was never skipped, so it has been seen before. */
        SEEN
    }

    private final int maxRecords;
    private final long maxRecordBytes;
    private final int maxRuns;

    private final LinkedHashMap<Long, KafkaRecord> records = new LinkedHashMap<>();
    private long recordBytes;
    /** First offset of a run to its last. */
    private final TreeMap<Long, Long> runs = new TreeMap<>();

    private long count;

    SkippedOffsets(int maxRecords, long maxRecordBytes, int maxRuns) {
        this.maxRecords = maxRecords;
        this.maxRecordBytes = maxRecordBytes;
        this.maxRuns = maxRuns;
    }

    /** Offsets skipped and not turned up. */
    long count() {
        return count;
    }

    /** The smallest of them that is remembered, for an example; -1 if there is none. */
    long first() {
        long inRuns = runs.isEmpty() ? Long.MAX_VALUE : runs.firstKey();
        long inRecords =
                records.isEmpty() ? Long.MAX_VALUE : records.keySet().iterator().next();
        long first = Math.min(inRuns, inRecords);
        return first == Long.MAX_VALUE ? -1 : first;
    }

    /** Offsets must be added in ascending order. */
    void add(KafkaRecord record) {
        count++;
        records.put(record.offset(), record);
        recordBytes += sizeOf(record);
        while (records.size() > maxRecords || (recordBytes > maxRecordBytes && records.size() > 1)) {
            forgetRecord(records.entrySet().iterator().next());
        }
    }

    /** The record at {@code offset} if it was skipped and its content is still known; removes nothing. */
    @Nullable
    KafkaRecord record(long offset) {
        return records.get(offset);
    }

    /** Notes that {@code offset} turned up after a higher one. */
    Late turnedUp(long offset) {
        KafkaRecord record = records.remove(offset);
        if (record != null) {
            recordBytes -= sizeOf(record);
            count--;
            return Late.SKIPPED;
        }
        Map.Entry<Long, Long> run = runs.floorEntry(offset);
        if (run == null || run.getValue() < offset) {
            return Late.SEEN;
        }
        runs.remove(run.getKey());
        if (run.getKey() < offset) {
            runs.put(run.getKey(), offset - 1);
        }
        if (offset < run.getValue()) {
            runs.put(offset + 1, run.getValue());
        }
        count--;
        return Late.SKIPPED;
    }

    private void forgetRecord(Map.Entry<Long, KafkaRecord> oldest) {
        long offset = oldest.getKey();
        recordBytes -= sizeOf(oldest.getValue());
        records.remove(offset);
        Map.Entry<Long, Long> before = runs.floorEntry(offset);
        if (before != null && before.getValue() == offset - 1) {
            runs.put(before.getKey(), offset);
        } else {
            runs.put(offset, offset);
        }
        if (runs.size() > maxRuns) {
            Map.Entry<Long, Long> first = runs.pollFirstEntry();
            Map.Entry<Long, Long> second = runs.pollFirstEntry();
            runs.put(first.getKey(), second.getValue());
        }
    }

    private static long sizeOf(KafkaRecord record) {
        byte[] key = record.key();
        byte[] value = record.value();
        return 128L + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    }
}
