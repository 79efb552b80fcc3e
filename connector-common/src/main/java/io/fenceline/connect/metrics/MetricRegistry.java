package io.fenceline.connect.metrics;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a task publishes its figures. Any thread. */
public interface MetricRegistry {

    /**
     * Publishes figures under {@code io.fenceline:type=<type>,connector=…,task=…,<tags>}, or with these tags in the
     * worker's registry.
     *
     * @param tags what tells this group from others of its type, in order; empty for one group a task
     * @return takes them away again
     */
    Published publish(String type, Map<String, String> tags, Iterable<Gauge> gauges);

    /** A group of figures on show. */
    interface Published extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * The registry for one task: the worker's own from Connect 4.1 on ({@code pluginMetrics()}), else JMX.
     *
     * @param context the task's context
     */
    static MetricRegistry of(Object context, String connector, String task) {
        WorkerRegistry worker = WorkerRegistry.find(context);
        return worker != null ? worker : new JmxRegistry(connector, task);
    }

    /**
     * One figure.
     *
     * @param name  lower case with dashes; totals end in {@code -total}
     * @param value called by whoever looks, on any thread; null shows as "nothing"
     */
    record Gauge(String name, String description, Value value) {}

    /** Reads a figure: a number or a short text. */
    @FunctionalInterface
    interface Value {
        @Nullable
        Object read();
    }
}
