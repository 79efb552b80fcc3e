package io.fenceline.connect.sink.queue;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.config.GroupTemplate;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.connect.sink.lane.ClaimTroubles;
import io.fenceline.connect.sink.lane.LaneCounters;
import io.fenceline.connect.sink.lane.LanePolicy;
import io.fenceline.connect.sink.lane.LaneServices;
import io.fenceline.connect.sink.lane.LaneSummary;
import io.fenceline.connect.sink.lane.MemoryShares;
import io.fenceline.connect.sink.lane.OnStop;
import io.fenceline.connect.sink.lane.PartingWait;
import io.fenceline.connect.sink.lane.PartitionLane;
import io.fenceline.connect.sink.lane.SinkLanes;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.lane.TaskPort;
import io.fenceline.connect.sink.lane.TopicEnds;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.StringConverter;
import org.jspecify.annotations.Nullable;

/**
 * A sink task's lanes, queues and outbox without its threads: who takes requests and answers them is the test. What the worker is
 * asked for is kept.
 */
final class QueueTaskModel implements TaskPort, QueueKnowledge, Dispatch {

    static final QueueSettings SETTINGS = new QueueSettings(
            null,
            true,
            false,
            QueueSettings.DeduplicationScope.QUEUE,
            QueueSettings.LARGEST_MESSAGE,
            Duration.ofSeconds(30),
            OptionalInt.empty());

    final TaskInbox inbox = new TaskInbox();
    final QueueCounters counters = new QueueCounters();
    final LaneCounters laneCounters = new LaneCounters();
    final Outbox outbox;
    final SinkLanes lanes;
    final Map<TopicPartition, List<Gauge>> gauges = new HashMap<>();

    /** The last one of each partition. */
    final Map<TopicPartition, QueueTarget> targets = new HashMap<>();

    final Set<TopicPartition> assigned = new HashSet<>();
    final Set<TopicPartition> paused = new HashSet<>();
    final Map<TopicPartition, Long> seeks = new HashMap<>();
    boolean commitRequested;
    /** Every message whose fate was sealed. */
    final List<OutboxMessage> sealed = new ArrayList<>();

    /** Reports of errant records; null: they must not be skipped. */
    @Nullable
    List<SinkRecord> deadLetters;

    /** What operators were warned of. */
    final List<String> warnings = new ArrayList<>();

    /** Who asks how their queue is set up, while {@link #knowsQueues} is false. */
    final List<Asker> askers = new ArrayList<>();

    boolean knowsQueues = true;

    @Nullable
    RuntimeException dead;

    private final LongSupplier nanos;
    private final LongSupplier wallMillis;
    private final AssignmentLease lease;

    QueueTaskModel(
            QueuePolicy policy,
            QueueUrl queue,
            @Nullable String groups,
            long bufferMaxBytes,
            LongSupplier nanos,
            LongSupplier wallMillis,
            DoubleSupplier random) {
        this.nanos = nanos;
        this.wallMillis = wallMillis;
        this.lease = new AssignmentLease(Duration.ofSeconds(30), nanos.getAsLong());
        this.outbox = new Outbox(policy, Lease.of(lease), random, counters, warnings::add);
        RecordMapper mapper = new RecordMapper(
                NullValueBehavior.IGNORE, ReservedHeaderBehavior.FAIL, new StringConverter(), new StringConverter());
        QueueMessages messages = new QueueMessages(
                mapper,
                HeaderSelection.parse("sqs.headers", "all"),
                groups == null ? null : GroupTemplate.parse("sqs.message.group.id", groups),
                policy.connector());
        QueueServices services = new QueueServices(
                this,
                messages,
                this,
                new TopicEnds(),
                new ClaimTroubles("queues", "asked", warning -> {}, notice -> {}),
                this,
                nanos,
                counters);
        LanePolicy lanePolicy = new LanePolicy("sqs-sink-queue", OnStop.FAIL, false, false, Duration.ofMillis(100));
        LaneServices laneServices =
                new LaneServices(this, inbox, nanos, laneCounters, new LaneSummary(), (type, tags, figures) -> {
                    TopicPartition partition = new TopicPartition(
                            tags.getOrDefault("topic", ""), Integer.parseInt(tags.getOrDefault("partition", "0")));
                    List<Gauge> all = new ArrayList<>();
                    figures.forEach(all::add);
                    gauges.put(partition, all);
                    return () -> gauges.remove(partition);
                });
        this.lanes = new SinkLanes(
                partition -> new PartitionLane(
                        partition,
                        (of, lane, offsets) -> {
                            QueueTarget target = new QueueTarget(of, queue, policy, services, lane, offsets);
                            targets.put(of, target);
                            return target;
                        },
                        lanePolicy,
                        laneServices),
                this,
                inbox,
                PartingWait.BLOCKING,
                new MemoryShares(bufferMaxBytes));
    }

