package io.fenceline.connect;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Optional;

/**
 * The identity of a Kafka record: its original coordinates, before any transform. Written as {@code topic/partition/offset}
 * in decimal ASCII, e.g. {@code orders/3/1234567}. A pure function of the source, so two processes give the same id.
 */
public record RecordId(String topic, int partition, long offset) implements Comparable<RecordId> {

    private static final char SEPARATOR = '/';
    private static final Comparator<RecordId> BY_COORDINATES = Comparator.comparing(RecordId::topic)
            .thenComparingInt(RecordId::partition)
            .thenComparingLong(RecordId::offset);

    public RecordId {
        if (topic.isEmpty() || topic.indexOf(SEPARATOR) >= 0) {
            throw new IllegalArgumentException("not a topic name: '" + topic + "'");
        }
        if (partition < 0 || offset < 0) {
            throw new IllegalArgumentException("negative coordinates: partition " + partition + ", offset " + offset);
        }
    }

    /** The id written as {@code text}, or empty if this is not exactly the form {@link #toString} gives. */
    public static Optional<RecordId> parse(String text) {
        int afterPartition = text.lastIndexOf(SEPARATOR);
        int afterTopic = text.indexOf(SEPARATOR);
        if (afterTopic <= 0 || afterTopic == afterPartition) {
            return Optional.empty();
        }
        long partition = DecimalDigits.read(text, afterTopic + 1, afterPartition);
        long offset = DecimalDigits.read(text, afterPartition + 1, text.length());
        if (partition < 0 || partition > Integer.MAX_VALUE || offset < 0) {
            return Optional.empty();
        }
        return Optional.of(new RecordId(text.substring(0, afterTopic), (int) partition, offset));
    }

    /** As {@link #parse(String)}, for the bytes of a header value. */
    public static Optional<RecordId> parse(byte[] text) {
        return parse(new String(text, StandardCharsets.UTF_8));
    }

    @Override
    public int compareTo(RecordId other) {
        return BY_COORDINATES.compare(this, other);
    }

    /** {@code topic/partition/offset}; string conversion of numbers does not look at the locale. */
    @Override
    public String toString() {
        return topic + SEPARATOR + partition + SEPARATOR + offset;
    }
}
