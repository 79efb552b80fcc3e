package io.fenceline.connect.sink.position;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** The consumer group of a connector, as far as one partition is concerned. Blocks its caller; one thread. */
final class GroupPosition implements AutoCloseable {

    /**
     * What Kafka says.
     *
     * @param committed null if the group has no offset of the partition
     * @param members   tasks that run
     * @param first     first offset that the partition has
     * @param end       the offset that the next record gets
     */
    record Seen(@Nullable Long committed, int members, long first, long end) {}

    private final Admin admin;
    private final String group;
    private final TopicPartition partition;

    GroupPosition(Map<String, Object> properties, String group, TopicPartition partition) {
        Map<String, Object> all = new HashMap<>();
        all.put("default.api.timeout.ms", 20_000);
        all.put("request.timeout.ms", 10_000);
        all.putAll(properties);
        this.admin = Admin.create(all);
        this.group = group;
        this.partition = partition;
    }

    String group() {
        return group;
    }

    /** @throws KafkaException if Kafka does not answer, does not allow it, or has no such partition */
    Seen look() {
        long first = offset(OffsetSpec.earliest());
        long end = offset(OffsetSpec.latest());
        OffsetAndMetadata committed = await(
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .get(partition);
        return new Seen(committed == null ? null : committed.offset(), members(), first, end);
    }

    /** @throws KafkaException if the group's offset could not be set, for example because it has members by now */
    void set(long offset) {
        await(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(offset)))
                .all());
    }

    private long offset(OffsetSpec which) {
        ListOffsetsResult.ListOffsetsResultInfo info =
                await(admin.listOffsets(Map.of(partition, which)).partitionResult(partition));
        return info.offset();
    }

    private int members() {
        try {
            return await(admin.describeConsumerGroups(Set.of(group)).all()).values().stream()
                    .mapToInt(description -> description.members().size())
                    .sum();
        } catch (GroupIdNotFoundException nobody) {
            // what brokers of Kafka 4 say of a group that never was
            return 0;
        }
    }

    private static <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
