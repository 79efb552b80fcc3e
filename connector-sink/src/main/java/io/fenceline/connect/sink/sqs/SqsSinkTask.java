package io.fenceline.connect.sink.sqs;

import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.connect.sink.lane.LanePolicy;
import io.fenceline.connect.sink.lane.LaneServices;
import io.fenceline.connect.sink.lane.PartingWait;
import io.fenceline.connect.sink.queue.QueueCounters;
import io.fenceline.connect.sink.queue.QueueMessages;
import io.fenceline.connect.sink.queue.QueuePolicy;
import io.fenceline.connect.sink.queue.QueueTargets;
import io.fenceline.connect.sink.task.PositionTrust;
import io.fenceline.connect.sink.task.SinkKeys;
import io.fenceline.connect.sink.task.WorkerCalls;
import io.fenceline.sqs.QueueClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka to SQS. Puts together what a task needs and hands Connect's calls to {@link WorkerCalls}. No call waits for SQS but
 * {@link #start}, which may ask AWS's region chain: threads of {@link QueueTargets} send, and their results are picked up by the
 * next {@code put}.
 */
public final class SqsSinkTask extends SinkTask {

    private static final Logger log = LoggerFactory.getLogger(SqsSinkTask.class);

    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private final DoubleSupplier random;

    private @Nullable QueueClient client;
    private @Nullable QueueTargets queues;
    private @Nullable WorkerCalls calls;

    /** As Connect makes one. */
    public SqsSinkTask() {
        this(System::nanoTime, System::currentTimeMillis, () -> ThreadLocalRandom.current()
                .nextDouble());
    }

    /**
     * @param nanoTime   monotonic clock
     * @param wallMillis wall clock, to be compared with records' timestamps
     * @param random     for pauses, values from 0 to below 1; any thread
     */
    SqsSinkTask(LongSupplier nanoTime, LongSupplier wallMillis, DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        this.random = random;
    }

    @Override
    public String version() {
        return new SqsSinkConnector().version();
    }

    @Override
    public void start(Map<String, String> properties) {
        log.info(Version.startOf("SQS sink task"));
        SqsSinkConfig config = ConfigAtStart.read(() -> new SqsSinkConfig(properties));
        QueueClient sqs = new QueueClient(ConfigAtStart.read(config::clientConfig), System::nanoTime);
        client = sqs;
        AssignmentLease lease = WorkerCalls.newLease(nanoTime);
        LaneServices services = WorkerCalls.services(context, properties, config.connectorName(), nanoTime);
        QueueCounters counters = new QueueCounters();
        RecentLatencies latencies = new RecentLatencies("request-latency", "time, whatever came of them,", "requests");
        QueueTargets targets = new QueueTargets(
                queuePolicy(config),
                config.queue()::queueFor,
                new QueueMessages(
                        SinkKeys.newRecordMapper(config),
                        config.get(SqsSinkConfig.HEADERS),
                        config.messageGroup().orElse(null),
                        config.deduplicationNamespace()),
                sqs,
                sqs,
                new QueueTargets.Surroundings(
                        "fenceline-sqs-" + config.connectorName(),
                        services.port(),
                        services.inbox(),
                        lease,
                        nanoTime,
                        wallMillis,
                        random),
                counters,
                latencies);
        queues = targets;
        List<MetricRegistry.Gauge> figures = new ArrayList<>(counters.gauges());
        figures.addAll(targets.gauges());
        figures.addAll(latencies.gauges());
        calls = new WorkerCalls(
                context,
                services,
                PartingWait.BLOCKING,
                lease,
                targets,
                lanePolicy(config, properties),
                config.get(SinkKeys.BUFFER_MAX_BYTES),
                "sqs-sink-task",
                figures);
        log.info("writes to {} at {}", config.queue(), config.connection().endpoint());
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        started().open(partitions);
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        WorkerCalls started = started();
        if (queues != null) {
            queues.throwIfDead();
        }
        started.put(records);
        if (queues != null) {
            queues.onCall();
        }
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> given) {
        return started().preCommit(given);
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        started().close(partitions);
    }

    @Override
    public void stop() {
        if (calls != null) {
            calls.stop();
        }
        if (queues != null) {
            queues.close();
        }
        if (client != null) {
            client.close();
        }
    }

    private WorkerCalls started() {
        if (calls == null) {
            throw new IllegalStateException("task is not started");
        }
        return calls;
    }

    /** A queue says nothing of the offsets it holds, so there is nothing to compare a position with. */
    private static LanePolicy lanePolicy(SqsSinkConfig config, Map<String, String> properties) {
        return new LanePolicy(
                "sqs-sink-queue",
                config.get(SinkKeys.ON_STOP),
                PositionTrust.of(properties).resetMayJump(),
                false,
                config.retries().backoffMin());
    }

    private static QueuePolicy queuePolicy(SqsSinkConfig config) {
        return new QueuePolicy(
                config.connectorName(),
                config.retries(),
                config.get(SqsSinkConfig.LINGER),
                config.get(SqsSinkConfig.MAX_IN_FLIGHT_REQUESTS),
                config.get(SqsSinkConfig.MAX_BATCH_PER_GROUP),
                config.connection().connectTimeout().plus(config.connection().requestTimeout()),
                config.inDoubtPolicy(),
                config.get(SqsSinkConfig.IN_DOUBT_ON_RESTART));
    }
}
