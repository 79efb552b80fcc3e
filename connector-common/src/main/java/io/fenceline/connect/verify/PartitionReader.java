package io.fenceline.connect.verify;

import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.ReservedHeaders;
import io.fenceline.connect.UserHeader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's side of a comparison, read with a consumer of its own. Owned by one thread. Records that Kafka expires before they are
 * read move {@link #beginningOffset}.
 */
final class PartitionReader implements KafkaRecords, AutoCloseable {

    private static final Duration POLL = Duration.ofSeconds(1);
    static final int MAX_SILENT_POLLS = 60;

    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private final long endOffset;
    private final long latestOffset;
    private final boolean ignoreNullValues;
    private final ReservedHeaderBehavior reservedHeaders;
    private final int maxSilentPolls;
    private final Deque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();

    private long beginningOffset;
    private @Nullable KafkaRecord next;
    private boolean atEnd;

    /**
     * Takes the consumer over: {@link #close} closes it.
     *
     * @param maxSilentPolls seconds without a record or a move of the position after which Kafka counts as silent
     */
    PartitionReader(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long beginningOffset,
            long endOffset,
            long latestOffset,
            boolean ignoreNullValues,
            ReservedHeaderBehavior reservedHeaders,
            int maxSilentPolls) {
        this.consumer = consumer;
        this.partition = partition;
        this.beginningOffset = beginningOffset;
        this.endOffset = endOffset;
        this.latestOffset = latestOffset;
        this.ignoreNullValues = ignoreNullValues;
        this.reservedHeaders = reservedHeaders;
        this.maxSilentPolls = maxSilentPolls;
        consumer.assign(Set.of(partition));
        consumer.seek(partition, beginningOffset);
    }

    @Override
    public long beginningOffset() {
        return beginningOffset;
    }

    @Override
    public long endOffset() {
        return endOffset;
    }

    @Override
    public long latestOffset() {
        return latestOffset;
    }

    @Override
    public @Nullable KafkaRecord peek() {
        while (next == null && !atEnd) {
            ConsumerRecord<byte[], byte[]> record = nextFetched();
            if (record == null || record.offset() >= endOffset) {
                atEnd = true;
                fetched.clear();
            } else if (record.value() != null || !ignoreNullValues) {
                next = toKafkaRecord(record);
            }
        }
        return next;
    }

    @Override
    public void advance() {
        next = null;
    }

    /** Null when the position has reached the end; transaction markers and compacted records move it without a record. */
    private @Nullable ConsumerRecord<byte[], byte[]> nextFetched() {
        long silentAt = -1;
        for (int silent = 0; fetched.isEmpty(); silent++) {
            long position = consumer.position(partition);
            if (position >= endOffset) {
                return null;
            }
            if (position != silentAt) {
                silentAt = position;
                silent = 0;
            }
            if (silent == maxSilentPolls) {
                throw new IllegalStateException("Kafka delivered nothing for " + maxSilentPolls + " s: " + partition
                        + " stands at offset " + position + " of " + endOffset);
            }
            try {
                consumer.poll(POLL).records(partition).forEach(fetched::add);
            } catch (OffsetOutOfRangeException e) {
                moveToFirst(position, e);
            }
        }
        return fetched.poll();
    }

    /** Goes on where Kafka's records begin now: those before have expired since the start. */
    private void moveToFirst(long position, OffsetOutOfRangeException e) {
        long first = Objects.requireNonNull(
                consumer.beginningOffsets(Set.of(partition)).get(partition));
        if (first <= position) {
            throw e; // the log has become shorter at its end
        }
        beginningOffset = first;
        consumer.seek(partition, first);
    }

    private KafkaRecord toKafkaRecord(ConsumerRecord<byte[], byte[]> record) {
        return new KafkaRecord(
                record.offset(),
                record.timestamp() < 0 ? null : record.timestamp(),
                record.key(),
                record.value(),
                userHeaders(record));
    }

    private List<UserHeader> userHeaders(ConsumerRecord<byte[], byte[]> record) {
        List<UserHeader> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            String name = header.key();
            if (ReservedHeaders.isReserved(name)) {
                if (reservedHeaders == ReservedHeaderBehavior.DROP) {
                    continue;
                }
                if (reservedHeaders == ReservedHeaderBehavior.RENAME) {
                    name = ReservedHeaders.RENAME_PREFIX + name;
                }
            }
            headers.add(new UserHeader(name.getBytes(StandardCharsets.UTF_8), header.value()));
        }
        return headers.isEmpty() ? List.of() : headers;
    }

    @Override
    public void close() {
        consumer.close(Duration.ZERO);
    }
}
