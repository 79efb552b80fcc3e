package io.fenceline.connect.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.MetricValueProvider;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.Test;

class MetricRegistryTest {

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final AtomicLong count = new AtomicLong(3);
    private final List<Gauge> gauges = List.of(
            new Gauge("records-total", "records", count::get), new Gauge("watermark", "last offset", () -> null));

    @Test
    void figuresAreOnShowAsJmxBeansWhereTheWorkerHasNoRegistry() throws Exception {
        MetricRegistry registry = MetricRegistry.of(new Object(), "orders", "2");
        ObjectName name = new ObjectName("io.fenceline:type=lane,connector=orders,task=2,topic=t,partition=0");

        try (var published = registry.publish("lane", tags(), gauges)) {
            count.set(4);

            assertThat(server.getAttribute(name, "records-total")).isEqualTo(4L);
            assertThat(server.getAttribute(name, "watermark")).isNull();
            assertThat(server.getMBeanInfo(name).getAttributes()).hasSize(2);
        }

        assertThat(server.isRegistered(name)).isFalse();
    }

    @Test
    void theTopicStandsBeforeThePartitionInEveryJvm() throws Exception {
        Map<String, String> turned = new LinkedHashMap<>();
        turned.put("partition", "0");
        turned.put("topic", "t");

        try (var published = MetricRegistry.of(new Object(), "orders", "7").publish("lane", turned, gauges)) {
            assertThat(server.queryNames(new ObjectName("io.fenceline:connector=orders,task=7,*"), null))
                    .extracting(ObjectName::getKeyPropertyListString)
                    .containsExactly("type=lane,connector=orders,task=7,topic=t,partition=0");
        }
    }

    @Test
    void aBeanLeftBehindByATaskThatHungIsReplacedAndItsLateFarewellTakesNothingAway() throws Exception {
        MetricRegistry registry = MetricRegistry.of(new Object(), "orders", "3");
        ObjectName name = new ObjectName("io.fenceline:type=lane,connector=orders,task=3,topic=t,partition=0");
        var hung = registry.publish("lane", tags(), gauges);
        var successor = registry.publish("lane", tags(), List.of(new Gauge("records-total", "records", () -> 9L)));

        hung.close();

        assertThat(server.getAttribute(name, "records-total")).isEqualTo(9L);
        successor.close();
        assertThat(server.isRegistered(name)).isFalse();
    }

    @Test
    void twoVersionsOfTheArchiveInOneWorkerDoNotTakeEachOthersBeansAway() throws Exception {
        ObjectName name = new ObjectName("io.fenceline:type=lane,connector=orders,task=4,topic=t,partition=0");
        AutoCloseable before = publishedByAnotherVersion("orders", "4", 1L);
        assertThat(server.getAttribute(name, "records-total")).isEqualTo(1L);

        MetricRegistry registry = MetricRegistry.of(new Object(), "orders", "4");
        var after = registry.publish("lane", tags(), List.of(new Gauge("records-total", "records", () -> 9L)));
        before.close();
        assertThat(server.getAttribute(name, "records-total")).isEqualTo(9L);

        AutoCloseable again = publishedByAnotherVersion("orders", "4", 2L);
        after.close();
        assertThat(server.getAttribute(name, "records-total")).isEqualTo(2L);
        again.close();
        assertThat(server.isRegistered(name)).isFalse();
    }

