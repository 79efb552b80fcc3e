package io.fenceline.connect.sink.s2;

import io.fenceline.append.loop.LoopDriver;
import io.fenceline.append.loop.LoopThread;
import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.s2.StreamRecordForm;
import io.fenceline.connect.sink.claim.AssignmentLease;
import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.ClaimTiming;
import io.fenceline.connect.sink.claim.S2BasinAccess;
import io.fenceline.connect.sink.lane.LaneCounters;
import io.fenceline.connect.sink.lane.LanePolicy;
import io.fenceline.connect.sink.lane.LaneServices;
import io.fenceline.connect.sink.lane.LaneTarget;
import io.fenceline.connect.sink.lane.MemoryShares;
import io.fenceline.connect.sink.lane.PartitionLane;
import io.fenceline.connect.sink.lane.SinkLanes;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.stream.AppendLatencies;
import io.fenceline.connect.sink.stream.StreamCounters;
import io.fenceline.connect.sink.stream.StreamPolicy;
import io.fenceline.connect.sink.stream.StreamServices;
import io.fenceline.connect.sink.stream.StreamTarget;
import io.fenceline.connect.sink.stream.TokensLeft;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.wire.FramePool;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connect's calls, handed to {@link SinkLanes}. No call waits for S2: what takes time happens on the session loop, and
 * its results are picked up by the next {@code put}.
 */
public final class S2SinkTask extends SinkTask {

    private static final Logger log = LoggerFactory.getLogger(S2SinkTask.class);

    /** How long {@link #stop} lets parting checkpoints go out; Connect allows a task five seconds in all. */
    private static final long PARTING_MILLIS = 500;

    /** Bounds the first poll, so that claims made while it rebalances are not kept waiting. */
    private static final long FIRST_POLL_MILLIS = 100;

    /** A worker that has not called for this long may have lost its partitions without knowing. */
    private static final Duration ASSIGNMENT_LEASE = Duration.ofSeconds(30);

    /** How long memory for batches is kept after the last time it was needed. */
    private static final Duration FRAMES_KEPT = Duration.ofSeconds(10);

    private static final Duration SESSION_IDLE = Duration.ofSeconds(30);
    private static final Duration WATERMARK_SEARCH_LIMIT = Duration.ofMinutes(2);

    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Function<S2SinkConfig, BasinAccess> basins;
    private final Function<String, LoopDriver> loops;

    private @Nullable BasinAccess basin;
    private @Nullable LoopDriver sessions;
    private @Nullable AssignmentLease lease;
    private @Nullable SinkLanes lanes;
    private @Nullable FramePool framePool;
    private @Nullable RuntimeException preCommitFailure;
    private MetricRegistry.@Nullable Published published;

    /** As Connect makes one. */
    public S2SinkTask() {
        this(
                System::nanoTime,
                new SecureRandom(),
                config -> new S2BasinAccess(new S2Client(config.connection().clientConfig())),
                LoopThread::new);
    }

    /** @param random for tokens; must not be predictable across processes */
    S2SinkTask(
            LongSupplier nanoTime,
            RandomGenerator random,
            Function<S2SinkConfig, BasinAccess> basins,
            Function<String, LoopDriver> loops) {
        this.nanoTime = nanoTime;
        this.random = random;
        this.basins = basins;
        this.loops = loops;
    }

    @Override
    public String version() {
        return new S2SinkConnector().version();
    }

