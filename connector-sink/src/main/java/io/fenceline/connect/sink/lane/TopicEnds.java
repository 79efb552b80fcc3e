package io.fenceline.connect.sink.lane;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How far the targets of a task hold their partitions' records: a topic that was made again concerns all its partitions, and
 * the first that notices speaks for the others. Owned by the task thread.
 */
public final class TopicEnds {

    private final Map<TopicPartition, Supplier<@Nullable TargetEnd>> ends = new HashMap<>();

    /** @param end asked when a message is made; null while the target has not said yet */
    public void opened(TopicPartition partition, Supplier<@Nullable TargetEnd> end) {
        ends.put(partition, end);
    }

    public void closed(TopicPartition partition) {
        ends.remove(partition);
    }

    /** The last offset that the target of each partition of this topic holds, without those that have not said yet. */
    public SortedMap<Integer, OptionalLong> of(String topic) {
        SortedMap<Integer, OptionalLong> known = new TreeMap<>();
        ends.forEach((partition, asked) -> {
            TargetEnd end = partition.topic().equals(topic) ? asked.get() : null;
            if (end != null) {
                Long watermark = end.watermark();
                known.put(partition.partition(), watermark == null ? OptionalLong.empty() : OptionalLong.of(watermark));
            }
        });
        return known;
    }
}
