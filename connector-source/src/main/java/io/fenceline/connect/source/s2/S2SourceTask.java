package io.fenceline.connect.source.s2;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.Version;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.read.PollInbox;
import io.fenceline.connect.source.read.ReadCounters;
import io.fenceline.connect.source.read.ReadPolicy;
import io.fenceline.connect.source.read.S2SourceBasin;
import io.fenceline.connect.source.read.SourceBasin;
import io.fenceline.connect.source.read.StreamDiscovery;
import io.fenceline.connect.source.read.StreamReaders;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connect's calls, handed to {@link StreamReaders}. All that is read is owned by the thread that polls; {@code stop} may come
 * from another one and waits for a poll to end, which it does at once.
 */
public final class S2SourceTask extends SourceTask {

    private static final Logger log = LoggerFactory.getLogger(S2SourceTask.class);

    /** Without anything to hand over a poll ends after that long, so that Connect can stop or pause the task. */
    private static final long LONGEST_POLL_NANOS = Duration.ofMillis(500).toNanos();

    /** S2 sends a heartbeat after at most 15 seconds of silence. */
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(20);

    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Function<S2SourceConfig, SourceBasin> basins;

    private final PollInbox inbox = new PollInbox();
    private final ReadCounters counters = new ReadCounters();
    private volatile boolean stopping;

    // guarded by this
    private @Nullable S2SourceConfig config;
    private @Nullable SourceBasin basin;
    private @Nullable StreamReaders readers;
    private @Nullable SourceStreams streams;
    private @Nullable StreamDiscovery discovery;
    private volatile @Nullable Heartbeats heartbeats;
    private @Nullable OversizeWatch oversize;
    private volatile @Nullable HandOverWatch handOver;
    private volatile @Nullable TransactionWatch transactions;
    private MetricRegistry.@Nullable Published published;
    private final Map<String, SourceRecordMapper> mappers = new HashMap<>();
    private @Nullable TerminalException failure;
    /** The last look found records that are not asked for, and perhaps there are more. */
    private boolean passedOver;

    /** As Connect makes one. */
    public S2SourceTask() {
        this(
                System::nanoTime,
                RandomGenerator.getDefault(),
                config -> new S2SourceBasin(new S2Client(config.connection().clientConfig()), config.transport()));
    }

