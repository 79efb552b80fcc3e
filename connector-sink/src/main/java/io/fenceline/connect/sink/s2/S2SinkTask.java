package io.fenceline.connect.sink.s2;

import io.fenceline.append.loop.LoopDriver;
import io.fenceline.append.loop.LoopThread;
import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.s2.StreamRecordForm;
import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.ClaimTiming;
import io.fenceline.connect.sink.claim.S2BasinAccess;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.connect.sink.lane.ClaimTroubles;
import io.fenceline.connect.sink.lane.LanePolicy;
import io.fenceline.connect.sink.lane.LaneServices;
import io.fenceline.connect.sink.lane.LaneTarget;
import io.fenceline.connect.sink.lane.PartingWait;
import io.fenceline.connect.sink.lane.TopicEnds;
import io.fenceline.connect.sink.stream.GoneStreams;
import io.fenceline.connect.sink.stream.StreamCounters;
import io.fenceline.connect.sink.stream.StreamPolicy;
import io.fenceline.connect.sink.stream.StreamServices;
import io.fenceline.connect.sink.stream.StreamTarget;
import io.fenceline.connect.sink.stream.TokensLeft;
import io.fenceline.connect.sink.task.PositionTrust;
import io.fenceline.connect.sink.task.SinkKeys;
import io.fenceline.connect.sink.task.WorkerCalls;
import io.fenceline.s2.wire.FramePool;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
 * Kafka to S2. Puts together what a task needs and hands Connect's calls to {@link WorkerCalls}. No call waits for S2: what
 * takes time happens on the session loop, and its results are picked up by the next {@code put}.
 */
public final class S2SinkTask extends SinkTask {

    private static final Logger log = LoggerFactory.getLogger(S2SinkTask.class);

    /** How long memory for batches is kept after the last time it was needed. */
    private static final Duration FRAMES_KEPT = Duration.ofSeconds(10);

    private static final Duration SESSION_IDLE = Duration.ofSeconds(30);
    private static final Duration WATERMARK_SEARCH_LIMIT = Duration.ofMinutes(2);

    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Function<S2SinkConfig, BasinAccess> basins;
    private final Function<String, LoopDriver> loops;
    private final PartingWait partingWait;

    private @Nullable BasinAccess basin;
    private @Nullable LoopDriver sessions;
    private @Nullable FramePool framePool;
    private @Nullable ClaimTroubles troubles;
    private @Nullable WorkerCalls calls;

    /** As Connect makes one. */
    public S2SinkTask() {
        this(
                System::nanoTime,
                new SecureRandom(),
                config -> new S2BasinAccess(config.connection().newClient(), config.newStreams()),
                LoopThread::new,
                PartingWait.BLOCKING);
    }

    /** @param random for tokens; must not be predictable across processes */
    S2SinkTask(
            LongSupplier nanoTime,
            RandomGenerator random,
            Function<S2SinkConfig, BasinAccess> basins,
            Function<String, LoopDriver> loops,
            PartingWait partingWait) {
        this.nanoTime = nanoTime;
        this.random = random;
        this.basins = basins;
        this.loops = loops;
        this.partingWait = partingWait;
    }

    @Override
    public String version() {
        return new S2SinkConnector().version();
    }

    @Override
    public void start(Map<String, String> properties) {
        log.info(Version.startOf("S2 sink task"));
        S2SinkConfig config = ConfigAtStart.read(() -> new S2SinkConfig(properties));
        BasinAccess s2 = basins.apply(config);
        basin = s2;
        LoopDriver driver = loops.apply("fenceline-sessions-" + properties.getOrDefault("name", "s2-sink"));
        sessions = driver;
        SessionLoop loop = driver.loop();
        AssignmentLease lease = WorkerCalls.newLease(nanoTime);
        LaneServices services =
                WorkerCalls.services(context, properties, properties.getOrDefault("name", "s2-sink"), nanoTime);
        FramePool frames = new FramePool(config.get(SinkKeys.BUFFER_MAX_BYTES), FRAMES_KEPT.toNanos());
        framePool = frames;
        StreamCounters counters = new StreamCounters();
        ClaimTroubles claimTroubles = new ClaimTroubles("streams", "claimed", log::warn, log::info);
        troubles = claimTroubles;
        RecentLatencies appends = new RecentLatencies(
                "append-latency",
                "time, from the moment a batch is handed to its session until S2's ack, with the wait for room in flight"
                        + " (`inflight.max.bytes`) and with every new attempt,",
                "appends");
        StreamServices streams = new StreamServices(
                services.inbox(),
                SinkKeys.newRecordMapper(config),
                new StreamRecordForm(),
                frames,
                s2,
                loop,
                new ClaimRunner(s2, loop, nanoTime, lease, random, counters),
                new TokensLeft(),
                new TopicEnds(),
                new GoneStreams(),
                claimTroubles,
                nanoTime,
                System::currentTimeMillis,
                random,
                counters,
                appends);
        StreamPolicy streamPolicy = streamPolicy(config, properties);
        LaneTarget.Factory targets = (partition, lane, offsets) -> new StreamTarget(
                partition,
                config.stream().streamFor(partition.topic(), partition.partition()),
                streamPolicy,
                streams,
                lane,
                offsets);
        List<MetricRegistry.Gauge> figures = new ArrayList<>(counters.gauges());
        figures.addAll(appends.gauges());
        calls = new WorkerCalls(
                context,
                services,
                partingWait,
                lease,
                targets,
                lanePolicy(config, properties),
                config.get(SinkKeys.BUFFER_MAX_BYTES),
                "s2-sink-task",
                figures);
        log.info("writes to {}", s2.describeTarget());
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        started().open(partitions);
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        WorkerCalls started = started();
        if (sessions != null && sessions.loop().isClosed()) {
            throw new ConnectException(
                    "the session loop of this task has ended by a failure of its own, which the worker's"
                            + " log shows above; restart the task: it asks each stream which offsets it holds");
        }
        long now = started.put(records);
        if (framePool != null) {
            framePool.trim(now);
        }
        if (troubles != null) {
            troubles.tick(now);
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
        if (sessions != null) {
            sessions.close();
        }
        if (basin != null) {
            basin.close();
        }
    }

    private WorkerCalls started() {
        if (calls == null) {
            throw new IllegalStateException("task is not started");
        }
        return calls;
    }

    private static LanePolicy lanePolicy(S2SinkConfig config, Map<String, String> properties) {
        PositionTrust trust = PositionTrust.of(properties);
        return new LanePolicy(
                "s2-sink-stream",
                config.get(SinkKeys.ON_STOP),
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
