package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.s2.S2SinkTask;
import io.fenceline.connect.sink.sqs.SqsSinkTask;
import io.fenceline.connect.source.s2.S2SourceTask;
import io.fenceline.connect.source.sqs.SqsSourceTask;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.ScriptedSqsServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.apache.kafka.connect.storage.StringConverter;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator meets, a code or a figure, has its row in the guide, and no row names what he never meets. */
class OperationsPageTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "..", "docs", "operations.md");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private static String page = "";

    @BeforeAll
    static void read() throws IOException {
        page = Files.readString(PAGE);
    }

    @Test
    void everyCodeHasARowAndEveryRowACode() {
        Set<String> rows = new TreeSet<>();
        tables("code").values().forEach(rows::addAll);
        assertThat(rows)
                .containsExactlyInAnyOrder(
                        Arrays.stream(TerminalCode.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void everyFigureOfARunningTaskHasARowAndEveryRowAFigure() throws JMException {
        assertThat(tables("figure of ")).isEqualTo(published());
    }

    /** What the first columns of tables name whose header begins so, by the first thing that the header names. */
    private static Map<String, Set<String>> tables(String headerBegins) {
        Map<String, Set<String>> tables = new TreeMap<>();
        Set<String> rows = null;
        for (String line : page.split("\n")) {
            if (!line.startsWith("|")) {
                rows = null;
            } else if (line.startsWith("| " + headerBegins)) {
                rows = tables.computeIfAbsent(quoted(line).stream().findFirst().orElse(""), of -> new TreeSet<>());
            } else if (rows != null && !line.startsWith("|---")) {
                List<String> names = quoted(line.substring(1, line.indexOf('|', 1)));
                assertThat(names).as(line).isNotEmpty();
                // a row may be for one case of a code, told by an S2 code or a word in its message
                rows.addAll(headerBegins.equals("code") ? names.subList(0, 1) : names);
            }
        }
        assertThat(tables).isNotEmpty();
        return tables;
    }

    private static List<String> quoted(String text) {
        return QUOTED.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** By type, as JMX shows them while partitions are written and a stream is read. */
    private static Map<String, Set<String>> published() throws JMException {
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
                        "name", "operations-page",
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
                        "name", "operations-page",
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

    private static Map<String, Set<String>> beans() throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        Map<String, Set<String>> figures = new TreeMap<>();
        for (ObjectName bean : server.queryNames(new ObjectName("io.fenceline:*"), null)) {
            figures.put(
                    bean.getKeyProperty("type"),
                    Arrays.stream(server.getMBeanInfo(bean).getAttributes())
                            .map(MBeanAttributeInfo::getName)
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
        return figures;
    }

    private static Map<String, String> config(ScriptedS2Server s2, String key, String value) {
        return new HashMap<>(Map.of(
                "name",
                "operations-page",
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
