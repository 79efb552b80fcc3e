package io.fenceline.connect.metrics;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Totals since a task has started; a subclass has a field for each. Any thread. */
public abstract class Counters {

    private final List<Gauge> gauges = new ArrayList<>();

    /** The counters under the names operators see, in the order in which they were made. */
    public final List<Gauge> gauges() {
        return List.copyOf(gauges);
    }

    /** For the initializer of a field: a counter that operators see as {@code name}. */
    protected final LongAdder counter(String name, String description) {
        LongAdder counter = new LongAdder();
        gauges.add(new Gauge(name, description, counter::sum));
        return counter;
    }
}
