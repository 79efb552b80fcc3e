package io.fenceline.connect.source.queue;

import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.source.FairTurns;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.sqs.QueueReceiver;
import io.fenceline.sqs.QueueUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All queues of one task. Owned by the task thread, but for {@link #of}, which is for any once all queues are added. */
public final class QueueReaders implements AutoCloseable {

    private final String connector;
    private final MetricRegistry metrics;
    private final ReaderServices services;
    private final long bytesEach;
    /** Replaced by a longer one with each queue, since whoever looks at figures reads it at any time. */
    private volatile List<BodyBudget> budgets = List.of();

    private final Map<String, QueueReader> readers = new LinkedHashMap<>();
    private final List<MetricRegistry.Published> published = new ArrayList<>();
    private final FairTurns<QueueReader, QueueReader.Receiver> turns = new FairTurns<>(gone -> {});

    /**
     * @param bufferBytes bound of what has been received and not handed over, by all queues together
     * @param queues      how many will be added
     * @param nanoTime    monotonic clock
     * @param random      values from 0 to below 1; any thread
     * @param attempts    gives beginnings of attempt ids that no other start uses
     */
    public QueueReaders(
            String connector,
            QueueReceiver sqs,
            PollInbox inbox,
            long bufferBytes,
            int queues,
            CustodyCounters counters,
            MetricRegistry metrics,
            LongSupplier nanoTime,
            DoubleSupplier random,
            Supplier<String> attempts) {
        this.connector = connector;
        this.metrics = metrics;
        this.bytesEach = Math.max(1, bufferBytes / queues);
        this.services = new ReaderServices(connector, sqs, inbox, counters, nanoTime, random, attempts);
    }

    /** @return its reader, which waits for the first poll */
    public QueueReader add(QueueUrl queue, RecoveredLedger ledger, CustodyPolicy policy) {
        // of its own: a poll reserves for as long as it waits, and queues that are quiet would leave none to one that
        // is not
        BodyBudget budget = new BodyBudget(bytesEach);
        budgets = Stream.concat(budgets.stream(), Stream.of(budget)).toList();
        QueueReader reader = new QueueReader(
                queue, ledger, "fenceline-sqs-" + connector + "-" + queue.name(), policy, budget, services);
        readers.put(queue.identity(), reader);
        published.add(metrics.publish("sqs-source-queue", Map.of("queue", queue.identity()), reader.gauges()));
        turns.set(List.copyOf(readers.values()));
        return reader;
    }

    /** The reader of the queue of that account and name; null if the task has none. */
    public @Nullable QueueReader of(String identity) {
        return readers.get(identity);
    }

    public void polled() {
        readers.values().forEach(QueueReader::polled);
    }

    public void pollReturned() {
        readers.values().forEach(QueueReader::pollReturned);
    }

    /** Any thread. */
    public void committed() {
        readers.values().forEach(QueueReader::committed);
    }

    /** @throws org.apache.kafka.connect.errors.ConnectException a thread has ended by a failure of ours */
    public void throwIfDead() {
        readers.values().forEach(QueueReader::throwIfDead);
    }

    /**
     * Hands over what has arrived: every queue that has something gets an equal part, and what one does not need the others get.
     *
     * @throws io.fenceline.connect.TerminalException a queue cannot be read on, and there is nothing before that
     */
    public void take(int maxRecords, long maxBytes, QueueReader.Receiver receiver) {
        turns.take(maxRecords, maxBytes, receiver);
    }

    /** What operators see of the task as a whole. */
    public Gauge memoryGauge() {
        return new Gauge(
                "buffered-bytes",
                "messages received and not yet handed to Connect, and room for those that were asked for; at most"
                        + " `buffer.max.bytes`, and one answer more",
                () -> budgets.stream().mapToLong(BodyBudget::used).sum());
    }

    /** No further receive, and up to that long for deletes that are due and for giving back what was not handed over. */
    public void finish(Duration most) {
        readers.values().forEach(QueueReader::stopReceiving);
        long end = services.nanoTime().getAsLong() + most.toNanos();
        for (QueueReader reader : readers.values()) {
            reader.awaitChanges(
                    Duration.ofNanos(Math.max(0, end - services.nanoTime().getAsLong())));
        }
    }

    /** Nothing more is asked of any queue. Idempotent. */
    @Override
    public void close() {
        readers.values().forEach(QueueReader::close);
        published.forEach(MetricRegistry.Published::close);
        published.clear();
    }
}
