package io.fenceline.connect.source.s2;

import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.HandOverWatch;
import io.fenceline.connect.source.OversizeWatch;
import io.fenceline.connect.source.PollCycle;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.connect.source.TransactionWatch;
import io.fenceline.connect.source.read.ReadCounters;
import io.fenceline.connect.source.read.ReadPolicy;
import io.fenceline.connect.source.read.S2SourceBasin;
import io.fenceline.connect.source.read.SourceBasin;
import io.fenceline.connect.source.read.StreamDiscovery;
import io.fenceline.connect.source.read.StreamReaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** S2 sends a heartbeat after at most 15 seconds of silence. */
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(20);

    /** Less than a transaction takes. */
    private static final Duration REST = Duration.ofMillis(5);

    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private final RandomGenerator random;
    private final Function<S2SourceConfig, SourceBasin> basins;

    private final PollInbox inbox = new PollInbox();
    private final ReadCounters counters = new ReadCounters();
    private volatile @Nullable PollCycle polls;
    private volatile @Nullable Heartbeats heartbeats;

    // guarded by this
    private @Nullable SourceBasin basin;
    private @Nullable StreamReaders readers;
    private MetricRegistry.@Nullable Published published;

    /** As Connect makes one. */
    public S2SourceTask() {
        this(
                System::nanoTime,
                System::currentTimeMillis,
                RandomGenerator.getDefault(),
                config -> new S2SourceBasin(config.connection().newClient(), config.get(S2SourceConfig.TRANSPORT)));
    }

    /** @param wallMillis to be compared with records' timestamps; any thread */
    S2SourceTask(
            LongSupplier nanoTime,
            LongSupplier wallMillis,
            RandomGenerator random,
            Function<S2SourceConfig, SourceBasin> basins) {
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        this.random = random;
        this.basins = basins;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public synchronized void start(Map<String, String> properties) {
        log.info(Version.startOf("S2 source task"));
        S2SourceConfig given = ConfigAtStart.read(() -> new S2SourceConfig(properties));
        // before anything is opened
        List<String> own = ConfigAtStart.read(given::ownStreams);
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
                given.get(S2SourceConfig.BUFFER_MAX_BYTES),
                given.get(S2SourceConfig.POLL_MAX_BYTES),
                nanoTime,
                random);
        readers = all;
        List<MetricRegistry.Gauge> gauges = new ArrayList<>(counters.gauges());
        gauges.addAll(all.taskGauges());
        gauges.add(counters.newestRecord.age(
                "newest-record-age-ms",
                "age of the newest record handed to Connect, by its timestamp in S2; absent before the first. Grows while"
                        + " nothing is written, as well as while nothing is read: see `lag`",
                wallMillis));
        published = metrics.publish("s2-source-task", Map.of(), gauges);
        SourceStreams chosen = new SourceStreams(basinName, given, context.offsetStorageReader(), all);
        Map<String, SourceRecordMapper> mappers = new HashMap<>();
        StreamDiscovery discovery = null;
        String prefix = given.streams().prefix();
        if (prefix == null) {
            chosen.addListed(own);
        } else {
            EmptyPrefixWatch empty =
                    new EmptyPrefixWatch(basinName, prefix, given.streams().discoveryInterval());
            discovery = new StreamDiscovery(
                    prefix,
                    s2,
                    inbox,
                    nanoTime,
                    given.streams().discoveryInterval(),
                    given.retries().timeout(),
                    random,
                    counters,
                    found -> {
                        empty.onListed(found.size(), nanoTime.getAsLong()).ifPresent(log::warn);
                        chosen.onListed(found);
                        mappers.keySet().retainAll(all.streams());
                    });
        }
        Duration interval = given.heartbeatInterval();
        String topic = given.heartbeatTopic();
        Heartbeats beats = interval == null || topic == null
                ? null
                : new Heartbeats(basinName, topic, given.get(S2SourceConfig.VALUE_TYPE), interval, nanoTime);
        heartbeats = beats;
        polls = new PollCycle(
                inbox,
                new StreamSupply(given, chosen, all, discovery, beats, mappers, OversizeWatch.of(properties), counters),
                HandOverWatch.onTimer(
                        new HandOverWatch.Words(
                                connector + "-" + given.taskNumber(),
                                "streams",
                                S2SourceConfig.RESTORE_PARTITION + "=true"),
                        nanoTime,
                        log::warn),
                TransactionWatch.of(properties, log::warn),
                REST);
        SourceStartupAdvice.onStart(given, Instant.now()).ifPresent(log::warn);
        log.info("reads from {}", s2.describeTarget());
    }

    private static ReadPolicy policy(S2SourceConfig config) {
        return new ReadPolicy(
                config.get(S2SourceConfig.ON_GAP),
                config.get(S2SourceConfig.ON_RECREATED),
                config.streams().prefix() != null,
                config.connection().requestTimeout(),
                SILENCE_LIMIT,
                config.retries());
    }

    @Override
    public synchronized @Nullable List<SourceRecord> poll() throws InterruptedException {
        PollCycle started = polls;
        if (started == null) {
            throw new IllegalStateException("task is not started");
        }
        return started.poll();
    }

    /** On a producer's thread, or on the task's after the transaction. */
    @Override
    public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
        PollCycle started = polls;
        if (started != null) {
            started.onConfirmed(metadata != null);
        }
        if (metadata == null) {
            counters.unconfirmed.increment();
            return;
        }
        Heartbeats beats = heartbeats;
        if (beats != null) {
            beats.onStored(record);
        }
    }

    @Override
    public void stop() {
        PollCycle started = polls;
        if (started == null) {
            inbox.close();
        } else {
            started.stop();
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
}
