package io.fenceline.connect.sink.task;

import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.connect.sink.lane.LaneCounters;
import io.fenceline.connect.sink.lane.LanePolicy;
import io.fenceline.connect.sink.lane.LaneServices;
import io.fenceline.connect.sink.lane.LaneSummary;
import io.fenceline.connect.sink.lane.LaneTarget;
import io.fenceline.connect.sink.lane.MemoryShares;
import io.fenceline.connect.sink.lane.PartingWait;
import io.fenceline.connect.sink.lane.PartitionLane;
import io.fenceline.connect.sink.lane.SinkLanes;
import io.fenceline.connect.sink.lane.TaskInbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;

/**
 * Connect's calls to a started task, handed to its {@link SinkLanes}. None of them waits for the service that is written to,
 * but the last ones of a partition for what it leaves to its next owner. Task thread only.
 */
public final class WorkerCalls {

    /** How long {@link #stop} lets what lanes leave for the next owner go out; Connect allows a task five seconds in all. */
    private static final Duration PARTING = Duration.ofMillis(500);

    /** Bounds the first poll, so that what lanes begin with while it rebalances is not kept waiting. */
    private static final long FIRST_POLL_MILLIS = 100;

    /** A worker that has not called for this long may have lost its partitions without knowing. */
    private static final Duration ASSIGNMENT_LEASE = Duration.ofSeconds(30);

    private final SinkTaskContext context;
    private final LongSupplier nanoTime;
    private final AssignmentLease lease;
    private final SinkLanes lanes;
    private final PartingWait partingWait;
    private final MetricRegistry.Published published;

    private @Nullable RuntimeException preCommitFailure;

    /**
     * The calls of a task that has not had any. Publishes the task's figures until {@link #stop}.
     *
     * @param services       as {@link #services} makes them
     * @param partingWait    how the task thread waits for what closed lanes leave behind
     * @param lease          renewed by every call that proves the task is the worker's
     * @param bufferMaxBytes what all lanes may hold together
     * @param figuresType    under which the task's figures are published
     * @param figures        those beside the lanes'
     */
    public WorkerCalls(
            SinkTaskContext context,
            LaneServices services,
            PartingWait partingWait,
            AssignmentLease lease,
            LaneTarget.Factory targets,
            LanePolicy policy,
            long bufferMaxBytes,
            String figuresType,
            List<MetricRegistry.Gauge> figures) {
        this.context = context;
        this.nanoTime = services.nanoTime();
        this.lease = lease;
        this.partingWait = partingWait;
        this.lanes = new SinkLanes(
                partition -> new PartitionLane(partition, targets, policy, services),
                services.port(),
                services.inbox(),
                partingWait,
                new MemoryShares(bufferMaxBytes));
        List<MetricRegistry.Gauge> all = new ArrayList<>(services.summary().gauges());
        all.addAll(services.counters().gauges());
        all.addAll(figures);
        this.published = services.metrics().publish(figuresType, Map.of(), all);
        context.timeout(FIRST_POLL_MILLIS);
    }

    /** What the lanes of one task share, given its configuration. */
    public static LaneServices services(
            SinkTaskContext context, Map<String, String> properties, String connector, LongSupplier nanoTime) {
        return new LaneServices(
                new ConnectPort(context, properties),
                new TaskInbox(),
                nanoTime,
                new LaneCounters(),
                new LaneSummary(),
                MetricRegistry.of(context, connector, properties.getOrDefault(TaskKeys.NUMBER, "0")));
    }

    public static AssignmentLease newLease(LongSupplier nanoTime) {
        return new AssignmentLease(ASSIGNMENT_LEASE, nanoTime.getAsLong());
    }

    public void open(Collection<TopicPartition> partitions) {
        lanes.open(partitions, renewLease());
    }

    /**
     * @return the moment it happened
     * @throws ConnectException if {@link #preCommit} has failed, or a lane's reason if one cannot go on
     */
    public long put(Collection<SinkRecord> records) {
        long now = renewLease();
        RuntimeException earlier = preCommitFailure;
        if (earlier != null) {
            throw new ConnectException("preCommit failed, nothing was committed by it", earlier);
        }
        lanes.put(records, now);
        context.timeout(lanes.wakeWithinMillis(now));
        return now;
    }

    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> given) {
        try {
            return lanes.committable(given);
        } catch (RuntimeException e) {
            // Connect would move the consumer back without telling the lanes, and go on: the next put ends the task
            // instead.
            preCommitFailure = e;
            return Map.of();
        }
    }

    public void close(Collection<TopicPartition> partitions) {
        lanes.close(partitions);
    }

    /** Closes all lanes, lets what they leave for the next owner go out for half a second, and takes the figures away. */
    public void stop() {
        partingWait.await(lanes.closeAll(), PARTING);
        published.close();
    }

    private long renewLease() {
        long now = nanoTime.getAsLong();
        lease.renew(now);
        return now;
    }
}
