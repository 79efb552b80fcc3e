package io.fenceline.connect.source.sqs;

import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.HandOverWatch;
import io.fenceline.connect.source.OversizeWatch;
import io.fenceline.connect.source.PollCycle;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.connect.source.TransactionWatch;
import io.fenceline.connect.source.queue.CustodyCounters;
import io.fenceline.connect.source.queue.CustodyPolicy;
import io.fenceline.connect.source.queue.QueueReader;
import io.fenceline.connect.source.queue.QueueReaders;
import io.fenceline.connect.source.queue.RecoveredLedger;
import io.fenceline.connect.sqs.QueueSourceStops;
import io.fenceline.sqs.QueueClient;
import io.fenceline.sqs.QueueUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SQS to Kafka. Puts together what a task needs and hands Connect's calls on. No call waits for SQS but {@link #stop}, for a
 * second at most: threads of {@link QueueReaders} receive and delete. {@code stop} may come from another thread and waits for a
 * poll to end, which it does at once.
 */
public final class SqsSourceTask extends SourceTask {

    private static final Logger log = LoggerFactory.getLogger(SqsSourceTask.class);

    /** For deletes that are due when the task stops; Connect gives a task five seconds for all of its end. */
    private static final Duration LAST_CHANGES = Duration.ofSeconds(1);

    /** Receives bring ten messages each, and a transaction costs the broker as much for ten as for a hundred. */
    private static final Duration REST = Duration.ofMillis(15);

    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private final DoubleSupplier random;

    private final PollInbox inbox = new PollInbox();
    private volatile @Nullable PollCycle polls;
    private volatile @Nullable QueueReaders readers;
    private volatile @Nullable Thread poller;

    // guarded by this
    private @Nullable QueueClient client;
    private @Nullable QueueLook look;
    private MetricRegistry.@Nullable Published published;

    /** As Connect makes one. */
    public SqsSourceTask() {
        this(System::nanoTime, System::currentTimeMillis, () -> ThreadLocalRandom.current()
                .nextDouble());
    }

    /**
     * @param nanoTime   monotonic clock
     * @param wallMillis to be compared with the time messages were sent; any thread
     * @param random     for pauses, values from 0 to below 1; any thread
     */
    SqsSourceTask(LongSupplier nanoTime, LongSupplier wallMillis, DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        this.random = random;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public synchronized void start(Map<String, String> properties) {
        log.info(Version.startOf("SQS source task"));
        SqsSourceConfig config = ConfigAtStart.read(() -> new SqsSourceConfig(properties));
        // before anything is opened
        List<QueueUrl> queues = ConfigAtStart.read(config::ownQueues);
        Map<QueueUrl, RecoveredLedger> ledgers = new HashMap<>();
        for (QueueUrl queue : queues) {
            ledgers.put(queue, ledger(config, queue));
        }
        QueueClient sqs = new QueueClient(ConfigAtStart.read(() -> config.clientConfig(queues.size())), nanoTime);
        client = sqs;
        CustodyCounters counters = new CustodyCounters();
        MetricRegistry metrics =
                MetricRegistry.of(context, config.connectorName(), String.valueOf(config.taskNumber()));
        QueueReaders all = new QueueReaders(
                config.connectorName(),
                sqs,
                inbox,
                config.get(SqsSourceConfig.BUFFER_MAX_BYTES),
                queues.size(),
                counters,
                metrics,
                nanoTime,
                random,
                () -> UUID.randomUUID().toString());
        readers = all;
        List<MetricRegistry.Gauge> gauges = new ArrayList<>(counters.gauges());
        gauges.add(all.memoryGauge());
        gauges.add(counters.newestMessage.age(
                "newest-message-age-ms",
                "age of the newest message handed to Connect, since it was sent; absent before the first. Grows while"
                        + " nothing is sent, as well as while nothing is received",
                wallMillis));
        published = metrics.publish("sqs-source-task", Map.of(), gauges);
        OversizeWatch oversize = OversizeWatch.of(properties);
        Map<QueueReader, QueueRecordMapper> mappers = new HashMap<>();
        ledgers.forEach((queue, ledger) -> {
            QueueReader reader = all.add(queue, ledger, policy(config, queue));
            mappers.put(reader, new QueueRecordMapper(queue, config, reader.start(), oversize));
            log.info(
                    "reads {}: start {}, {} messages of earlier starts are remembered",
                    queue,
                    reader.start(),
                    ledger.ids().size());
        });
        polls = new PollCycle(
                inbox,
                new QueueSupply(
                        all,
                        mappers,
                        config.get(SqsSourceConfig.POLL_MAX_RECORDS),
                        config.get(SqsSourceConfig.POLL_MAX_BYTES)),
                HandOverWatch.onTimer(
                        new HandOverWatch.Words(config.connectorName() + "-" + config.taskNumber(), "queues", null),
                        nanoTime,
                        log::warn),
                TransactionWatch.of(properties, log::warn),
                REST);
        look = QueueLook.begin("fenceline-sqs-" + config.connectorName() + "-look", sqs, queues, log::warn);
    }

    private RecoveredLedger ledger(SqsSourceConfig config, QueueUrl queue) {
        if (!config.isLedgerProof()) {
            return RecoveredLedger.UNREAD;
        }
        QueueSourceStops stops = QueueSourceStops.ofQueue(config.connectorName(), queue);
        return SlotOffsets.recover(
                context.offsetStorageReader().offsets(new SlotOffsets(queue.identity()).all()), stops);
    }

    private static CustodyPolicy policy(SqsSourceConfig config, QueueUrl queue) {
        return new CustodyPolicy(
                queue.isFifo(),
                config.visibility(),
                config.waitTime(),
                config.get(SqsSourceConfig.RECEIVERS),
                config.get(SqsSourceConfig.MAX_HELD_MESSAGES),
                config.retries(),
                config.get(SqsSourceConfig.ON_UNCONFIRMED_RECORD));
    }

    @Override
    public synchronized @Nullable List<SourceRecord> poll() throws InterruptedException {
        PollCycle started = polls;
        QueueReaders queues = readers;
        if (started == null || queues == null) {
            throw new IllegalStateException("task is not started");
        }
        poller = Thread.currentThread();
        queues.polled();
        try {
            return started.poll();
        } finally {
            queues.pollReturned();
        }
    }

    /** On the thread that polls within transactions, else on one of Connect's own, which says nothing about records. */
    @Override
    public void commit() {
        QueueReaders queues = readers;
        if (queues != null && Thread.currentThread() == poller) {
            queues.committed();
        }
    }

    /** On a producer's thread, or on the task's after the transaction. Connect drops what this throws, so it throws nothing. */
    @Override
    public void commitRecord(SourceRecord record, @Nullable RecordMetadata metadata) {
        PollCycle started = polls;
        if (started != null) {
            started.onConfirmed(metadata != null);
        }
        QueueReaders queues = readers;
        String queue = SlotOffsets.queueOf(record.sourcePartition());
        String messageId = SlotOffsets.messageOf(record.sourceOffset());
        QueueReader reader = queues == null || queue == null ? null : queues.of(queue);
        if (reader == null || messageId == null) {
            return; // a record that this task has not made
        }
        if (metadata == null) {
            reader.dropped(messageId);
        } else {
            reader.confirmed(messageId);
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
            if (look != null) {
                look.close();
            }
            if (readers != null) {
                readers.finish(LAST_CHANGES);
                readers.close();
            }
            if (published != null) {
                published.close();
            }
            if (client != null) {
                client.close();
            }
        }
    }
}
