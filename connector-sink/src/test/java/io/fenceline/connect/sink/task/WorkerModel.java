package io.fenceline.connect.sink.task;

import io.fenceline.connect.sink.task.ModelTopic.Kept;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;

/**
 * A sink task's worker, in what a task can notice of it: when seeks take effect, what is handed over again, which offsets
 * are committed, in which order the calls of a rebalance come.
 */
public final class WorkerModel implements SinkTaskContext {

    private final Map<TopicPartition, ModelTopic> topics;
    public final SinkTask task;
    private final Map<String, String> properties;
    /** Null: the record is dropped by a transform. */
    public UnaryOperator<@Nullable SinkRecord> transform = record -> record;

    @Nullable
    public ErrantRecordReporter reporter;

    public int maxPoll = 500;
    public String reset = "earliest";
    /** Thrown by the worker instead of the task, after the task's {@code preCommit} returned. */
    @Nullable
    public RuntimeException preCommitFailure;

    private final Set<TopicPartition> assignment = new LinkedHashSet<>();
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Set<TopicPartition> consumerPaused = new LinkedHashSet<>();
    private final Set<TopicPartition> taskPaused = new LinkedHashSet<>();
    private final Map<TopicPartition, Long> wantedOffsets = new LinkedHashMap<>();
    private final Map<TopicPartition, Long> lastCommitted = new HashMap<>();
    private final Map<TopicPartition, Long> current = new HashMap<>();
    private final Map<TopicPartition, Long> inBatch = new HashMap<>();
    private final List<SinkRecord> batch = new ArrayList<>();
    private boolean pausedForRedelivery;
    private boolean commitRequested;
    private @Nullable Throwable failure;

    /** Seeks the task asked for. */
    public final List<String> seeks = new ArrayList<>();

    public int handedOver;
    public Runnable onKill = () -> {};

    public WorkerModel(SinkTask task, Map<String, String> properties, Map<TopicPartition, ModelTopic> topics) {
        this.task = task;
        this.properties = properties;
        this.topics = topics;
    }

    public void start() {
        task.initialize(this);
        task.start(properties);
    }

    // ------------------------------------------------------------------ rebalances

    public void assign(TopicPartition... partitions) {
        for (TopicPartition partition : partitions) {
            assignment.add(partition);
            long position = groupPosition(topics.get(partition));
            positions.put(partition, position);
            lastCommitted.put(partition, position);
            current.put(partition, position);
        }
        try {
            task.open(List.of(partitions));
        } catch (RuntimeException e) {
            throw died(e);
        }
        rewind();
    }

    /** Rebalances happen within the consumer's poll, and a poll begins with the seeks asked for. */
    public void revoke(TopicPartition... partitions) {
        rewind();
        leave(partitions);
    }

    private void leave(TopicPartition... partitions) {
        Set<TopicPartition> leaving = Set.of(partitions);
        Map<TopicPartition, Long> safe = askWhatIsSafe(leaving, true);
        task.close(List.of(partitions));
        store(leaving, safe);
        drop(leaving);
    }

    /** The session with the group timed out: no offset of these partitions can be committed any more. */
    public void lose(TopicPartition... partitions) {
        rewind();
        task.close(List.of(partitions));
        drop(Set.of(partitions));
    }

    /** As the eager protocol does: everything is revoked, then assigned, also what stays. */
    public void rebalanceEagerly(TopicPartition... now) {
        revoke(assignment.toArray(TopicPartition[]::new));
        assign(now);
    }

    private void drop(Set<TopicPartition> leaving) {
        for (TopicPartition partition : leaving) {
            assignment.remove(partition);
            positions.remove(partition);
            consumerPaused.remove(partition);
            taskPaused.remove(partition);
            lastCommitted.remove(partition);
            current.remove(partition);
            inBatch.remove(partition);
        }
        // The worker looks at the transformed topic here: records under another name stay in the batch.
        batch.removeIf(record -> leaving.contains(new TopicPartition(record.topic(), record.kafkaPartition())));
    }

    // ------------------------------------------------------------------ the loop

    /** One poll: a commit the task asked for, then seeks, then records, then the task's {@code put}. */
    public void poll() {
        if (failure != null) {
            throw new AssertionError("the task is dead", failure);
        }
        if (commitRequested) {
            commitRequested = false;
            commit();
        }
        rewind();
        if (batch.isEmpty()) {
            fetch();
        }
        try {
            handedOver += batch.size();
            task.put(List.copyOf(batch));
            current.putAll(inBatch);
            inBatch.clear();
            batch.clear();
            if (pausedForRedelivery) {
                pausedForRedelivery = false;
                consumerPaused.retainAll(taskPaused);
            }
        } catch (RetriableException e) {
            pausedForRedelivery = true;
            consumerPaused.addAll(assignment);
        } catch (RuntimeException e) {
            throw died(e);
        }
    }

    private RuntimeException died(RuntimeException e) {
        failure = e;
        return e;
    }

    private void fetch() {
        int room = maxPoll;
        for (TopicPartition partition : assignment) {
            if (consumerPaused.contains(partition) || room == 0) {
                continue;
            }
            ModelTopic topic = topics.get(partition);
            long position = positions.get(partition);
            if (position < topic.start() || position > topic.end()) {
                position = resetPosition(topic);
            }
            List<Kept> fetched = topic.fetch(position, room);
            room -= fetched.size();
            for (Kept kept : fetched) {
                SinkRecord transformed = transform.apply(record(partition, kept));
                if (transformed != null) {
                    batch.add(transformed);
                }
            }
            long next = fetched.isEmpty() || fetched.size() < maxPoll && room > 0
                    ? topic.end()
                    : fetched.get(fetched.size() - 1).offset() + 1;
            if (!fetched.isEmpty()) {
                inBatch.put(partition, fetched.get(fetched.size() - 1).offset() + 1);
            }
            positions.put(partition, next);
        }
    }

