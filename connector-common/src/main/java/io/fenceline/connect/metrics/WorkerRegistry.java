package io.fenceline.connect.metrics;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.MetricValueProvider;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's own registry (KIP-877, Connect 4.1 and newer), which adds connector and task by itself and forgets a task's
 * figures with the task. Reached by reflection: the type does not exist on the workers we also run on.
 */
final class WorkerRegistry implements MetricRegistry {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerRegistry.class);

    /** Tag for what the figures are about. Not "type": the worker's JMX reporter uses that key itself, and then shows nothing. */
    static final String KIND = "kind";

    private final Object pluginMetrics;
    private final Method metricName;
    private final Method addMetric;
    private final Method removeMetric;

    private WorkerRegistry(Object pluginMetrics, Class<?> type) throws NoSuchMethodException {
        this.pluginMetrics = pluginMetrics;
        this.metricName = type.getMethod("metricName", String.class, String.class, LinkedHashMap.class);
        this.addMetric = type.getMethod("addMetric", MetricName.class, MetricValueProvider.class);
        this.removeMetric = type.getMethod("removeMetric", MetricName.class);
    }

    /** Null where the worker has none. */
    static @Nullable WorkerRegistry find(Object context) {
        Class<?> contextType = context instanceof SinkTaskContext
                ? SinkTaskContext.class
                : context instanceof SourceTaskContext ? SourceTaskContext.class : context.getClass();
        try {
            Method method = contextType.getMethod("pluginMetrics");
            Object metrics = method.invoke(context);
            return metrics == null ? null : new WorkerRegistry(metrics, method.getReturnType());
        } catch (ReflectiveOperationException | LinkageError e) {
            LOG.debug("The worker has no metrics registry for plugins", e);
            return null;
        }
    }

    @Override
    public Published publish(String type, Map<String, String> tags, Iterable<Gauge> gauges) {
        LinkedHashMap<String, String> all = new LinkedHashMap<>();
        all.put(KIND, type);
        all.putAll(MetricRegistry.inOrder(tags));
        List<MetricName> names = new ArrayList<>();
        ReflectiveOperationException refused = null;
        for (Gauge gauge : gauges) {
            try {
                MetricName name = names.isEmpty()
                        ? (MetricName) metricName.invoke(pluginMetrics, gauge.name(), gauge.description(), all)
                        : sibling(names.get(0), gauge);
                MetricValueProvider<?> value = (org.apache.kafka.common.metrics.Gauge<Object>)
                        (config, now) -> gauge.value().read();
                addMetric.invoke(pluginMetrics, name, value);
                names.add(name);
            } catch (IllegalAccessException | InvocationTargetException e) {
                refused = e;
            }
        }
        if (refused != null) {
            // the names are taken by a task before this one that has not ended yet
            LOG.warn(
                    "Figures of {} {} are not all in the worker's own registry: {}; the JMX beans of io.fenceline have them",
                    type,
                    tags,
                    refused.getCause() == null
                            ? refused.toString()
                            : refused.getCause().toString());
        }
        return () -> names.forEach(this::remove);
    }

    /** A name with the same tags as another, in the same map: with one each, figures of a stream took 2 KiB more. */
    private static MetricName sibling(MetricName name, Gauge gauge) {
        return new MetricName(gauge.name(), name.group(), gauge.description(), name.tags());
    }

    private void remove(MetricName name) {
        try {
            removeMetric.invoke(pluginMetrics, name);
        } catch (IllegalAccessException | InvocationTargetException e) {
            LOG.debug("Metric {} was gone already", name, e);
        }
    }
}