    // ------------------------------------------------------------------ the worker calls

    void open(TopicPartition... partitions) {
        lease.renew(nanos.getAsLong());
        assigned.addAll(List.of(partitions));
        lanes.open(List.of(partitions), nanos.getAsLong());
    }

    void put(List<SinkRecord> records) {
        lease.renew(nanos.getAsLong());
        lanes.put(records, nanos.getAsLong());
    }

    /** What may be committed; -1: left out. */
    long preCommit(TopicPartition partition, long given) {
        commitRequested = false;
        OffsetAndMetadata safe = lanes.committable(Map.of(partition, new OffsetAndMetadata(given)))
                .get(partition);
        return safe == null ? -1 : safe.offset();
    }

    void close(TopicPartition... partitions) {
        lanes.close(List.of(partitions));
        assigned.removeAll(List.of(partitions));
        paused.removeAll(List.of(partitions));
    }

    @Nullable
    Object gauge(TopicPartition partition, String name) {
        return gauges.getOrDefault(partition, List.of()).stream()
                .filter(gauge -> gauge.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value()
                .read();
    }

    // ------------------------------------------------------------------ a sender

    @Nullable
    SendRequest take() {
        return outbox.take(nanos.getAsLong());
    }

    List<SendRequest> takeAll() {
        List<SendRequest> all = new ArrayList<>();
        for (SendRequest request = take(); request != null; request = take()) {
            all.add(request);
        }
        return all;
    }

    boolean mayGo(SendRequest request) {
        return outbox.mayGo(request, nanos.getAsLong(), wallMillis.getAsLong());
    }

    void answer(SendRequest request, SendOutcome outcome) {
        List<OutboxMessage> done = outbox.answered(request, outcome, nanos.getAsLong());
        sealed.addAll(done);
        inbox.post(() -> Returned.toLanes(done));
    }

    // ------------------------------------------------------------------ what lanes ask

    @Override
    public void add(List<OutboxMessage> messages) {
        messages.forEach(message -> outbox.add(message, nanos.getAsLong()));
    }

    @Override
    public void flush(OutboxLane lane) {
        outbox.flush(lane);
    }

    @Override
    public void drop(OutboxLane lane) {
        outbox.drop(lane, nanos.getAsLong());
    }

    @Override
    public void throwIfDead() {
        if (dead != null) {
            throw dead;
        }
    }

    @Override
    public void ask(QueueUrl queue, Asker asker) {
        if (knowsQueues) {
            asker.onKnown(SETTINGS);
        } else {
            askers.add(asker);
        }
    }

    @Override
    public void seek(TopicPartition lane, long offset) {
        seeks.put(lane, offset);
    }

    @Override
    public void pause(TopicPartition lane) {
        paused.add(lane);
    }

    @Override
    public void resume(TopicPartition lane) {
        paused.remove(lane);
    }

    @Override
    public boolean isAssigned(TopicPartition lane) {
        return assigned.contains(lane);
    }

    @Override
    public void requestCommit() {
        commitRequested = true;
    }

    @Override
    public @Nullable Future<?> report(SinkRecord record, UnmappableRecordException reason) {
        if (deadLetters == null) {
            throw reason;
        }
        deadLetters.add(record);
        return null;
    }
}
