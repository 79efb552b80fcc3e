package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations with mistakes: {@code PUT …/config/validate} answers 200 and blames the right key. */
final class BadInputIT {

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void aGoodConfigurationHasNoErrors() {
        assertThat(rest.validationErrors(Cluster.SINK, good())).isEmpty();
    }

    @Test
    void aMissingBasinIsReportedOnItsKey() {
        Map<String, String> config = good();
        config.remove("s2.basin");

        assertThat(rest.validationErrors(Cluster.SINK, config)).containsOnlyKeys("s2.basin");
    }

    @Test
    void aMisspelledKeyIsWarnedOfOncePerStart() throws IOException {
        String misspelled = "batch." + Cluster.unique("acount");
        String topic = cluster.createTopic("misspelled", 2);
        Map<String, String> config = cluster.sink(topic, 2);
        config.put(misspelled, "https://example");
        Sink sink = Sink.start(cluster, rest, topic, 2, cluster.reader(), config);

        assertThat(Files.readAllLines(cluster.worker().log()))
                .filteredOn(line -> line.contains("spelling") && line.contains(misspelled))
                .hasSize(1);
        sink.delete();
    }

    /** It was warned of, or nothing was said, and the connector ran with a default that nobody asked for. */
    @ParameterizedTest(name = "{1} on {0}")
    @CsvSource({
        "sink,   s2.stram,         did you mean s2.stream?",
        "sink,   linger.msec,      did you mean linger.ms?",
        "sink,   body.convertor,   did you mean body.converter?",
        "sink,   s2.acount,        unknown",
        "sink,   poll.max.records, a key of the S2 source and the SQS source",
        "source, topics,           did you mean topic?",
        "source, s2.stream,        did you mean s2.streams?",
        "source, linger.ms,        producer.override.linger.ms"
    })
    void aMistypedKeyIsRefusedOnItself(String side, String key, String said) {
        boolean sink = side.equals("sink");
        Map<String, String> config = sink ? good() : Source.config(cluster.s2(), "orders/*", "any", 1);
        config.put("name", "validated");
        config.put(key, "any");

        assertThat(rest.validationErrors(sink ? Cluster.SINK : Source.CLASS, config))
                .containsOnlyKeys(key)
                .hasEntrySatisfying(key, messages -> assertThat(messages)
                        .singleElement()
                        .asString()
                        .startsWith(key + " is unknown")
                        .contains(said));
        config.remove("name");
        assertThat(rest.tryPut("refused", config).status()).isEqualTo(400);
    }

    /** The worker's answer names every key it knows for a connector. */
    @ParameterizedTest
    @ValueSource(strings = {Cluster.SINK, Cluster.SQS_SINK, Source.CLASS, QueueSource.CLASS})
    void noKeyOfTheWorkersOwnIsCalledUnknown(String connectorClass) {
        Map<String, String> config = new HashMap<>(Map.of("connector.class", connectorClass));
        List<String> known = new ArrayList<>();
        rest.validate(connectorClass, config)
                .require(200)
                .json()
                .get("configs")
                .forEach(entry -> known.add(entry.get("value").get("name").asText()));
        assertThat(known).contains("tasks.max", "errors.tolerance", "header.converter");
        known.forEach(key -> config.putIfAbsent(key, "0"));
        // what needs other values to be looked at at all
        config.keySet()
                .removeAll(List.of("transforms", "predicates", "key.converter", "value.converter", "header.converter"));

        assertThat(rest.validationErrors(connectorClass, config).values().stream()
                        .flatMap(List::stream)
                        .filter(message -> message.contains("is unknown")))
                .isEmpty();
    }

    @Test
    void settingsOfConnectThatAreSeldomMeantAreWarnedOfWithTheirValues() throws IOException {
        Map<String, String> config = cluster.sink(cluster.createTopic("seldom-meant", 1), 1);
        config.put("consumer.override.isolation.level", "read_uncommitted");
        config.put("errors.tolerance", "all");

        assertThat(saidAtTheStartOf(config))
                .filteredOn(line -> line.contains("WARN"))
                .anyMatch(line -> line.contains("consumer.override.isolation.level=read_uncommitted: "))
                .anyMatch(line -> line.contains("errors.tolerance=all without errors.deadletterqueue.topic.name"))
                .hasSize(2);
    }

