package io.fenceline.connect.source.s2;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Says which records Kafka's producer does not take. For a partition its topic does not have it waits without end and without
 * a word, because Connect sets it no limit, and the thread that waits is the one that polls: so somebody else has to look.
 *
 * <p>Any thread; warnings come from a timer's.
 */
final class HandOverWatch {

    /** Connect does not come back in that time, and not everything was confirmed: that is said. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int MOST_TOPICS = 20;

    private final String task;
    private final LongSupplier nanoTime;
    private final Function<Duration, Executor> later;
    private final Consumer<String> warnings;
    private final AtomicLong unconfirmed = new AtomicLong();

    // guarded by this
    /** What Connect has and has not come back from; null while it polls, and once the task is stopped. */
    private @Nullable List<SourceRecord> away;

    private long awaySince;
    private boolean lookComes;

    /**
     * @param later    runs a command after that time
     * @param warnings are for the operator
     */
    HandOverWatch(String task, LongSupplier nanoTime, Function<Duration, Executor> later, Consumer<String> warnings) {
        this.task = task;
        this.nanoTime = nanoTime;
        this.later = later;
        this.warnings = warnings;
    }

    /** Connect goes away with records, at least one. */
    void handedOver(List<SourceRecord> records) {
        unconfirmed.addAndGet(records.size());
        synchronized (this) {
            away = records;
            awaySince = nanoTime.getAsLong();
            if (lookComes) {
                return;
            }
            lookComes = true;
        }
        lookAfter(PATIENCE.toNanos());
    }

    /** Connect is done with one of them, however. */
    void onConfirmed() {
        unconfirmed.decrementAndGet();
    }

    /** Connect comes back for more, or nothing more will come. */
    synchronized void back() {
        away = null;
    }

    private void lookAfter(long nanos) {
        later.apply(Duration.ofNanos(nanos)).execute(this::look);
    }

    private void look() {
        List<SourceRecord> records;
        long lasting;
        long open = unconfirmed.get();
        synchronized (this) {
            records = away;
            // A connector may also be paused, with nothing open.
            lookComes = records != null && open > 0;
            if (records == null || !lookComes) {
                return;
            }
            lasting = nanoTime.getAsLong() - awaySince;
        }
        if (lasting < PATIENCE.toNanos()) {
            lookAfter(PATIENCE.toNanos() - lasting);
        } else {
            warnings.accept(warning(records, open, lasting));
            // next when it has lasted twice as long
            lookAfter(lasting);
        }
    }

    private String warning(List<SourceRecord> records, long open, long lasting) {
        Map<String, Integer> highest = new TreeMap<>();
        for (SourceRecord record : records) {
            if (record.kafkaPartition() != null) {
                highest.merge(record.topic(), record.kafkaPartition(), Math::max);
            }
        }
        String partitions = highest.entrySet().stream()
                .limit(MOST_TOPICS)
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", ", "", highest.size() > MOST_TOPICS ? " and more topics" : ""));
        return task + ": for " + lasting / 1_000_000_000 + " s Kafka's producer has not taken what it was given, "
                + open
                + " records are open. " + S2SourceConfig.RESTORE_PARTITION
                + "=true, and the highest partitions asked for are: " + partitions
                + ". Look whether a topic has fewer: for a partition that is not there the producer waits without end. Add"
                + " partitions, and the task goes on, or stops because its transaction has expired meanwhile; then restart"
                + " it. With " + StartupAdvice.MAX_BLOCK + " it fails without being asked";
    }
}
