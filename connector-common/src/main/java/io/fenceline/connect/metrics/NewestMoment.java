package io.fenceline.connect.metrics;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.LongSupplier;

/** The newest of the moments it was told, and how old that is. Any thread; nobody waits for anybody. */
public final class NewestMoment {

    private static final long NONE = Long.MIN_VALUE;

    private final LongAccumulator newest = new LongAccumulator(Math::max, NONE);

    /** @param wallMillis milliseconds since 1970 */
    public void saw(long wallMillis) {
        newest.accumulate(wallMillis);
    }

    /**
     * @param wallMillis the clock to compare with, milliseconds since 1970
     * @return a figure that shows nothing before the first moment, and 0 while the newest lies ahead of the clock
     */
    public Gauge age(String name, String description, LongSupplier wallMillis) {
        return new Gauge(name, description, () -> {
            long seen = newest.get();
            return seen == NONE ? null : (Object) Math.max(0, wallMillis.getAsLong() - seen);
        });
    }
}
