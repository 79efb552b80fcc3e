package io.fenceline.connect.sink.stream;

import java.util.Collections;
import java.util.Comparator;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Partitions of a task that have stopped because their streams are gone or were made again, and wait for a decision: what
 * wipes a basin meets many streams at once, and the message that Connect shows speaks for all that are known by then. One
 * whose stream was not seen so is not here: another task may go on with it, and a request would set it back.
 *
 * <p>Owned by the task thread.
 */
public final class GoneStreams {

    private static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final SortedMap<TopicPartition, OptionalLong> next = new TreeMap<>(BY_NAME);

    /** @param goesOn the offset behind what was durable, empty if none is known */
    void stopped(TopicPartition partition, OptionalLong goesOn) {
        next.put(partition, goesOn);
    }

    /** No longer this task's. */
    void closed(TopicPartition partition) {
        next.remove(partition);
    }

    boolean has(TopicPartition partition) {
        return next.containsKey(partition);
    }

    /** Where each of them goes on; a view. */
    SortedMap<TopicPartition, OptionalLong> all() {
        return Collections.unmodifiableSortedMap(next);
    }
}
