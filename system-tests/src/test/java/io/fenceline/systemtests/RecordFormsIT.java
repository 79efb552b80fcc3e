package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.HistoryCheck;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every kind of key, value, header, timestamp and size arrives byte for byte, or goes where the policy says. */
final class RecordFormsIT {

    /** 1 MiB metered, inclusive. */
    private static final int LIMIT = 1 << 20;

    private final Cluster cluster = Cluster.shared();

    @Test
    void everyCombinationOfKeyValueAndHeadersArrives() throws Exception {
        String topic = cluster.createTopic("forms", 3);
        List<byte @Nullable []> keys = Arrays.asList(null, new byte[0], text("key"), everyByte());
        List<byte @Nullable []> values = Arrays.asList(
                null, new byte[0], text("v"), text("Đà Nẵng, Zürich, 東京"), everyByte(), new byte[100_000]);
        List<List<Header>> headers = headers();
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            int n = 0;
            for (byte @Nullable [] key : keys) {
                for (byte @Nullable [] value : values) {
                    for (List<Header> some : headers) {
                        producer.send(new ProducerRecord<>(topic, n++ % 3, timestamp(n), key, value, some));
                    }
                }
            }
            producer.flush();
        }

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 3, cluster.reader(), cluster.sink(topic, 2));

        HistoryCheck.Result result = sink.requirePerfect(Duration.ofSeconds(60));
        assertThat(result.inS2()).isEqualTo((long) keys.size() * values.size() * headers.size());
        sink.delete();
    }

    @Test
    void aRecordOfExactlyTheLargestSizeAndOneByteLessArrives() throws Exception {
        String topic = cluster.createTopic("largest", 1);
        produce(
                topic,
                List.of(
                        text("before"),
                        bodyOfMeteredSize(topic, 1, LIMIT),
                        bodyOfMeteredSize(topic, 2, LIMIT - 1),
                        text("after")));

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), cluster.sink(topic, 1));

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(4);
        sink.delete();
    }

    @Test
    void aRecordAboveTheLargestSizeGoesToTheDeadLetterQueueAndItsNeighboursArrive() throws Exception {
        String topic = cluster.createTopic("diverted", 1);
        String dlq = cluster.createTopic("diverted-dlq", 1);
        byte[] tooLarge = bodyOfMeteredSize(topic, 2, LIMIT + 1);
        produce(topic, List.of(text("one"), text("two"), tooLarge, text("four"), new byte[2 << 20], text("six")));
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("errors.tolerance", "all");
        config.put("errors.deadletterqueue.topic.name", dlq);
        config.put("errors.deadletterqueue.topic.replication.factor", "1");
        config.put("errors.deadletterqueue.context.headers.enable", "true");
        config.put("producer.override.max.request.size", Integer.toString(8 << 20));

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), config);

        sink.awaitAllArrived(Duration.ofSeconds(60));
        sink.awaitNoLag(Duration.ofSeconds(60));
        HistoryCheck.compare(
                        TopicHistory.read(cluster.bootstrapServers(), topic, r -> r.offset() != 2 && r.offset() != 4),
                        cluster.reader())
                .requirePerfect();
        List<byte[]> diverted = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        TopicHistory.forEach(cluster.bootstrapServers(), dlq, record -> {
            diverted.add(record.value());
            errors.add(new String(
                    record.headers()
                            .lastHeader("__connect.errors.exception.message")
                            .value(),
                    StandardCharsets.UTF_8));
        });
        assertThat(diverted).hasSize(2);
        assertThat(diverted.get(0)).isEqualTo(tooLarge);
        assertThat(errors.get(0)).contains(topic + "-0@2").contains(Integer.toString(LIMIT));
        sink.delete();
    }

    @Test
    void aRecordThatTheDeadLetterQueueDoesNotGetWithKafkasDefaultsStopsTheTaskUntilBothLimitsAreRaised()
            throws Exception {
        String topic = cluster.createTopic("unsent", 1);
        String dlq = cluster.createTopic("unsent-dlq", 1, Map.of("max.message.bytes", "1048588"));
        byte[] tooLarge = bodyOfMeteredSize(topic, 2, LIMIT + 1);
        byte[] larger = new byte[2 << 20];
        produce(topic, List.of(text("one"), text("two"), tooLarge, text("four"), larger, text("six")));
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("errors.tolerance", "all");
        config.put("errors.deadletterqueue.topic.name", dlq);
        config.put("errors.deadletterqueue.topic.replication.factor", "1");
        config.put("errors.deadletterqueue.context.headers.enable", "true");
        ConnectRest rest = cluster.rest();
        Sink sink = new Sink(cluster, rest, "sink-" + topic, topic, 1, cluster.reader());

        rest.put(sink.name(), config);
        long enough = sizeToAllow(awaitTrace(sink, topic + "-0@2"));
        assertThat(cluster.end(dlq)).isZero();
        assertThat(sink.committed()).isLessThanOrEqualTo(2);
        assertThat(bodies(topic)).containsExactly("one", "two");

        // the connector's limit alone, by the number the message asks for: now the topic refuses
        config.put("producer.override.max.request.size", Long.toString(enough));
        rest.put(sink.name(), config);
        assertThat(sizeToAllow(awaitTrace(sink, "refused it as too large"))).isEqualTo(enough);
        assertThat(cluster.end(dlq)).isZero();
        assertThat(sink.committed()).isLessThanOrEqualTo(2);
        assertThat(bodies(topic)).containsExactly("one", "two");

        // both limits: the next record that is larger still stops it again
        allow(dlq, enough);
        rest.restart(sink.name());
        long enoughForAll = sizeToAllow(awaitTrace(sink, topic + "-0@4"));
        assertThat(cluster.end(dlq)).isEqualTo(1);
        assertThat(bodies(topic)).containsExactly("one", "two", "four");

        allow(dlq, enoughForAll);
        config.put("producer.override.max.request.size", Long.toString(enoughForAll));
        rest.put(sink.name(), config);
        Await.until("the task runs again", Duration.ofSeconds(60), () -> rest.status(sink.name())
                .running(1));
        sink.awaitNoLag(Duration.ofSeconds(60));
        HistoryCheck.compare(
                        TopicHistory.read(cluster.bootstrapServers(), topic, r -> r.offset() != 2 && r.offset() != 4),
                        cluster.reader())
                .requirePerfect();
        List<byte[]> diverted = new ArrayList<>();
        TopicHistory.forEach(cluster.bootstrapServers(), dlq, record -> diverted.add(record.value()));
        assertThat(diverted).containsExactly(tooLarge, larger);
        sink.delete();
    }

    /** Until the task has stopped with this in its message, which may not be the first stop. */
    private String awaitTrace(Sink sink, String part) {
        ConnectRest rest = cluster.rest();
        Await.until(
                sink.name() + " stops and says " + part,
                Duration.ofSeconds(60),
                () -> rest.status(sink.name()).traces().contains(part),
                () -> "Status " + rest.status(sink.name()));
        String trace = rest.status(sink.name()).traces();
        assertThat(trace)
                .contains("[RECORD_TOO_LARGE]")
                .contains("producer.override.max.request.size")
                .contains("max.message.bytes");
        return trace;
    }

    private static long sizeToAllow(String trace) {
        Matcher size = Pattern.compile("to at least (\\d+)").matcher(trace);
        assertThat(size.find()).as(trace).isTrue();
        Cluster.say("the message asks for " + size.group(1) + " bytes");
        return Long.parseLong(size.group(1));
    }

    private void allow(String topic, long maxMessageBytes) throws ExecutionException, InterruptedException {
        cluster.admin()
                .incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("max.message.bytes", Long.toString(maxMessageBytes)),
                                AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    private List<String> bodies(String topic) {
        return cluster.reader().readAll(topic + "/0").stream()
                .filter(record -> !record.isCommand())
                .map(record -> new String(record.body(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void withoutADeadLetterQueueATooLargeRecordStopsTheTaskByName() throws Exception {
        String topic = cluster.createTopic("toolarge", 1);
        produce(topic, List.of(text("one"), text("two"), bodyOfMeteredSize(topic, 2, LIMIT + 1), text("four")));

        ConnectRest rest = cluster.rest();
        rest.put("sink-" + topic, cluster.sink(topic, 1));

        String trace = rest.awaitFailed("sink-" + topic, Duration.ofSeconds(60));
        assertThat(trace).contains(topic + "-0@2").contains("RECORD_TOO_LARGE").contains(Integer.toString(LIMIT));
        assertThat(cluster.reader().readAll(topic + "/0").stream()
                        .filter(record -> !record.isCommand())
                        .map(record -> new String(record.body(), StandardCharsets.UTF_8)))
                .containsExactly("one", "two");
        rest.delete("sink-" + topic);
    }

    @Test
    void aNullValueIsIgnoredWhenAskedAndTheLagStillDrains() throws Exception {
        String topic = cluster.createTopic("ignored", 1);
        produce(topic, Arrays.asList(null, text("one"), null, text("two"), null));
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("behavior.on.null.values", "ignore");

        Sink sink = Sink.start(cluster, cluster.rest(), topic, 1, cluster.reader(), config);

        sink.awaitNoLag(Duration.ofSeconds(60));
        HistoryCheck.compare(
                        TopicHistory.read(cluster.bootstrapServers(), topic, record -> record.value() != null),
                        cluster.reader())
                .requirePerfect();
        sink.delete();
    }

    @Test
    void aReservedHeaderStopsTheTaskByDefaultAndIsRenamedWhenAsked() throws Exception {
        String topic = cluster.createTopic("reserved", 1);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(
                    topic, 0, (Long) null, null, text("v"), List.of(new RecordHeader("kafka.id", text("mine")))));
        }
        ConnectRest rest = cluster.rest();
        rest.put("sink-" + topic, cluster.sink(topic, 1));
        assertThat(rest.awaitFailed("sink-" + topic, Duration.ofSeconds(60)))
                .contains(topic + "-0@0")
                .contains("behavior.on.reserved.headers");

        rest.delete("sink-" + topic);

        Map<String, String> config = cluster.sink(topic, 1);
        config.put("behavior.on.reserved.headers", "rename");
        rest.put("renaming-" + topic, config);
        Sink sink = new Sink(cluster, rest, "renaming-" + topic, topic, 1, cluster.reader());
        sink.awaitRunning(1);
        sink.awaitAllArrived(Duration.ofSeconds(60));

        S2Reader.Stored stored = cluster.reader().lastData(topic + "/0");
        assertThat(stored).isNotNull();
        assertThat(stored.text("kafka.id")).isEqualTo(topic + "/0/0");
        assertThat(stored.text("user.kafka.id")).isEqualTo("mine");
        sink.delete();
    }

    private void produce(String topic, List<byte @Nullable []> values) throws ExecutionException, InterruptedException {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (byte @Nullable [] value : values) {
                producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_000L, null, value))
                        .get();
            }
        }
    }

    /** The body that makes the record at this offset, without key and headers, as large as asked. */
    private static byte[] bodyOfMeteredSize(String topic, long offset, int metered) {
        String id = topic + "/0/" + offset;
        int overhead = 8 + (2 + "kafka.id".length() + id.length()) + (2 + "kafka.ts".length() + 13);
        byte[] body = new byte[metered - overhead];
        Arrays.fill(body, (byte) 'x');
        return body;
    }

    private static @Nullable Long timestamp(int n) {
        return switch (n % 4) {
            case 0 -> 0L;
            case 1 -> 1_500_000_000_000L + n;
            // within the hour a broker allows
            case 2 -> System.currentTimeMillis() + 1_800_000;
            default -> null;
        };
    }

    private static List<List<Header>> headers() {
        List<Header> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(new RecordHeader("header-" + i, text("value " + i)));
        }
        return List.of(
                List.of(),
                List.of(new RecordHeader("a", text("1"))),
                List.of(
                        new RecordHeader("a", text("1")),
                        new RecordHeader("b", text("2")),
                        new RecordHeader("a", text("3"))),
                List.of(new RecordHeader("empty", new byte[0]), new RecordHeader("null", (byte[]) null)),
                List.of(new RecordHeader("binary", everyByte()), new RecordHeader("ключ-鍵", text("unicode"))),
                List.of(new RecordHeader("kafk", text("not ours")), new RecordHeader("Kafka.id", text("not ours"))),
                List.of(new RecordHeader("json", text("{\"a\": [1, 2.50, null]}")), new RecordHeader("n", text("007"))),
                many);
    }

    private static byte[] everyByte() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < 256; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
