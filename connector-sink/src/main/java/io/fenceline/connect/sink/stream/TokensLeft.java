package io.fenceline.connect.sink.stream;

import io.fenceline.s2.wire.FencingToken;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Tokens of this task that may be in force in streams of partitions it has no more: that of a last checkpoint, of a claim
 * that was under way. When a partition comes back, they must not be taken for another writer's.
 *
 * <p>Owned by the task thread.
 */
public final class TokensLeft {

    private final Map<TopicPartition, Set<FencingToken>> byPartition = new HashMap<>();

    /** @param tokens all that may be in force; those of earlier times are not any more */
    void leave(TopicPartition partition, Set<FencingToken> tokens) {
        byPartition.put(partition, new LinkedHashSet<>(tokens));
    }

    Set<FencingToken> of(TopicPartition partition) {
        return byPartition.getOrDefault(partition, Set.of());
    }
}
