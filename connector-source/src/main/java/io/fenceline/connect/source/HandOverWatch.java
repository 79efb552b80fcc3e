package io.fenceline.connect.source;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Says which records Kafka's producer does not take. For a topic that nobody creates, or a partition its topic does not have,
 * it waits without end and without a word, because Connect sets it no limit, and the thread that waits is the one that polls:
 * so somebody else has to look. Whether records are unconfirmed says too little: those of an open transaction are, for as long as
 * a connector is paused, with {@code transaction.boundary=interval}. So what counts is where the thread is.
 *
 * <p>Any thread; warnings come from a timer's.
 */
public final class HandOverWatch {

    /** Limits how long Kafka's producer waits; Connect sets it no limit. */
    public static final String MAX_BLOCK = "producer.override.max.block.ms";

    /**
     * What warnings call things.
     *
     * @param task           the connector's name and the task's number
     * @param sources        what the task reads, e.g. {@code streams}
     * @param partitionsFrom the setting by which records ask for a partition of their topic; null if none ever does
     */
    public record Words(
            String task, String sources, @Nullable String partitionsFrom) {}

    /** Connect does not come back in that time, and not everything was confirmed: that is said. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int MOST_TOPICS = 20;

    private static final String PRODUCERS = "org.apache.kafka.clients.producer.";

    private final Words words;
    private final LongSupplier nanoTime;
    private final Function<Duration, Executor> later;
    private final Predicate<Thread> inProducer;
    private final Consumer<String> warnings;
    private final AtomicLong unconfirmed = new AtomicLong();

    // guarded by this
    /** What Connect has and has not come back from; null while it polls, and once the task is stopped. */
    private @Nullable List<SourceRecord> away;

    /** That has gone away with them. */
    private @Nullable Thread poller;

    private long awaySince;
    /** Nanoseconds after which it is said, or said again. */
    private long saidAfter;

    private boolean lookComes;

    /**
     * @param words      for the warnings
     * @param later      runs a command after that time
     * @param inProducer whether a thread is inside Kafka's producer; asked on a timer's thread
     * @param warnings   are for the operator
     */
    HandOverWatch(
            Words words,
            LongSupplier nanoTime,
            Function<Duration, Executor> later,
            Predicate<Thread> inProducer,
            Consumer<String> warnings) {
        this.words = words;
        this.nanoTime = nanoTime;
        this.later = later;
        this.inProducer = inProducer;
        this.warnings = warnings;
    }

    /**
     * Looks from the JVM's timer thread, which all tasks share.
     *
     * @param nanoTime monotonic clock
     * @param warnings are for the operator
     */
    public static HandOverWatch onTimer(Words words, LongSupplier nanoTime, Consumer<String> warnings) {
        return new HandOverWatch(words, nanoTime, HandOverWatch::later, HandOverWatch::isInProducer, warnings);
    }

    private static Executor later(Duration delay) {
        return CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
    }

    /** Whether the thread has called a producer and is not back yet. */
    static boolean isInProducer(Thread thread) {
        for (StackTraceElement call : thread.getStackTrace()) {
            if (call.getClassName().startsWith(PRODUCERS)) {
                return true;
            }
        }
        return false;
    }

    /** The calling thread goes away with records, at least one. */
    void handedOver(List<SourceRecord> records) {
        unconfirmed.addAndGet(records.size());
        synchronized (this) {
            away = records;
            poller = Thread.currentThread();
            awaySince = nanoTime.getAsLong();
            saidAfter = PATIENCE.toNanos();
            if (lookComes) {
                return;
            }
            lookComes = true;
        }
        lookAfter(PATIENCE.toNanos());
    }

    /** Connect is done with one of them, however. */
    void onConfirmed() {
        if (unconfirmed.decrementAndGet() == 0) {
            // a paused connector may stay away for days, and needs no memory for what is done
            releaseUnlessNewer();
        }
    }

    private synchronized void releaseUnlessNewer() {
        if (unconfirmed.get() == 0) {
            back();
        }
    }

    /** Connect comes back for more, or nothing more will come. */
    synchronized void back() {
        away = null;
        poller = null;
    }

    synchronized boolean holdsRecords() {
        return away != null;
    }

    private void lookAfter(long nanos) {
        later.apply(Duration.ofNanos(nanos)).execute(this::look);
    }

    private void look() {
        List<SourceRecord> records;
        Thread thread;
        long lasting;
        boolean due;
        synchronized (this) {
            records = away;
            thread = poller;
            lookComes = records != null && thread != null;
            if (records == null || thread == null) {
                return;
            }
            lasting = nanoTime.getAsLong() - awaySince;
            due = lasting >= saidAfter;
        }
        if (due && inProducer.test(thread)) {
            warnings.accept(warning(records, unconfirmed.get(), lasting));
            sayAgain(records, 2 * lasting);
        }
        // Also a connector that was paused for a day may hang a minute after it goes on.
        lookAfter(lasting < PATIENCE.toNanos() ? PATIENCE.toNanos() - lasting : PATIENCE.toNanos());
    }

    private synchronized void sayAgain(List<SourceRecord> records, long lasting) {
        if (away == records) {
            saidAfter = lasting;
        }
    }

    private String warning(List<SourceRecord> records, long open, long lasting) {
        Map<String, Integer> highest = new TreeMap<>();
        Set<String> topics = new TreeSet<>();
        for (SourceRecord record : records) {
            topics.add(record.topic());
            if (record.kafkaPartition() != null) {
                highest.merge(record.topic(), record.kafkaPartition(), Math::max);
            }
        }
        String partitions = highest.isEmpty()
                ? ""
                : (words.partitionsFrom() == null ? " The" : " " + words.partitionsFrom() + ", and the")
                        + " highest partitions asked for are: "
                        + first(highest.entrySet().stream()
                                .map(entry -> entry.getKey() + ": " + entry.getValue())
                                .toList())
                        + ". Look whether a topic has fewer.";
        return words.task() + ": for " + lasting / 1_000_000_000
                + " s Kafka's producer has not taken what it was given, "
                + open + " records are open, and all " + words.sources() + " of the task wait. Their topics are: "
                + first(topics)
                + ". Look whether one is missing and neither the broker nor topic.creation.* of the connector creates it,"
                + " or the brokers cannot be reached." + partitions
                + " For what is not there the producer waits without end. Create it, and the task goes on, or stops because"
                + " its transaction has expired meanwhile; then restart it. With " + MAX_BLOCK
                + " it fails without being asked";
    }

    private static String first(Collection<String> names) {
        return names.stream()
                .limit(MOST_TOPICS)
                .collect(Collectors.joining(", ", "", names.size() > MOST_TOPICS ? " and more topics" : ""));
    }
}
