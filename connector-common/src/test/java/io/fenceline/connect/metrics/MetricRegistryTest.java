package io.fenceline.connect.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanServer;
import javax.management.ObjectName;
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
    void namesThatJmxDoesNotAllowAreQuoted() throws Exception {
        MetricRegistry registry = MetricRegistry.of(new Object(), "a:b,c", "0");

        try (var published = registry.publish("task", Map.of(), gauges)) {
            assertThat(server.queryNames(new ObjectName("io.fenceline:type=task,connector=\"a:b,c\",*"), null))
                    .hasSize(1);
        }
    }

    private static Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("topic", "t");
        tags.put("partition", "0");
        return tags;
    }
}
