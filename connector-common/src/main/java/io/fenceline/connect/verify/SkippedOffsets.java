package io.fenceline.connect.verify;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records of Kafka the stream jumped over: missing, unless they turn up later. Remembers them all in bounded memory: the latest
 * ones with their content, older ones as {@link OffsetRuns}. Owned by one thread.
 */
final class SkippedOffsets {

    /** What became of an offset that turned up late. */
    enum Late {
        /** It had been skipped. */
        SKIPPED,
        /** It had not. */
        NOT_SKIPPED,
        /** There are too many to tell; it counts as skipped still. */
        UNKNOWN
    }

    private final int maxRecords;
    private final long maxRecordBytes;

    private final LinkedHashMap<Long, KafkaRecord> records = new LinkedHashMap<>();
    private long recordBytes;
    private final OffsetRuns forgotten;

    private long count;

    SkippedOffsets(int maxRecords, long maxRecordBytes, int maxRuns) {
        this.maxRecords = maxRecords;
        this.maxRecordBytes = maxRecordBytes;
        this.forgotten = new OffsetRuns(maxRuns);
    }

    /** Offsets skipped and not turned up. */
    long count() {
        return count;
    }

    /** The smallest of them that is remembered, for an example; -1 if there is none. */
    long first() {
        long inRecords =
                records.isEmpty() ? Long.MAX_VALUE : records.keySet().iterator().next();
        long first = Math.min(forgotten.first(), inRecords);
        return first == Long.MAX_VALUE ? -1 : first;
    }

    /** Offsets must be added in ascending order. */
    void add(KafkaRecord record) {
        count++;
        records.put(record.offset(), record);
        recordBytes += record.heapBytes();
        while (records.size() > maxRecords || recordBytes > maxRecordBytes) {
            forgetContent(records.values().iterator().next());
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
            recordBytes -= record.heapBytes();
            count--;
            return Late.SKIPPED;
        }
        switch (forgotten.remove(offset)) {
            case YES -> {
                count--;
                return Late.SKIPPED;
            }
            case MAYBE -> {
                return Late.UNKNOWN;
            }
            default -> {
                return Late.NOT_SKIPPED;
            }
        }
    }

    private void forgetContent(KafkaRecord oldest) {
        recordBytes -= oldest.heapBytes();
        records.remove(oldest.offset());
        forgotten.add(oldest.offset(), oldest.offset());
    }
}