    /** Nothing but the beans' names is shared: another class loader has loaded all classes of ours once more. */
    private static AutoCloseable publishedByAnotherVersion(String connector, String task, long records)
            throws Exception {
        ClassLoader version =
                new URLClassLoader(
                        new URL[] {
                            MetricRegistry.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                        },
                        MetricRegistryTest.class.getClassLoader()) {
                    @Override
                    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                        synchronized (getClassLoadingLock(name)) {
                            Class<?> loaded = findLoadedClass(name);
                            if (loaded != null) {
                                return loaded;
                            }
                            return name.startsWith("io.fenceline.") ? findClass(name) : super.loadClass(name, resolve);
                        }
                    }
                };
        Class<?> type = version.loadClass(MetricRegistry.class.getName());
        assertThat(type).isNotEqualTo(MetricRegistry.class);
        Class<?> value = version.loadClass(MetricRegistry.Value.class.getName());
        Object figure = Proxy.newProxyInstance(version, new Class<?>[] {value}, (proxy, method, arguments) -> records);
        Object gauge = version.loadClass(Gauge.class.getName())
                .getConstructor(String.class, String.class, value)
                .newInstance("records-total", "records", figure);
        Object registry = type.getMethod("of", Object.class, String.class, String.class)
                .invoke(null, new Object(), connector, task);
        return (AutoCloseable) type.getMethod("publish", String.class, Map.class, Iterable.class)
                .invoke(registry, "lane", tags(), List.of(gauge));
    }

    @Test
    void aTaskThatClosesWhileItsSuccessorStartsTakesNothingAwayWhicheverIsFaster() throws Exception {
        MetricRegistry registry = MetricRegistry.of(new Object(), "orders", "5");
        ObjectName name = new ObjectName("io.fenceline:type=lane,connector=orders,task=5,topic=t,partition=0");
        var shown = registry.publish("lane", tags(), gauges);
        try (var threads = new Closer()) {
            for (int round = 0; round < 5_000; round++) {
                var closing = threads.closes(shown);
                shown = registry.publish("lane", tags(), gauges);
                closing.get();
                assertThat(server.isRegistered(name)).as("round %s", round).isTrue();
            }
        }
        shown.close();
        assertThat(server.isRegistered(name)).isFalse();
    }

    /** Another thread. */
    private static final class Closer implements AutoCloseable {
        private final ExecutorService thread = Executors.newSingleThreadExecutor();

        Future<?> closes(MetricRegistry.Published published) {
            return thread.submit(published::close);
        }

        @Override
        public void close() {
            thread.shutdown();
        }
    }

    @Test
    void namesThatJmxDoesNotAllowAreQuoted() throws Exception {
        MetricRegistry registry = MetricRegistry.of(new Object(), "a:b,c", "0");

        try (var published = registry.publish("task", Map.of(), gauges)) {
            assertThat(server.queryNames(new ObjectName("io.fenceline:type=task,connector=\"a:b,c\",*"), null))
                    .hasSize(1);
        }
    }

    /** A worker of Connect 4.1 or newer, as far as figures go; its reporter is Kafka's own. */
    public static final class NewWorker implements AutoCloseable {

        private final Metrics metrics = new Metrics(
                new MetricConfig(),
                List.of(new JmxReporter()),
                Time.SYSTEM,
                new KafkaMetricsContext("kafka.connect", Map.of()));

        public NewWorker pluginMetrics() {
            return this;
        }

        public MetricName metricName(String name, String description, LinkedHashMap<String, String> tags) {
            LinkedHashMap<String, String> all = new LinkedHashMap<>(Map.of("connector", "orders"));
            all.put("task", "0");
            all.putAll(tags);
            return metrics.metricName(name, "plugins", description, all);
        }

        public void addMetric(MetricName name, MetricValueProvider<?> value) {
            metrics.addMetric(name, value);
        }

        public void removeMetric(MetricName name) {
            metrics.removeMetric(name);
        }

        @Override
        public void close() {
            metrics.close();
        }
    }

    @Test
    void figuresInTheRegistryOfAWorkerAreOnShowOverJmxToo() throws Exception {
        try (NewWorker worker = new NewWorker()) {
            MetricRegistry registry = MetricRegistry.of(worker, "orders", "0");
            ObjectName name =
                    new ObjectName("kafka.connect:type=plugins,connector=orders,task=0,kind=lane,topic=t,partition=0");

            try (var published = registry.publish("lane", tags(), gauges)) {
                assertThat(server.getAttribute(name, "records-total")).isEqualTo(3L);
            }

            assertThat(server.isRegistered(name)).isFalse();
        }
    }

    @Test
    void anUpgradeOfTheWorkerToOneWithARegistryTakesNoBeanAway() throws Exception {
        try (NewWorker worker = new NewWorker()) {
            ObjectName name = new ObjectName("io.fenceline:type=lane,connector=orders,task=6,topic=t,partition=0");

            try (var published = MetricRegistry.of(worker, "orders", "6").publish("lane", tags(), gauges)) {
                assertThat(server.getAttribute(name, "records-total")).isEqualTo(3L);
                assertThat(worker.metrics.metrics().keySet())
                        .extracting(MetricName::name)
                        .contains("records-total");
            }

            assertThat(server.isRegistered(name)).isFalse();
            assertThat(worker.metrics.metrics().keySet())
                    .extracting(MetricName::name)
                    .doesNotContain("records-total");
        }
    }

    /** The worker's registry keeps the figures of the one before, and ours those of its successor. */
    @Test
    void aTaskThatIsRestartedWhileTheOneBeforeStillEndsIsOnShow() throws Exception {
        try (NewWorker worker = new NewWorker()) {
            ObjectName name = new ObjectName("io.fenceline:type=lane,connector=orders,task=7,topic=t,partition=0");
            MetricRegistry registry = MetricRegistry.of(worker, "orders", "7");
            var before = registry.publish("lane", tags(), gauges);

            var after = registry.publish("lane", tags(), List.of(new Gauge("records-total", "records", () -> 9L)));
            assertThat(server.getAttribute(name, "records-total")).isEqualTo(9L);
            before.close();

            assertThat(server.getAttribute(name, "records-total")).isEqualTo(9L);
            after.close();
            assertThat(server.isRegistered(name)).isFalse();
        }
    }

    @Test
    void figuresOfOneGroupHaveTheirTagsInOneMap() {
        try (NewWorker worker = new NewWorker()) {
            MetricRegistry.of(worker, "orders", "0").publish("lane", tags(), gauges);

            List<MetricName> names = worker.metrics.metrics().keySet().stream()
                    .filter(name -> name.group().equals("plugins"))
                    .toList();
            assertThat(names).extracting(MetricName::name).containsExactlyInAnyOrder("records-total", "watermark");
            assertThat(names).extracting(MetricName::description).containsExactlyInAnyOrder("records", "last offset");
            assertThat(names.get(0).tags()).isSameAs(names.get(1).tags()).containsEntry("topic", "t");
        }
    }

    private static Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("topic", "t");
        tags.put("partition", "0");
        return tags;
    }
}