    @Override
    public void start(Map<String, String> properties) {
        S2SinkConfig config = new S2SinkConfig(properties);
        BasinAccess s2 = basins.apply(config);
        basin = s2;
        LoopDriver driver = loops.apply("fenceline-sessions-" + properties.getOrDefault("name", "s2-sink"));
        sessions = driver;
        SessionLoop loop = driver.loop();
        AssignmentLease assignment = new AssignmentLease(ASSIGNMENT_LEASE, nanoTime.getAsLong());
        lease = assignment;
        TaskInbox inbox = new TaskInbox();
        ConnectPort port = new ConnectPort(context, properties);
        MetricRegistry metrics = MetricRegistry.of(
                context,
                properties.getOrDefault("name", "s2-sink"),
                properties.getOrDefault(S2SinkConnector.TASK_NUMBER, "0"));
        FramePool frames = new FramePool(config.get(S2SinkConfig.BUFFER_MAX_BYTES), FRAMES_KEPT.toNanos());
        framePool = frames;
        LaneCounters laneCounters = new LaneCounters();
        StreamCounters streamCounters = new StreamCounters();
        AppendLatencies appends = new AppendLatencies();
        List<MetricRegistry.Gauge> figures = new ArrayList<>(laneCounters.gauges());
        figures.addAll(streamCounters.gauges());
        figures.addAll(appends.gauges());
        published = metrics.publish("s2-sink-task", Map.of(), figures);
        StreamServices streams = new StreamServices(
                inbox,
                config.newRecordMapper(),
                new StreamRecordForm(),
                frames,
                s2,
                loop,
                new ClaimRunner(s2, loop, nanoTime, assignment, random),
                new TokensLeft(),
                nanoTime,
                random,
                streamCounters,
                appends);
        LaneServices services = new LaneServices(port, inbox, nanoTime, laneCounters, metrics);
        LanePolicy lanePolicy = lanePolicy(config, properties);
        StreamPolicy streamPolicy = streamPolicy(config, properties);
        LaneTarget.Factory targets = (partition, lane, offsets) -> new StreamTarget(
                partition,
                config.stream().streamFor(partition.topic(), partition.partition()),
                streamPolicy,
                streams,
                lane,
                offsets);
        lanes = new SinkLanes(
                partition -> new PartitionLane(partition, targets, lanePolicy, services),
                port,
                inbox,
                new MemoryShares(config.get(S2SinkConfig.BUFFER_MAX_BYTES)));
        context.timeout(FIRST_POLL_MILLIS);
        log.info("writes to {}", s2.describeTarget());
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        long now = renewLease();
        started().open(partitions, now);
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        long now = renewLease();
        SinkLanes all = started();
        RuntimeException earlier = preCommitFailure;
        if (earlier != null) {
            throw new ConnectException("preCommit failed, nothing was committed by it", earlier);
        }
        if (sessions != null && sessions.loop().isClosed()) {
            throw new ConnectException(
                    "the session loop of this task has ended by a failure of its own, which the worker's"
                            + " log shows above; restart the task: it asks each stream which offsets it holds");
        }
        all.put(records, now);
        if (framePool != null) {
            framePool.trim(now);
        }
        context.timeout(all.wakeWithinMillis(now));
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> given) {
        try {
            return started().committable(given);
        } catch (RuntimeException e) {
            // Connect would move the consumer back without telling the lanes, and go on: the next put ends the task
            // instead.
            preCommitFailure = e;
            return Map.of();
        }
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        started().close(partitions);
    }

    @Override
    public void stop() {
        if (lanes != null) {
            await(lanes.closeAll());
        }
        if (published != null) {
            published.close();
        }
        if (sessions != null) {
            sessions.close();
        }
        if (basin != null) {
            basin.close();
        }
    }

    private static void await(CompletableFuture<Void> parting) {
        try {
            parting.get(PARTING_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | CancellationException | TimeoutException e) {
            // Best effort: the next owner finds the last offset by reading the stream instead.
            log.debug("a parting checkpoint was not confirmed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long renewLease() {
        long now = nanoTime.getAsLong();
        if (lease != null) {
            lease.renew(now);
        }
        return now;
    }

    private SinkLanes started() {
        if (lanes == null) {
            throw new IllegalStateException("task is not started");
        }
        return lanes;
    }

    private static LanePolicy lanePolicy(S2SinkConfig config, Map<String, String> properties) {
        PositionTrust trust = PositionTrust.of(properties);
        return new LanePolicy(
                "s2-sink-stream",
                config.get(S2SinkConfig.ON_STOP),
                trust.resetMayJump(),
                trust.canBeCompared(),
                config.retries().backoffMin());
    }

    private static StreamPolicy streamPolicy(S2SinkConfig config, Map<String, String> properties) {
        return new StreamPolicy(
                properties.getOrDefault("name", "<connector>"),
                config.connection().basin(),
                config.exactlyOnce(),
                config.get(S2SinkConfig.STREAM_AUTO_CREATE),
                new StreamPolicy.Claims(
                        config.connection().clientConfig().encryptionKey() != null,
                        config.get(S2SinkConfig.CLAIM_MAX_TAKEOVERS),
                        config.get(S2SinkConfig.CHECKPOINT_IDLE)),
                new StreamPolicy.Batching(
                        config.get(S2SinkConfig.BATCH_MAX_RECORDS),
                        config.get(S2SinkConfig.BATCH_MAX_BYTES),
                        config.get(S2SinkConfig.LINGER)),
                new StreamPolicy.Sessions(
                        config.retryPolicy(),
                        config.get(S2SinkConfig.INFLIGHT_MAX_BYTES),
                        config.get(S2SinkConfig.ACK_TIMEOUT),
                        config.connection().requestTimeout(),
                        SESSION_IDLE),
                new ClaimTiming(config.retries(), WATERMARK_SEARCH_LIMIT));
    }
}