    @Test
    void aPrefixThatNoStreamBeginsWithIsWarnedOfUntilOneDoes() throws IOException {
        String run = Cluster.unique("nothing-yet");
        Map<String, String> config = Source.config(cluster.s2(), run + "/*", run, 1);
        config.put("s2.discovery.interval.ms", "500");
        Source source = Source.start(cluster, rest, "source-" + run, config);
        source.awaitRunning(1);
        Await.until("it is told twice", Duration.ofSeconds(60), () -> told(run) >= 2);

        cluster.reader().createStream(run + "/first", null);
        cluster.reader().appendTexts(run + "/first", List.of("here it is"));
        source.awaitCommitted(run, 1, Duration.ofSeconds(60));
        source.delete();
    }

    private long told(String run) {
        try {
            return Files.readAllLines(cluster.worker().log()).stream()
                    .filter(line ->
                            line.contains("WARN") && line.contains("begins with s2.stream.prefix='" + run + "/'"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource({
        "key.converter,    org.apache.kafka.connect.storage.StringConverter, key.converter",
        "key.converter,    StringConverter,                                  key.converter",
        "key.converter,    String,                                           key.converter",
        "header.converter, StringConverter,                                  header.converter",
        "value.converter,  StringConverter,                                  value.type",
        "value.converter,  String,                                           value.type"
    })
    void bytesThatStringConverterWouldWriteAsAnAddressAreRefusedBeforeTheStart(
            String key, String converter, String blamed) {
        Map<String, String> config = Source.config(cluster.s2(), "orders/*", "any", 1);
        config.put("name", "validated");
        assertThat(rest.validationErrors(Source.CLASS, config)).isEmpty();
        config.put(key, converter);

        assertThat(rest.validationErrors(Source.CLASS, config)).containsOnlyKeys(blamed);
        config.remove("name");
        assertThat(rest.tryPut("refused", config).status()).isEqualTo(400);
    }

    @ParameterizedTest(name = "by {0}")
    @ValueSource(strings = {"ByteArrayConverter", "ByteArray"})
    void bytesAreCarriedByTheSameConverterUnderItsShortNames(String name) throws IOException {
        Map<String, String> config = cluster.sink(cluster.createTopic("short-names", 1), 1);
        config.put("key.converter", name);
        config.put("value.converter", name);
        config.put("header.converter", name);

        assertThat(saidAtTheStartOf(config)).noneMatch(line -> line.contains("WARN"));
    }

    @Test
    void convertersThatMakeSomethingElseOfBytesAreWarnedOf() throws IOException {
        Map<String, String> config = cluster.sink(cluster.createTopic("other-converters", 1), 1);
        config.put("key.converter", "String");
        config.put("value.converter", "JsonConverter");
        config.remove("header.converter");

        assertThat(saidAtTheStartOf(config))
                .filteredOn(line -> line.contains("WARN") && line.contains("ByteArrayConverter"))
                .anyMatch(line -> line.contains("key.converter=String "))
                .anyMatch(line -> line.contains("value.converter=JsonConverter "))
                .anyMatch(line -> line.contains("does not set header.converter"))
                .hasSize(3);
    }

    /** Lines of ours in the worker's log while this connector starts; no other test runs beside it. */
    private List<String> saidAtTheStartOf(Map<String, String> config) throws IOException {
        String topic = config.get("topics");
        int before = Files.readAllLines(cluster.worker().log()).size();
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), config);
        List<String> lines = Files.readAllLines(cluster.worker().log());
        sink.delete();
        return lines.subList(before, lines.size()).stream()
                .filter(line -> line.contains("S2SinkConnector"))
                .toList();
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "s2.basin                     | Not_A_Basin",
                "s2.basin                     | short",
                "s2.account.endpoint          | not a url",
                "s2.basin.endpoint            | http://127.0.0.1:1/?query=1",
                "s2.encryption.key            | c2VjcmV0LWtleS10b28tc2hvcnQ=",
                "s2.connect.timeout.ms        | -5",
                "s2.request.timeout.ms        | soon",
                "s2.compression               | zip",
                "s2.stream                    | ${topic}/${offset}",
                "s2.stream.auto.create        | maybe",
                "delivery.guarantee           | at_most_once",
                "retry.policy                 | sometimes",
                "retry.backoff.ms             | -1",
                "retry.backoff.max.ms         | x",
                "batch.max.records            | 0",
                "batch.max.records            | 1001",
                "batch.max.bytes              | 2000000",
                "linger.ms                    | -1",
                "inflight.max.bytes           | 0",
                "buffer.max.bytes             | -1",
                "ack.timeout.ms               | 0",
                "checkpoint.idle.ms           | -1",
                "claim.max.takeovers          | -1",
                "behavior.on.null.values      | drop",
                "behavior.on.reserved.headers | ignore",
                "body.converter               | no.such.Converter",
                "validate.connection          | perhaps"
            })
    void aWrongValueIsReportedOnItsKey(String key, String value) {
        Map<String, String> config = good();
        config.put(key, value);

        Map<String, List<String>> errors = rest.validationErrors(Cluster.SINK, config);

        assertThat(errors).containsOnlyKeys(key);
        String message = String.join(" ", errors.get(key));
        assertThat(message).contains(key);
        if (key.equals("s2.encryption.key")) {
            assertThat(message).doesNotContain(value);
        }
    }

    @Test
    void exactlyOnceNeedsAStreamPerPartition() {
        for (String template : List.of("all-in-one", "${topic}", "p${partition}", "${topic}${partition}")) {
            Map<String, String> config = good();
            config.put("s2.stream", template);
            assertThat(rest.validationErrors(Cluster.SINK, config))
                    .as(template)
                    .containsOnlyKeys("s2.stream")
                    .hasEntrySatisfying("s2.stream", messages -> assertThat(String.join(" ", messages))
                            .contains("exactly_once"));
        }
    }

    @Test
    void blindResendsAreOnlyForAtLeastOnce() {
        Map<String, String> config = good();
        config.put("retry.policy", "all");

        assertThat(rest.validationErrors(Cluster.SINK, config)).containsOnlyKeys("retry.policy");

        config.put("delivery.guarantee", "at_least_once");
        config.put("s2.stream", "all-in-one");
        assertThat(rest.validationErrors(Cluster.SINK, config)).isEmpty();
    }

    @Test
    void endpointsOfDifferentSchemesAreRefused() {
        Map<String, String> config = good();
        config.put("s2.account.endpoint", "https://127.0.0.1:1");
        config.put("validate.connection", "false");

        assertThat(rest.validationErrors(Cluster.SINK, config).keySet())
                .isSubsetOf("s2.account.endpoint", "s2.basin.endpoint")
                .isNotEmpty();
    }

    @Test
    void severalMistakesAreReportedAtOnce() {
        Map<String, String> config = good();
        config.remove("s2.basin");
        config.put("linger.ms", "x");
        config.put("s2.stream", "fixed");

        assertThat(rest.validationErrors(Cluster.SINK, config)).containsOnlyKeys("s2.basin", "linger.ms", "s2.stream");
    }

    @Test
    void anUnknownBasinIsReportedOnTheBasin() {
        Map<String, String> config = good();
        config.put("s2.basin", "nobody-made-this-one");

        assertThat(errorsWithin5Seconds(config))
                .containsOnlyKeys("s2.basin")
                .hasEntrySatisfying("s2.basin", messages -> assertThat(String.join(" ", messages))
                        .contains("nobody-made-this-one"));
    }

    @Test
    void anUnreachableHostIsReportedOnTheEndpoint() throws IOException {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        Map<String, String> refused = good();
        refused.put("s2.account.endpoint", "http://127.0.0.1:" + nobody);
        refused.put("s2.basin.endpoint", "http://127.0.0.1:" + nobody);
        Map<String, String> unknown = good();
        unknown.put("s2.account.endpoint", "http://no-such-host.invalid:80");
        unknown.put("s2.basin.endpoint", "http://no-such-host.invalid:80");

        assertThat(errorsWithin5Seconds(refused)).containsOnlyKeys("s2.basin.endpoint");
        assertThat(errorsWithin5Seconds(unknown)).containsOnlyKeys("s2.basin.endpoint");
        assertThat(rest.validationErrors(Cluster.SINK, refused).get("s2.basin.endpoint"))
                .isNotEqualTo(rest.validationErrors(Cluster.SINK, unknown).get("s2.basin.endpoint"));
    }

    @Test
    void aHostThatNeverAnswersIsReportedWithinTheTime() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Map<String, String> config = good();
            config.put("s2.account.endpoint", "http://127.0.0.1:" + silent.getLocalPort());
            config.put("s2.basin.endpoint", "http://127.0.0.1:" + silent.getLocalPort());

            assertThat(errorsWithin5Seconds(config)).containsOnlyKeys("s2.basin.endpoint");
        }
    }

    @Test
    void tlsTowardsAServerWithoutItHasItsOwnMessage() {
        Map<String, String> config = good();
        String https = cluster.s2().basinEndpoint().replace("http://", "https://");
        config.put("s2.account.endpoint", https);
        config.put("s2.basin.endpoint", https);

        Map<String, List<String>> errors = errorsWithin5Seconds(config);

        assertThat(errors).containsOnlyKeys("s2.basin.endpoint");
        assertThat(String.join(" ", errors.get("s2.basin.endpoint"))).containsIgnoringCase("TLS");
    }

    @Test
    void aTokenThatIsRefusedIsReportedOnTheToken() {
        // s2-lite takes every token, so this needs a server that does not
        try (ScriptedS2Server server = ScriptedS2Server.start()) {
            Map<String, String> config = good();
            config.put("s2.account.endpoint", server.url().toString());
            config.put("s2.basin.endpoint", server.url().toString());

            server.inject(refusal(401, "authn"));
            Map<String, List<String>> unknown = errorsWithin5Seconds(config);
            server.inject(refusal(403, "permission_denied"));
            Map<String, List<String>> forbidden = errorsWithin5Seconds(config);

            assertThat(unknown).containsOnlyKeys("s2.access.token");
            assertThat(forbidden).containsOnlyKeys("s2.access.token").isNotEqualTo(unknown);
            assertThat(unknown + " " + forbidden).doesNotContain(Cluster.TOKEN);
        }
    }

    @Test
    void theConnectionIsLeftAloneWhenAskedTo() {
        Map<String, String> config = good();
        config.put("s2.account.endpoint", "http://127.0.0.1:1");
        config.put("s2.basin.endpoint", "http://127.0.0.1:1");
        config.put("validate.connection", "false");

        assertThat(rest.validationErrors(Cluster.SINK, config)).isEmpty();
    }

    @Test
    void theAnswerHidesSecrets() {
        Map<String, String> config = good();
        config.put("s2.encryption.key", "dGhpcy1rZXktaXMtYS1zZWNyZXQtb2YtMzItYnl0ZXM=");
        config.put("linger.ms", "x");

        String answer = rest.validate(Cluster.SINK, config).require(200).body();

        assertThat(answer).doesNotContain(Cluster.TOKEN).doesNotContain("dGhpcy1rZXkt");
    }

    @Test
    void aRefusedConfigurationIsNotStarted() {
        Map<String, String> config = good();
        config.remove("name");
        config.put("s2.stream", "fixed");

        ConnectRest.RestAnswer answer = rest.tryPut("refused", config);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("s2.stream").doesNotContain(Cluster.TOKEN);
    }

    private static Fault refusal(int status, String code) {
        return new Fault.RejectRequest(ServerError.of(status, code, "as the cloud says it"));
    }

    private Map<String, String> good() {
        Map<String, String> config = cluster.sink("some-topic", 1);
        config.put("name", "validated");
        return config;
    }

    /** Five seconds for the check, the rest for everything around it on a busy machine: a client's own patience is a minute. */
    private Map<String, List<String>> errorsWithin5Seconds(Map<String, String> config) {
        long start = System.nanoTime();
        Map<String, List<String>> errors = rest.validationErrors(Cluster.SINK, config);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        return errors;
    }
}
