package io.fenceline.plugin;

import io.fenceline.connect.source.s2.S2SourceTask;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/**
 * A source task of which Connect takes next to nothing, in a JVM of its own: reads ahead until it asks for no more, and prints
 * by how much the heap has grown and what the task says it holds.
 */
final class SourceMemoryProbe {

    private static final int LOOKS_WITHOUT_NEWS = 15;
    private static final int MOST_LOOKS = 300;

    private SourceMemoryProbe() {}

    /** Arguments: settings of the connector, {@code key=value} each. */
    public static void main(String[] settings) throws Exception {
        Map<String, String> config = new HashMap<>(Map.of(
                "name", "memory",
                "topic", "t",
                "poll.max.records", "1",
                "fenceline.task", "0",
                "fenceline.tasks", "1"));
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            config.put(parts[0], parts[1]);
        }
        S2SourceTask task = new S2SourceTask();
        task.initialize(new NothingStored(config));
        long before = heap();
        task.start(config);
        long held = -1;
        int same = 0;
        for (int look = 0; look < MOST_LOOKS && same < LOOKS_WITHOUT_NEWS; look++) {
            task.poll();
            Thread.sleep(200);
            long now = readAhead();
            same = now == held && now > 0 ? same + 1 : 0;
            held = now;
        }
        long after = heap();
        System.out.println("grown=" + (after - before) + " held=" + readAhead());
        task.stop();
        Runtime.getRuntime().halt(0);
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long readAhead() throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        for (ObjectName name : server.queryNames(new ObjectName("io.fenceline:type=s2-source-task,*"), null)) {
            return ((Number) server.getAttribute(name, "read-ahead-bytes")).longValue();
        }
        return 0;
    }

    /** The context of a connector that begins. */
    private record NothingStored(Map<String, String> configs) implements SourceTaskContext {

        @Override
        public OffsetStorageReader offsetStorageReader() {
            return new OffsetStorageReader() {
                @Override
                public <T> Map<String, Object> offset(Map<String, T> partition) {
                    return Map.of();
                }

                @Override
                public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> partitions) {
                    return Map.of();
                }
            };
        }
    }
}
