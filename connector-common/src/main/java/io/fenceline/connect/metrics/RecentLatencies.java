package io.fenceline.connect.metrics;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How long the last appends or requests of a task took. Keeps as many as {@link #KEPT}, however old; what operators see is worked
 * out when they look. Any thread; nobody waits for anybody.
 */
public final class RecentLatencies {

    /** A power of two. */
    static final int KEPT = 1024;

    /** Microseconds; 0 where there was none yet. */
    private final AtomicIntegerArray micros = new AtomicIntegerArray(KEPT);

    private final AtomicInteger next = new AtomicInteger();

    private final String name;
    private final String time;
    private final String what;

    /**
     * @param name what the figures' names begin with, e.g. {@code append-latency}
     * @param time what is measured, for people, e.g. {@code time from submit to ack}
     * @param what it takes, for people, e.g. {@code appends}
     */
    public RecentLatencies(String name, String time, String what) {
        this.name = name;
        this.time = time;
        this.what = what;
    }

    public void add(long nanos) {
        int took = (int) Math.max(1, Math.min(Integer.MAX_VALUE, nanos / 1_000));
        micros.set(next.getAndIncrement() & KEPT - 1, took);
    }

    public List<Gauge> gauges() {
        return List.of(
                new Gauge(
                        name + "-p50-ms",
                        time + " that half of the last " + KEPT + " " + what
                                + " took at most, however old they are; absent before the" + " first",
                        () -> percentileMillis(50)),
                new Gauge(
                        name + "-p99-ms",
                        time + " that 99 % of the last " + KEPT + " " + what + " took at most; absent before the first",
                        () -> percentileMillis(99)));
    }

    /** Null before the first. */
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
