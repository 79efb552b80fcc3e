package io.fenceline.connect.sink.queue;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.connect.sink.lane.ClaimTroubles;
import io.fenceline.connect.sink.lane.LaneTarget;
import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.lane.TaskPort;
import io.fenceline.connect.sink.lane.TopicEnds;
import io.fenceline.sqs.QueueInspector;
import io.fenceline.sqs.QueueSender;
import io.fenceline.sqs.QueueUrl;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The queues that one task sends to: makes the target of each of its lanes, and holds what those share. Task thread only. */
public final class QueueTargets implements LaneTarget.Factory, AutoCloseable {

    /**
     * What a task lends its queues.
     *
     * @param name       of its threads, without a number
     * @param port       the worker
     * @param inbox      how other threads reach the task thread
     * @param lease      of the worker, renewed by its calls, by the clock {@code nanoTime}
     * @param nanoTime   monotonic clock
     * @param wallMillis wall clock, to be compared with records' timestamps
     * @param random     for pauses, values from 0 to below 1; any thread
     */
    public record Surroundings(
            String name,
            TaskPort port,
            TaskInbox inbox,
            AssignmentLease lease,
            LongSupplier nanoTime,
            LongSupplier wallMillis,
            DoubleSupplier random) {}

    private static final Logger log = LoggerFactory.getLogger(QueueTargets.class);

    private final QueuePolicy policy;
    private final Function<String, QueueUrl> queueOf;
    private final Senders senders;
    private final QueueQuestions questions;
    private final QueueServices services;

    /**
     * @param queueOf   the queue of a topic, by the name it is read from Kafka
     * @param sender    sends to them; closed by who made it, after this
     * @param inspector looks at them
     */
    public QueueTargets(
            QueuePolicy policy,
            Function<String, QueueUrl> queueOf,
            QueueMessages messages,
            QueueSender sender,
            QueueInspector inspector,
            Surroundings task,
            QueueCounters counters,
            RecentLatencies latencies) {
        this.policy = policy;
        this.queueOf = queueOf;
        this.senders = new Senders(
                task.name(),
                policy,
                sender,
                Lease.of(task.lease()),
                task.inbox(),
                task.nanoTime(),
                task.wallMillis(),
                task.random(),
                counters,
                latencies);
        this.questions = new QueueQuestions(
                task.name() + "-question", inspector, policy.retries(), task.inbox(), task.nanoTime(), task.random());
        this.services = new QueueServices(
                task.port(),
                messages,
                questions,
                new TopicEnds(),
                new ClaimTroubles("queues", "asked how they are set up", log::warn, log::info),
                senders,
                task.nanoTime(),
                counters);
    }

    @Override
    public LaneTarget create(TopicPartition partition, LaneTarget.Lane lane, OffsetTracker offsets) {
        return new QueueTarget(partition, queueOf.apply(partition.topic()), policy, services, lane, offsets);
    }

    /** What is in flight, and what waits, from all lanes. Any thread reads them. */
    public List<Gauge> gauges() {
        return senders.gauges();
    }

    /**
     * For each {@code put}, also one without an open lane.
     *
     * @throws org.apache.kafka.connect.errors.ConnectException nothing is sent any more, by a failure of our own
     */
    public void throwIfDead() {
        senders.throwIfDead();
    }

    /** Behind each {@code put}: the lease was renewed, and what waited for that may go; what the operator has to know is said. */
    public void onCall() {
        senders.onCall();
        services.troubles().tick(services.nanoTime().getAsLong());
    }

    /** Nothing more is sent or asked. Waits for nothing. Idempotent. */
    @Override
    public void close() {
        senders.close();
        questions.close();
    }
}
