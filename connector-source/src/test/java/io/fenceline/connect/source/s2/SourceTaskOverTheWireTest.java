package io.fenceline.connect.source.s2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.source.TaskShares;
import io.fenceline.connect.source.read.S2SourceBasin;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Header;
import io.fenceline.testkit.HerderModel;
import io.fenceline.testkit.ScriptedS2Server;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The task as Connect makes it, over real sockets. */
@Timeout(60)
class SourceTaskOverTheWireTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private final AtomicLong arrival = new AtomicLong(NOW.toEpochMilli());
    /** By how much the task's own clock has been moved on. */
    private final AtomicLong skew = new AtomicLong();

    private final ScriptedS2Server s2 = ScriptedS2Server.start(arrival::get);
    private final List<S2SourceTask> tasks = new ArrayList<>();
    private final Map<String, Map<String, Object>> stored = new HashMap<>();
    private final List<SourceRecord> read = new ArrayList<>();

    @AfterEach
    void stop() {
        tasks.forEach(S2SourceTask::stop);
        s2.close();
    }

    @Test
    void recordsOfAListWithAPlaceholderAreReadOnceByTwoTasks() throws InterruptedException {
        for (String stream : List.of("prod/a", "prod/b", "prod/c")) {
            s2.createStream(stream);
            append(stream, stream + "-0", stream + "-1");
        }
        Map<String, String> posted = properties("${env:STAGE}/c,${env:STAGE}/a,${env:STAGE}/b");
        Map<String, String> environment = Map.of("STAGE", "prod");
        List<Map<String, String>> configs = new HerderModel(posted).storedTaskConfigs(environment, config -> {
            S2SourceConnector connector = new S2SourceConnector();
            connector.start(config);
            return connector.taskConfigs(2);
        });
        configs.forEach(config -> start(HerderModel.resolved(config, environment)));
        assertThat(tasks).hasSize(2);

        pollUntil(() -> read.size() >= 6);
        // what would come twice comes while all connections are up
        for (int round = 0; round < 2; round++) {
            append("prod/b", "last " + round);
            int expected = 7 + round;
            pollUntil(() -> read.size() >= expected);
        }
        assertThat(read.stream().map(SourceTaskOverTheWireTest::value))
                .containsExactlyInAnyOrder(
                        "prod/a-0", "prod/a-1", "prod/b-0", "prod/b-1", "prod/c-0", "prod/c-1", "last 0", "last 1");
    }

    @Test
    void aTaskThatIsToReadOtherStreamsThanItFindsOpensNothing() {
        s2.createStream("a");
        Map<String, String> properties = properties("a");
        properties.put(TaskKeys.SHARE, TaskShares.digest("my-basin", List.of("b")));

        assertThatThrownBy(() -> start(properties)).isInstanceOf(ConfigException.class);
        assertThat(s2.requests()).isEmpty();
    }

    /** They were handed over at once, however long before start.from. */
    @Test
    void recordsBeforeAStartInTheFutureAreNotReadAndTheFirstOfThatTimeIs() throws InterruptedException {
        s2.createStream("s");
        append("s", "old");
        Map<String, String> properties = properties("s");
        properties.put("start.from", NOW.plusSeconds(3600).toString());
        properties.put("heartbeat.interval.ms", "5000");
        properties.put("heartbeat.topic", "beats");
        start(properties);
        pollUntil(() -> position("s") == 1);

        append("s", "an hour early", "still early");
        arrival.addAndGet(3_599_999);
        append("s", "a millisecond early");
        pollUntil(() -> position("s") == 4);
        skew.addAndGet(Duration.ofSeconds(6).toNanos());
        pollTimes(2);
        assertThat(read)
                .as("no heartbeat tells of a position behind which a restart would go on")
                .isEmpty();
        arrival.addAndGet(1);
        append("s", "in time", "later");
        pollUntil(() -> read.size() >= 2);

        assertThat(read.stream().filter(record -> record.topic().equals("t")).map(SourceTaskOverTheWireTest::value))
                .containsExactly("in time", "later");
    }

    @Test
    void aRecordWhoseTopicIsThatOfTheHeartbeatsStopsTheTaskAndTheOneBeforeItIsHandedOver() throws InterruptedException {
        s2.createStream("s");
        s2.append("s", written("orders/0/1"), written("beats/0/2"));
        Map<String, String> properties = properties("s");
        properties.put("topic", "${topic}");
        properties.put("heartbeat.interval.ms", "60000");
        properties.put("heartbeat.topic", "beats");
        start(properties);

        pollUntil(() -> !read.isEmpty());
        assertThat(read).extracting(SourceRecord::topic).containsExactly("orders");
        assertThatThrownBy(() -> pollUntil(() -> false))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[UNMAPPABLE_RECORD] record 1 of stream 'my-basin/s'")
                .hasMessageContaining("its topic 'beats' is heartbeat.topic");
    }

    private static AppendRecord written(String id) {
        return new AppendRecord(null, List.of(new Header("kafka.id".getBytes(UTF_8), id.getBytes(UTF_8))), new byte[1]);
    }

    private void append(String stream, String... values) {
        for (String value : values) {
            s2.append(stream, new AppendRecord(null, List.of(), value.getBytes(UTF_8)));
        }
    }

    /** How far the first task has read a stream, as operators see it; -1 if nothing is known yet. */
    private static long position(String stream) {
        try {
            Object position = ManagementFactory.getPlatformMBeanServer()
                    .getAttribute(
                            new ObjectName("io.fenceline:type=s2-source-stream,connector=over-the-wire,task=0,stream="
                                    + stream),
                            "position");
            return position instanceof Long number ? number : -1;
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    private static String value(SourceRecord record) {
        return new String((byte[]) record.value(), UTF_8);
    }

    private Map<String, String> properties(String streams) {
        return new HashMap<>(Map.of(
                "name", "over-the-wire",
                "s2.basin", "my-basin",
                "s2.access.token", "t",
                "s2.basin.endpoint", s2.url().toString(),
                "topic", "t",
                "s2.streams", streams));
    }

    private void start(Map<String, String> properties) {
        S2SourceTask task = new S2SourceTask(
                () -> System.nanoTime() + skew.get(),
                System::currentTimeMillis,
                new Random(1),
                config -> new S2SourceBasin(
                        new S2Client(config.connection().clientConfig()), config.get(S2SourceConfig.TRANSPORT)));
        task.initialize(context());
        task.start(properties);
        tasks.add(task);
    }

    private void pollUntil(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            pollTimes(1);
        }
    }

    private void pollTimes(int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            for (S2SourceTask task : tasks) {
                List<SourceRecord> records = task.poll();
                if (records != null) {
                    read.addAll(records);
                }
            }
        }
    }

    /** Of any version of Connect, as its interface grows. */
    private SourceTaskContext context() {
        OffsetStorageReader offsets = new OffsetStorageReader() {
            @Override
            public <T> Map<String, Object> offset(Map<String, T> partition) {
                return stored.get(partition.toString());
            }

            @Override
            public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> partitions) {
                Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
                partitions.forEach(partition -> found.put(partition, offset(partition)));
                return found;
            }
        };
        return (SourceTaskContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SourceTaskContext.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("offsetStorageReader")) {
                        return offsets;
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }
}
