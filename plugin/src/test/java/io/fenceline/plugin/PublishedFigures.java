package io.fenceline.plugin;

import io.fenceline.connect.sink.s2.S2SinkTask;
import io.fenceline.connect.sink.sqs.SqsSinkTask;
import io.fenceline.connect.source.s2.S2SourceTask;
import io.fenceline.connect.source.sqs.SqsSourceTask;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.ScriptedSqsServer;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.apache.kafka.connect.storage.StringConverter;

/** What the tasks of all four connectors show over JMX while they run. */
final class PublishedFigures {

    /** As a bean of JMX has it. */
    record Figure(String name, String description) {}

    private PublishedFigures() {}

    /** By type, in the order in which the beans list them, while partitions are written and a stream and a queue are read. */
    static Map<String, List<Figure>> byType() throws JMException {
        TopicPartition partition = new TopicPartition("orders", 0);
        try (ScriptedS2Server s2 = ScriptedS2Server.start();
                ScriptedSqsServer sqs = ScriptedSqsServer.start()) {
            s2.createStream("to-read");
            S2SinkTask sink = new S2SinkTask();
            SqsSinkTask queues = new SqsSinkTask();
            S2SourceTask source = new S2SourceTask();
            SqsSourceTask receiver = new SqsSourceTask();
            try {
                Map<String, String> writes = config(s2, "topics", "orders");
                // the default one comes with a worker
                writes.put("body.converter", StringConverter.class.getName());
                sink.initialize(
                        context(SinkTaskContext.class, Map.of("configs", writes, "assignment", Set.of(partition))));
                sink.start(writes);
                sink.open(Set.of(partition));

                Map<String, String> sends = new HashMap<>(Map.of(
                        "name", "published-figures",
                        "sqs.queue.url", sqs.createQueue("orders.fifo"),
                        "sqs.region", "eu-central-1",
                        "aws.access.key.id", "any",
                        "aws.secret.access.key", "any",
                        "body.converter", StringConverter.class.getName()));
                queues.initialize(
                        context(SinkTaskContext.class, Map.of("configs", sends, "assignment", Set.of(partition))));
                queues.start(sends);
                queues.open(Set.of(partition));

                Map<String, String> reads = config(s2, "s2.streams", "to-read");
                reads.put("topic", "t");
                reads.put("fenceline.task", "0");
                reads.put("fenceline.tasks", "1");
                OffsetStorageReader nothingStored =
                        context(OffsetStorageReader.class, Map.of("offset", Map.of(), "offsets", Map.of()));
                source.initialize(context(
                        SourceTaskContext.class, Map.of("configs", reads, "offsetStorageReader", nothingStored)));
                source.start(reads);

                Map<String, String> receives = new HashMap<>(Map.of(
                        "name", "published-figures",
                        "topic", "t",
                        "sqs.queue.urls", sqs.createQueue("to-read"),
                        "sqs.region", "eu-central-1",
                        "aws.access.key.id", "any",
                        "aws.secret.access.key", "any"));
                receiver.initialize(context(
                        SourceTaskContext.class, Map.of("configs", receives, "offsetStorageReader", nothingStored)));
                receiver.start(receives);
                return beans();
            } finally {
                sink.stop();
                queues.stop();
                source.stop();
                receiver.stop();
            }
        }
    }

    private static Map<String, List<Figure>> beans() throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        Map<String, List<Figure>> figures = new TreeMap<>();
        for (ObjectName bean : server.queryNames(new ObjectName("io.fenceline:*"), null)) {
            figures.put(
                    bean.getKeyProperty("type"),
                    Arrays.stream(server.getMBeanInfo(bean).getAttributes())
                            .map(attribute -> new Figure(attribute.getName(), attribute.getDescription()))
                            .toList());
        }
        return figures;
    }

    private static Map<String, String> config(ScriptedS2Server s2, String key, String value) {
        return new HashMap<>(Map.of(
                "name",
                "published-figures",
                "s2.basin",
                "every-basin",
                "s2.access.token",
                "any",
                "s2.account.endpoint",
                s2.url().toString(),
                "s2.basin.endpoint",
                s2.url().toString(),
                "consumer.override.isolation.level",
                "read_committed",
                key,
                value));
    }

    /** Answers what is in the map and nothing else. */
    private static <T> T context(Class<T> type, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName())));
    }
}
