package io.fenceline.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.KafkaJars;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The tool that judges everything else, judged: it compares a real topic with streams written here by hand, in the documented
 * form and without the connector, and must find exactly what is wrong with them.
 */
final class VerifyIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Cluster cluster = Cluster.shared();
    private final S2Client s2 = new S2Client(S2ClientConfig.forBasin(Cluster.BASIN)
            .withEndpoints(cluster.s2().accountEndpoint(), cluster.s2().basinEndpoint()));

    @AfterEach
    void close() {
        s2.close();
    }

    @Test
    void itFindsNothingWhereEveryFormOfRecordWasCopiedFaithfully() throws Exception {
        String topic = cluster.createTopic("verified", 2);
        Map<Long, Sent> sent = produceWithTransactions(topic);
        cluster.reader().createStream(topic + "/0", null);
        append(topic + "/0", sent.entrySet().stream().map(e -> copy(topic, e)).toList());

        Result result = verify(topic, "--json");

        assertThat(result.output().path("records_in_kafka").asLong()).isEqualTo(sent.size());
        assertThat(result.output().path("records_in_s2").asLong()).isEqualTo(sent.size());
        assertThat(result.problems()).as(result.text()).isEmpty();
        assertThat(result.output().path("ok").asBoolean()).isTrue();
        assertThat(result.code()).isZero();

        Result table = verify(topic);
        assertThat(table.code()).isZero();
        assertThat(table.text())
                .containsPattern("records in S2 +" + sent.size())
                .containsPattern("missing +0");
    }

    @Test
    void theScriptInTheArchiveComparesWithTheLibrariesOfKafkaAlone() throws Exception {
        String topic = cluster.createTopic("verified-by-script", 1);
        Map<Long, Sent> sent = produceWithTransactions(topic);
        cluster.reader().createStream(topic + "/0", null);
        append(topic + "/0", sent.entrySet().stream().map(e -> copy(topic, e)).toList());
        List<String> script =
                List.of("bash", archiveLibs().resolveSibling("bin/verify").toString());
        Map<String, String> kafka =
                Map.of("KAFKA_LIBS", KafkaJars.configured().libs().toString());

        Result equal = verify(script, kafka, topic, "--json");

        assertThat(equal.code()).as(equal.errors()).isZero();
        assertThat(equal.output().path("compared").asLong()).isEqualTo(sent.size());

        cluster.reader().appendForeign(topic + "/0", "not ours");
        assertThat(verify(script, kafka, topic, "--json").code()).isEqualTo(1);

        Result without = verify(script, Map.of("KAFKA_LIBS", "/no/kafka/here"), topic);
        assertThat(without.code()).isEqualTo(2);
        assertThat(without.errors()).contains("set KAFKA_HOME");
    }

    @Test
    void itFindsEveryKindOfDefectAndNamesThePlace() throws Exception {
        String topic = cluster.createTopic("damaged", 1);
        Map<Long, Sent> sent = produceWithTransactions(topic);
        List<Long> offsets = new ArrayList<>(sent.keySet());
        String stream = topic + "/0";
        cluster.reader().createStream(stream, null);
        List<RecordCopy> copies = new ArrayList<>();
        sent.forEach((offset, record) -> copies.add(copy(topic, offset, record)));
        RecordCopy altered = copies.get(3);
        copies.set(3, new RecordCopy(altered.headers(), "altered".getBytes(UTF_8)));
        copies.add(6, copies.get(5)); // duplicate
        copies.add(10, copies.remove(8)); // two places late
        copies.remove(copies.size() - 3); // missing
        append(stream, copies);
        cluster.reader().appendForeign(stream, "not ours");

        Result result = verify(topic, "--json");

        assertThat(result.code()).as(result.text()).isEqualTo(1);
        assertThat(result.problems())
                .as(result.text())
                .isEqualTo(Map.of("altered", 1L, "duplicates", 1L, "out_of_order", 1L, "missing", 1L, "foreign", 1L));
        assertThat(result.text())
                .contains("offset " + offsets.get(3) + " with another [value]")
                .contains("repeats offset " + offsets.get(5));
    }

    @Test
    void itDoesNotMissWhatWasTrimmed() throws Exception {
        String topic = cluster.createTopic("trimmed", 1);
        Map<Long, Sent> sent = produceWithTransactions(topic);
        String stream = topic + "/0";
        cluster.reader().createStream(stream, null);
        append(stream, sent.entrySet().stream().map(e -> copy(topic, e)).toList());
        cluster.reader().trim(stream, 4);
        Await.until(
                "the trim to show",
                Duration.ofSeconds(90),
                () -> cluster.reader().readAll(stream).size() == sent.size() - 4 + 1);

        Result result = verify(topic, "--json");

        assertThat(result.problems()).as(result.text()).isEmpty();
        assertThat(result.output().path("not_comparable").asLong()).isEqualTo(4);
        assertThat(result.code()).isZero();
    }

    @Test
    void itMissesWhatOnePositionThatIsGoneCannotHaveHeld() throws Exception {
        String topic = cluster.createTopic("begun-late", 1);
        Map<Long, Sent> sent = produceWithTransactions(topic);
        String stream = topic + "/0";
        cluster.reader().createStream(stream, null);
        cluster.reader().fence(stream, "f1.x");
        List<RecordCopy> copies =
                sent.entrySet().stream().map(e -> copy(topic, e)).toList();
        append(stream, copies.subList(10, copies.size()));

        Result before = verify(topic, "--json");
        cluster.reader().trim(stream, 1);
        Await.until(
                "the trim to show",
                Duration.ofSeconds(90),
                () -> cluster.reader().readAll(stream).get(0).seqNum() == 1);
        Result after = verify(topic, "--json");

        assertThat(before.problems()).as(before.text()).isEqualTo(Map.of("missing", 10L));
        assertThat(before.code()).isEqualTo(1);
        assertThat(after.problems()).as(after.text()).isEqualTo(Map.of("missing", 9L));
        assertThat(after.output()
                        .path("not_comparable_because")
                        .path("gone_from_stream")
                        .asLong())
                .isEqualTo(1);
        assertThat(after.code()).isEqualTo(1);
    }

    @Test
    void itDoesNotCallEqualWhatItCouldNotCompare() throws Exception {
        String empty = cluster.createTopic("empty", 2);
        assertThat(verify(empty).code()).isEqualTo(3);

        String trimmed = cluster.createTopic("trimmed-away", 2);
        Map<Long, Sent> sent = produceWithTransactions(trimmed);
        String stream = trimmed + "/0";
        cluster.reader().createStream(stream, null);
        append(stream, sent.entrySet().stream().map(e -> copy(trimmed, e)).toList());
        cluster.reader().trim(stream, sent.size());
        Await.until(
                "the trim to show",
                Duration.ofSeconds(90),
                () -> cluster.reader().readAll(stream).size() == 1);

        Result result = verify(trimmed, "--json");
        assertThat(result.problems()).as(result.text()).isEmpty();
        assertThat(result.output().path("verdict").asText()).isEqualTo("nothing_compared");
        assertThat(result.output().path("ok").asBoolean(true)).isFalse();
        assertThat(result.code()).isEqualTo(3);
        assertThat(verify(trimmed).text()).contains(trimmed + "-0 and stream '" + stream + "': nothing was compared");
    }

    /** What is remembered of them would be some 200 MB on a heap of 128. */
    @Test
    void itKeepsItsBoundOnMemoryWhenRecordsWithManyHeadersAreMissing() throws Exception {
        String topic = cluster.createTopic("headers", 1);
        int records = 2_000;
        List<Header> headers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            headers.add(new RecordHeader("h", new byte[] {1}));
        }
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, null, new byte[] {1}, headers));
            }
        }

        Result result = verify(topic, "--json");

        assertThat(result.errors()).doesNotContain("OutOfMemoryError");
        assertThat(result.problems()).isEqualTo(Map.of("missing", (long) records));
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void itComparesATopicWithAStreamThatTopicsShareAndMindsRepeatsOnlyWhereTheyAreDefects() throws Exception {
        String orders = cluster.createTopic("orders", 1);
        String clicks = cluster.createTopic("clicks", 1);
        Map<Long, Sent> first = produceWithTransactions(orders);
        Map<Long, Sent> second = produceWithTransactions(clicks);
        String shared = Cluster.unique("everything");
        cluster.reader().createStream(shared, null);
        List<RecordCopy> mine =
                first.entrySet().stream().map(e -> copy(orders, e)).toList();
        List<RecordCopy> others =
                second.entrySet().stream().map(e -> copy(clicks, e)).toList();
        append(shared, mine.subList(0, 8));
        append(shared, others);
        // a restart that begins at the offset committed last
        append(shared, mine.subList(5, mine.size()));

        Result strict = verify(orders, "--json", "--stream", shared);
        Result lenient = verify(orders, "--json", "--stream", shared, "--at-least-once");

        assertThat(strict.problems()).as(strict.text()).isEqualTo(Map.of("duplicates", 3L));
        assertThat(strict.code()).isEqualTo(1);
        assertThat(lenient.problems()).as(lenient.text()).isEqualTo(Map.of("duplicates", 3L));
        assertThat(lenient.output().path("ok").asBoolean()).isTrue();
        assertThat(lenient.output().path("not_comparable").asLong()).isEqualTo(others.size());
        assertThat(lenient.code()).isZero();

        cluster.reader().appendForeign(shared, "not ours");
        assertThat(verify(orders, "--stream", shared, "--at-least-once").code()).isEqualTo(1);
    }

    @Test
    void itCountsEverythingAsMissingWithoutAStreamAndCreatesNone() throws Exception {
        String topic = cluster.createTopic("unwritten", 1);
        Map<Long, Sent> sent = produceWithTransactions(topic);

        Result result = verify(topic, "--json");

        assertThat(result.problems()).isEqualTo(Map.of("missing", (long) sent.size()));
        assertThat(cluster.reader().streams(topic)).isEmpty();
    }

    @Test
    void itSaysWhatIsMissingWhenItCannotCompare() throws Exception {
        Result noTopic = verify("no-such-topic-at-all");

        assertThat(noTopic.code()).isEqualTo(2);
        assertThat(noTopic.errors()).contains("no-such-topic-at-all");
        assertThat(noTopic.text()).isEmpty();
    }

    private record Sent(long timestamp, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {}

    private record RecordCopy(List<byte[][]> headers, byte[] body) {}

    /** Records of every form in partition 0, by offset, with an aborted transaction among them. */
    private Map<Long, Sent> produceWithTransactions(String topic) throws Exception {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers());
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topic);
        Map<Long, Sent> committed = new TreeMap<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int transaction = 0; transaction < 4; transaction++) {
                boolean aborted = transaction == 1;
                Map<Long, Sent> sent = new TreeMap<>();
                producer.beginTransaction();
                for (int i = 0; i < 5; i++) {
                    Sent record = form(transaction * 5 + i);
                    long offset = producer.send(new ProducerRecord<>(
                                    topic, 0, record.timestamp(), record.key(), record.value(), record.headers()))
                            .get()
                            .offset();
                    sent.put(offset, record);
                }
                if (aborted) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                    committed.putAll(sent);
                }
            }
        }
        return committed;
    }

    private static Sent form(int n) {
        byte[] binary = {(byte) 0xff, 0, (byte) 0x80, (byte) n};
        return new Sent(
                1_700_000_000_000L + n * 7L,
                n % 3 == 0 ? null : n % 3 == 1 ? new byte[0] : binary,
                n % 5 == 4 ? null : n % 5 == 3 ? new byte[0] : ("value " + n).getBytes(UTF_8),
                n % 2 == 0
                        ? List.of()
                        : List.of(
                                new RecordHeader("h", binary),
                                new RecordHeader("none", (byte[]) null),
                                new RecordHeader("h", new byte[0])));
    }

    private static RecordCopy copy(String topic, Map.Entry<Long, Sent> sent) {
        return copy(topic, sent.getKey(), sent.getValue());
    }

    /** The form promised to users, written out by hand. */
    private static RecordCopy copy(String topic, long offset, Sent sent) {
        List<byte[][]> headers = new ArrayList<>();
        headers.add(header("kafka.id", (topic + "/0/" + offset).getBytes(UTF_8)));
        headers.add(header("kafka.ts", Long.toString(sent.timestamp()).getBytes(UTF_8)));
        if (sent.key() != null) {
            headers.add(header("kafka.key", sent.key()));
        }
        if (sent.value() == null) {
            headers.add(header("kafka.null", new byte[0]));
        }
        for (Header header : sent.headers()) {
            headers.add(
                    header.value() == null
                            ? header("kafka.null.header", header.key().getBytes(UTF_8))
                            : header(header.key(), header.value()));
        }
        return new RecordCopy(headers, sent.value() == null ? new byte[0] : sent.value());
    }

    private static byte[][] header(String name, byte[] value) {
        return new byte[][] {name.getBytes(UTF_8), value};
    }

    private void append(String stream, List<RecordCopy> records) {
        AppendBatch batch = new AppendBatch(1000, 1 << 20, 4096);
        RecordDraft draft = new RecordDraft();
        for (RecordCopy record : records) {
            draft.reset();
            record.headers().forEach(header -> draft.header(header[0], header[1]));
            assertThat(batch.tryAdd(draft.body(record.body(), 0, record.body().length)))
                    .isTrue();
        }
        s2.append(stream, batch.freeze(OptionalLong.empty(), null)).join();
    }

    private record Result(int code, String text, String errors) {

        JsonNode output() throws IOException {
            return JSON.readTree(text);
        }

        /** Counts that are not zero and must be. */
        Map<String, Long> problems() throws IOException {
            Map<String, Long> problems = new TreeMap<>();
            for (String name : List.of("duplicates", "missing", "out_of_order", "altered", "foreign")) {
                assertThat(output().has(name)).as(name).isTrue();
                if (output().path(name).asLong() != 0) {
                    problems.put(name, output().path(name).asLong());
                }
            }
            return problems;
        }
    }

    /** Runs the main class as bin/verify does: with the archive's jars and a Kafka client. */
    private Result verify(String topic, String... options) throws IOException, InterruptedException {
        List<String> program = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                archiveLibs() + "/*:" + KafkaJars.configured().libs() + "/*",
                "io.fenceline.connect.verify.Verify");
        return verify(program, Map.of(), topic, options);
    }

    private Path archiveLibs() throws IOException {
        try (Stream<Path> folders = Files.list(cluster.plugins())) {
            return folders.map(folder -> folder.resolve("lib"))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Result verify(List<String> program, Map<String, String> environment, String topic, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(
                "--bootstrap-servers",
                cluster.bootstrapServers(),
                "--topic",
                topic,
                "--basin",
                Cluster.BASIN,
                "--account-endpoint",
                cluster.s2().accountEndpoint(),
                "--basin-endpoint",
                cluster.s2().basinEndpoint()));
        command.addAll(List.of(options));
        Path errors = Files.createTempFile(cluster.output(), "verify", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("S2_ACCESS_TOKEN", Cluster.TOKEN);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        int code = process.waitFor();
        String said = Files.readString(errors);
        assertThat(said + text).doesNotContain(Cluster.TOKEN);
        return new Result(code, text, said);
    }
}