    S2SourceTask(LongSupplier nanoTime, RandomGenerator random, Function<S2SourceConfig, SourceBasin> basins) {
        this.nanoTime = nanoTime;
        this.random = random;
        this.basins = basins;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public synchronized void start(Map<String, String> properties) {
        S2SourceConfig given = new S2SourceConfig(properties);
        // before anything is opened
        List<String> own = given.ownStreams();
        config = given;
        SourceBasin s2 = basins.apply(given);
        basin = s2;
        String connector = properties.getOrDefault("name", "s2-source");
        String basinName = given.connection().basin();
        MetricRegistry metrics = MetricRegistry.of(context, connector, String.valueOf(given.taskNumber()));
        StreamReaders all = new StreamReaders(
                connector,
                basinName,
                s2,
                inbox,
                policy(given),
                counters,
                metrics,
                given.bufferMaxBytes(),
                given.pollMaxBytes(),
                nanoTime,
                random);
        readers = all;
        List<MetricRegistry.Gauge> gauges = new ArrayList<>(counters.gauges());
        gauges.add(all.reservedGauge());
        published = metrics.publish("s2-source-task", Map.of(), gauges);
        oversize = OversizeWatch.of(properties);
        transactions = TransactionWatch.of(properties, log::warn);
        handOver = new HandOverWatch(
                connector + "-" + given.taskNumber(),
                nanoTime,
                S2SourceTask::later,
                HandOverWatch::isInProducer,
                log::warn);
        SourceStreams chosen = new SourceStreams(basinName, given, context.offsetStorageReader(), all);
        streams = chosen;
        String prefix = given.streams().prefix();
        if (prefix == null) {
            chosen.addListed(own);
        } else {
            discovery = new StreamDiscovery(
                    prefix,
                    s2,
                    inbox,
                    nanoTime,
                    given.streams().discoveryInterval(),
                    given.retries().timeout(),
                    random,
                    found -> {
                        chosen.onListed(found);
                        mappers.keySet().retainAll(all.streams());
                    });
        }
        Duration interval = given.heartbeatInterval();
        String topic = given.heartbeatTopic();
        if (interval != null && topic != null) {
            heartbeats = new Heartbeats(basinName, topic, given.valueType(), interval, nanoTime);
        }
        StartupAdvice.onStart(given, Instant.now()).ifPresent(log::warn);
        log.info("reads from {}", s2.describeTarget());
    }

    /** On the JVM's timer thread, which all tasks share. */
    private static Executor later(Duration delay) {
        return CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
    }

    private static ReadPolicy policy(S2SourceConfig config) {
        return new ReadPolicy(
                config.onGap(),
                config.onRecreated(),
                config.streams().prefix() != null,
                config.connection().requestTimeout(),
                SILENCE_LIMIT,
                config.retries());
    }

    @Override
    public synchronized @Nullable List<SourceRecord> poll() throws InterruptedException {
        HandOverWatch watch = handOver;
        if (watch != null) {
            watch.back();
        }
        TransactionWatch required = transactions;
        if (required != null) {
            required.onPoll();
        }
        List<SourceRecord> records = collect();
        if (records.isEmpty() && !stopping && !passedOver) {
            inbox.await(idleFor());
            records = stopping ? List.of() : collect();
        }
        if (records.isEmpty()) {
            return null;
        }
        if (watch != null) {
            watch.handedOver(records);
        }
        return records;
    }

    private List<SourceRecord> collect() {
        StreamReaders all = started(readers);
        SourceStreams chosen = started(streams);
        S2SourceConfig given = started(config);
        if (failure != null) {
            throw failure;
        }
        passedOver = false;
        inbox.drain();
        if (discovery != null) {
            discovery.tick();
        }
        all.tick();
        List<SourceRecord> records = new ArrayList<>();
        try {
            all.take(given.pollMaxRecords(), given.pollMaxBytes(), (stream, record, meteredBytes, createdAt) -> {
                if (chosen.isTooEarly(stream, record)) {
                    passedOver = true;
                } else {
                    records.add(map(stream, record, meteredBytes, createdAt));
                }
            });
        } catch (TerminalException e) {
            if (records.isEmpty()) {
                throw e;
            }
            // What was handed over before it still goes to Kafka.
            failure = e;
        }
        if (heartbeats != null) {
            List<SourceRecord> due = heartbeats.due(chosen.positions());
            counters.heartbeats.add(due.size());
            records.addAll(due);
        }
        return records;
    }

    private SourceRecord map(String stream, SequencedRecord record, int meteredBytes, Instant createdAt) {
        S2SourceConfig given = started(config);
        SourceRecordMapper mapper = mappers.computeIfAbsent(
                stream,
                name -> new SourceRecordMapper(
                        new StreamPartition(given.connection().basin(), name), given));
        started(oversize).look(stream, record, meteredBytes);
        return mapper.map(record, createdAt);
    }

    private long idleFor() {
        long idle = Math.min(LONGEST_POLL_NANOS, started(readers).idleFor());
        if (discovery != null) {
            idle = Math.min(idle, discovery.idleFor());
        }
        Heartbeats beats = heartbeats;
        return beats == null ? idle : Math.min(idle, beats.idleFor());
    }

    /** On a producer's thread, or on the task's after the transaction. */
    @Override
    public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
        HandOverWatch watch = handOver;
        if (watch != null) {
            watch.onConfirmed();
        }
        if (metadata == null) {
            counters.unconfirmed.increment();
            return;
        }
        TransactionWatch required = transactions;
        if (required != null) {
            required.onWritten();
        }
        Heartbeats beats = heartbeats;
        if (beats != null) {
            beats.onStored(record);
        }
    }

    @Override
    public void stop() {
        stopping = true;
        inbox.wake();
        HandOverWatch watch = handOver;
        if (watch != null) {
            watch.back();
        }
        synchronized (this) {
            if (readers != null) {
                readers.close();
            }
            if (published != null) {
                published.close();
            }
            if (basin != null) {
                basin.close();
            }
        }
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("task is not started");
        }
        return part;
    }
}
