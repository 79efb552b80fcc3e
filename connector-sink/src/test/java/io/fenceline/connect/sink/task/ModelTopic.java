package io.fenceline.connect.sink.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** One partition of a topic, as consumers see it, and the offset its group has committed. */
public final class ModelTopic {

    public record Kept(long offset, @Nullable Long timestamp, Object value) {}

    private final TopicPartition partition;
    private final TreeMap<Long, Kept> log = new TreeMap<>();
    private long start;
    private long end;
    private @Nullable Long committed;

    public ModelTopic(TopicPartition partition) {
        this.partition = partition;
    }

    public TopicPartition partition() {
        return partition;
    }

    /** Appends records whose values say which they are. */
    public ModelTopic produce(int count) {
        for (int i = 0; i < count; i++) {
            produce(1_700_000_000_000L + end * 1000, value(end));
        }
        return this;
    }

    public long produce(@Nullable Long timestamp, Object value) {
        log.put(end, new Kept(end, timestamp, value));
        return end++;
    }

    /** An offset that holds no record: a transaction marker, or an aborted or compacted record. */
    public void skip() {
        end++;
    }

    public void removeBefore(long offset) {
        log.headMap(offset).clear();
        start = Math.max(start, offset);
        end = Math.max(end, offset);
    }

    /** The record is compacted away. */
    public void compact(long offset) {
        log.remove(offset);
    }

    /** Deleted and made again under the same name; the group's offset stays. */
    public void recreate() {
        log.clear();
        start = 0;
        end = 0;
    }

    public String value(long offset) {
        return partition + "@" + offset;
    }

    public long start() {
        return start;
    }

    public long end() {
        return end;
    }

    public List<Kept> fetch(long position, int count) {
        List<Kept> fetched = new ArrayList<>();
        for (Map.Entry<Long, Kept> entry : log.tailMap(position, true).entrySet()) {
            if (fetched.size() == count) {
                break;
            }
            fetched.add(entry.getValue());
        }
        return fetched;
    }

    public List<Long> offsets() {
        return List.copyOf(log.keySet());
    }

    @Nullable
    public Long committed() {
        return committed;
    }

    public void commit(@Nullable Long offset) {
        committed = offset;
    }
}
