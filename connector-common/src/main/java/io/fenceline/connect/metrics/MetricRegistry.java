package io.fenceline.connect.metrics;

import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where a task publishes its figures. Any thread. */
public interface MetricRegistry {

    /**
     * Publishes figures as the JMX bean {@code io.fenceline:type=<type>,connector=…,task=…,<tags>}, and with these tags in the
     * worker's registry where it has one.
     *
     * @param tags what tells this group from others of its type, whatever their order, which becomes that of {@link #inOrder};
     *             empty for one group a task
     * @return takes them away again
     */
    Published publish(String type, Map<String, String> tags, Iterable<Gauge> gauges);

    /**
     * Tags as they stand in names: what is wider first, a topic before its partition. Rules of exporters go by that, and
     * {@code Map.of} has another order in every second JVM.
     */
    static SortedMap<String, String> inOrder(Map<String, String> tags) {
        SortedMap<String, String> ordered = new TreeMap<>(Comparator.reverseOrder());
        ordered.putAll(tags);
        return ordered;
    }

    /** A group of figures on show. */
    interface Published extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * The registry for one task: beans of our own on every worker, so that a dashboard outlives the worker's upgrade, and from
     * Connect 4.1 on the worker's own registry besides ({@code pluginMetrics()}).
     *
     * @param context the task's context
     */
    static MetricRegistry of(Object context, String connector, String task) {
        MetricRegistry beans = new JmxRegistry(connector, task);
        WorkerRegistry worker = WorkerRegistry.find(context);
        return worker == null ? beans : beans.and(worker);
    }

    /** Publishes here and there. */
    private MetricRegistry and(MetricRegistry other) {
        return (type, tags, gauges) -> {
            Published here = publish(type, tags, gauges);
            Published there = other.publish(type, tags, gauges);
            return () -> {
                here.close();
                there.close();
            };
        };
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