    public static SinkRecord record(TopicPartition partition, Kept kept) {
        return new SinkRecord(
                partition.topic(),
                partition.partition(),
                null,
                null,
                null,
                kept.value(),
                kept.offset(),
                kept.timestamp(),
                TimestampType.CREATE_TIME);
    }

    /** As a transform that gives a record's topic another name. */
    public static SinkRecord renamed(SinkRecord record, String topic) {
        return record.newRecord(
                topic,
                record.kafkaPartition(),
                record.keySchema(),
                record.key(),
                record.valueSchema(),
                record.value(),
                record.timestamp(),
                record.headers());
    }

    private void rewind() {
        wantedOffsets.forEach((partition, offset) -> {
            if (!assignment.contains(partition)) {
                throw died(new IllegalStateException("seek to a partition that is not assigned: " + partition));
            }
            positions.put(partition, offset);
            lastCommitted.put(partition, offset);
            current.put(partition, offset);
        });
        wantedOffsets.clear();
    }

    public void commit() {
        store(assignment, askWhatIsSafe(assignment, false));
    }

    private Map<TopicPartition, Long> askWhatIsSafe(Set<TopicPartition> of, boolean closing) {
        Map<TopicPartition, OffsetAndMetadata> given = new HashMap<>();
        for (TopicPartition partition : of) {
            given.put(partition, new OffsetAndMetadata(current.get(partition)));
        }
        Map<TopicPartition, OffsetAndMetadata> returned;
        try {
            returned = task.preCommit(given);
            if (preCommitFailure != null) {
                throw preCommitFailure;
            }
        } catch (RuntimeException e) {
            if (!closing) {
                // Back to what was committed last, without telling the task.
                lastCommitted.forEach(positions::put);
                current.putAll(lastCommitted);
            }
            return Map.of();
        }
        Map<TopicPartition, Long> safe = new HashMap<>();
        returned.forEach((partition, offset) -> {
            if (of.contains(partition) && offset.offset() <= current.get(partition)) {
                safe.put(partition, offset.offset());
            } else {
                throw new AssertionError(
                        "the task gives back " + partition + "@" + offset.offset() + ", asked about " + given);
            }
        });
        return safe;
    }

    /**
     * As WorkerSinkTask.commitOffsets of 3.9.2 and 4.3.1: an empty answer commits nothing; otherwise a partition left out
     * is committed as it was last, and {@link #rewind} has counted a seek's target as that.
     */
    private void store(Set<TopicPartition> of, Map<TopicPartition, Long> safe) {
        if (safe.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> last = new HashMap<>(lastCommitted);
        last.keySet().retainAll(of);
        Map<TopicPartition, Long> committable = new HashMap<>(last);
        committable.putAll(safe);
        if (committable.equals(last)) {
            return;
        }
        committable.forEach((partition, offset) -> {
            topics.get(partition).commit(offset);
            lastCommitted.put(partition, offset);
        });
    }

    /** A clean end, which comes without another poll. */
    public void closeEverything() {
        wantedOffsets.clear();
        leave(assignment.toArray(TopicPartition[]::new));
    }

    private long groupPosition(ModelTopic topic) {
        Long committed = topic.committed();
        return committed != null && committed >= topic.start() && committed <= topic.end()
                ? committed
                : resetPosition(topic);
    }

    private long resetPosition(ModelTopic topic) {
        return reset.equals("earliest") ? topic.start() : topic.end();
    }

    // ------------------------------------------------------------------ what tests look at

    public boolean isPaused(TopicPartition partition) {
        return taskPaused.contains(partition);
    }

    @Nullable
    public Throwable failure() {
        return failure;
    }

    // ------------------------------------------------------------------ what the task may ask

    @Override
    public Map<String, String> configs() {
        return properties;
    }

    @Override
    public void offset(Map<TopicPartition, Long> offsets) {
        offsets.forEach(this::offset);
    }

    @Override
    public void offset(TopicPartition partition, long offset) {
        seeks.add(partition + "@" + offset);
        wantedOffsets.put(partition, offset);
    }

    @Override
    public void timeout(long timeoutMs) {}

    @Override
    public Set<TopicPartition> assignment() {
        return assignment;
    }

    @Override
    public void pause(TopicPartition... partitions) {
        mustBeAssigned(partitions);
        taskPaused.addAll(List.of(partitions));
        consumerPaused.addAll(List.of(partitions));
    }

    @Override
    public void resume(TopicPartition... partitions) {
        mustBeAssigned(partitions);
        taskPaused.removeAll(List.of(partitions));
        if (!pausedForRedelivery) {
            consumerPaused.removeAll(List.of(partitions));
        }
    }

    private void mustBeAssigned(TopicPartition... partitions) {
        if (!assignment.containsAll(List.of(partitions))) {
            throw new ConnectException(
                    "tasks may not pause or resume partitions that are not assigned to them: " + List.of(partitions));
        }
    }

    @Override
    public void requestCommit() {
        commitRequested = true;
    }

    @Override
    public @Nullable ErrantRecordReporter errantRecordReporter() {
        return reporter;
    }

    public List<TopicPartition> assigned() {
        return List.copyOf(assignment);
    }
}
