package io.fenceline.connect.sink.stream;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How long the last appends of a task took: from the moment a batch is given to its session until S2's ack of it, so with
 * the wait for room in flight and with everything a broken session costs. Keeps as many as {@link #KEPT}, however old; what
 * operators see is worked out when they look. Any thread; nobody waits for anybody.
 */
public final class AppendLatencies {

    /** A power of two. */
    static final int KEPT = 1024;

    /** Microseconds; 0 where there was no append yet. */
    private final AtomicIntegerArray micros = new AtomicIntegerArray(KEPT);

    private final AtomicInteger next = new AtomicInteger();

    void add(long nanos) {
        int took = (int) Math.max(1, Math.min(Integer.MAX_VALUE, nanos / 1_000));
        micros.set(next.getAndIncrement() & KEPT - 1, took);
    }

    public List<Gauge> gauges() {
        return List.of(
                new Gauge(
                        "append-latency-p50-ms",
                        "time from submit to ack that half of the last " + KEPT + " appends took at most",
                        () -> percentileMillis(50)),
                new Gauge(
                        "append-latency-p99-ms",
                        "time from submit to ack that 99 % of the last " + KEPT + " appends took at most",
                        () -> percentileMillis(99)));
    }

    /** Null before the first append. */
    private @Nullable Double percentileMillis(int percent) {
        int[] sorted = IntStream.range(0, KEPT)
                .map(micros::get)
                .filter(took -> took > 0)
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return null;
        }
        int rank = (sorted.length * percent + 99) / 100;
        return sorted[rank - 1] / 1e3;
    }
}
