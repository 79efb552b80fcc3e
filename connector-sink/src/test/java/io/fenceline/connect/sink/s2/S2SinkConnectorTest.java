package io.fenceline.connect.sink.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.config.RawValues;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSocket;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S2SinkConnectorTest {

    private static final String TOKEN = "s3cr3t-t0ken";

    private final ScriptedS2Server s2 = ScriptedS2Server.start();
    private final S2SinkConnector connector = new S2SinkConnector();

    @AfterEach
    void stopServer() {
        s2.close();
    }

    @Test
    void shouldBeFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(SinkConnector.class)).hasAtLeastOneElementOfType(S2SinkConnector.class);
    }

    @Test
    void shouldTellTheVersionTheBuildGaveIt() {
        assertThat(connector.version()).matches("\\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void shouldGiveEveryTaskTheConnectorsOwnKeysAndItsNumberTheSameEachTime() {
        Map<String, String> properties = working();
        connector.start(properties);

        List<Map<String, String>> configs = connector.taskConfigs(3);

        assertThat(configs).hasSize(3).allSatisfy(config -> assertThat(config).containsAllEntriesOf(properties));
        assertThat(configs).extracting(config -> config.get("fenceline.task")).containsExactly("0", "1", "2");
        assertThat(connector.taskConfigs(3)).isEqualTo(configs);
        assertThat(connector.taskConfigs(1)).hasSize(1);
    }

    @Test
    void shouldFindNothingWrongWithAWorkingConfiguration() {
        assertThat(errors(working())).isEmpty();
    }

    @Test
    void shouldAdviseOnMisspelledKeysAllAtOnce() {
        Map<String, String> properties = working();
        properties.put("consumer.override.isolation.level", "read_committed");
        assertThat(S2SinkAdvice.on(properties)).isEmpty();

        properties.put("s2.acount.endpoint", "https://example");
        properties.put("retry.polizy", "all");
        assertThat(S2SinkAdvice.on(properties))
                .singleElement()
                .asString()
                .contains("s2.acount.endpoint", "retry.polizy", "spelling");
    }

    @Test
    void shouldAdviseOnATokenThatTravelsInTheClear() {
        Map<String, String> properties = working();
        properties.put("consumer.override.isolation.level", "read_committed");
        properties.put("s2.access.token", "token-of-somebody");
        properties.put("s2.basin.endpoint", "http://s2.example.com");
        properties.put("s2.account.endpoint", "http://s2.example.com");
        assertThat(S2SinkAdvice.on(properties))
                .singleElement()
                .asString()
                .contains("s2.basin.endpoint=http://s2.example.com", "https://")
                .doesNotContain("token-of-somebody");
    }

    @Test
    void shouldAdviseOnRecordsThatWouldBeDroppedOrAreAborted() {
        Map<String, String> properties = working();
        properties.put("errors.tolerance", "all");
        assertThat(S2SinkAdvice.on(properties)).hasSize(2);

        properties.put("errors.deadletterqueue.topic.name", "dlq");
        properties.put("producer.override.max.request.size", "8388608");
        properties.put("consumer.override.isolation.level", "read_committed");
        assertThat(S2SinkAdvice.on(properties)).isEmpty();
    }

    @Test
    void aQueueThatDoesNotGetWhatIsTooLargeForS2WasStartedWithoutAWord() {
        Map<String, String> properties = working();
        properties.put("consumer.override.isolation.level", "read_committed");
        properties.put("errors.tolerance", "all");
        properties.put("errors.deadletterqueue.topic.name", "dlq");
        for (String limit : Arrays.asList(null, "1048576", "not a number")) {
            properties.put("producer.override.max.request.size", limit);
            assertThat(S2SinkAdvice.on(RawValues.withoutNulls(properties)))
                    .as(limit)
                    .singleElement()
                    .asString()
                    .contains("producer.override.max.request.size", "max.message.bytes", "RECORD_TOO_LARGE");
        }
        properties.put("producer.override.max.request.size", "1048577");
        assertThat(S2SinkAdvice.on(properties)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "key.converter,    StringConverter",
        "value.converter,  org.apache.kafka.connect.json.JsonConverter",
        "header.converter, org.apache.kafka.connect.storage.SimpleHeaderConverter",
        "value.converter,  no.such.Converter",
        "key.converter,",
        "value.converter,",
        "header.converter,"
    })
    void convertersThatDoNotCarryBytesWereStartedWithoutAWord(String key, String name) {
        Map<String, String> properties = working();
        properties.put("consumer.override.isolation.level", "read_committed");
        properties.put(key, name);

        assertThat(S2SinkAdvice.on(RawValues.withoutNulls(properties)))
                .singleElement()
                .asString()
                .contains(key, "org.apache.kafka.connect.converters.ByteArrayConverter");
    }

    @Test
    void aConverterThatIsNamedElsewhereIsNotJudged() {
        Map<String, String> properties = working();
        properties.put("consumer.override.isolation.level", "read_committed");
        properties.put("value.converter", "${env:CONVERTER}");

        assertThat(S2SinkAdvice.on(properties)).isEmpty();
    }

    @Test
    void aResetOfATopicThatWasTakenOutIsTakenAndItsStreamLeftToWhoeverOwnsItNow() {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        offsets.put(new TopicPartition("taken-out", 0), null);
        s2.createStream("taken-out/0");

        assertThat(connector.alterOffsets(working(), offsets)).isTrue();
        assertThat(s2.requests()).isEmpty();

        offsets.put(new TopicPartition("taken-out", 0), 7L);
        assertThatThrownBy(() -> connector.alterOffsets(working(), offsets))
                .hasMessageContaining("'taken-out' is not one of this connector's topics");
    }

    /** The others were moved before it was found out. */
    @Test
    void oneBadPartitionInARequestForSeveralChangesNothing() {
        s2.createStream("orders/0");
        s2.createStream("orders/1");
        for (TopicPartition bad : List.of(
                new TopicPartition("orders", 99), // no stream
                new TopicPartition("orders", -1),
                new TopicPartition("taken-out", 0))) {
            Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
            offsets.put(new TopicPartition("orders", 0), 7L);
            offsets.put(bad, 7L);
            offsets.put(new TopicPartition("orders", 1), 7L);

            assertThatThrownBy(() -> connector.alterOffsets(working(), offsets))
                    .as("%s", bad)
                    .isInstanceOf(ConnectException.class)
                    .hasMessageStartingWith("Offsets not changed: ")
                    .hasMessageContaining(bad.topic().equals("orders") ? bad.toString() : "'taken-out'");
            assertThat(s2.token("orders/0").isNone()).isTrue();
            assertThat(s2.token("orders/1").isNone()).isTrue();
        }
    }

    /** Its offsets went with the topic, so Connect names no partition, said that all were reset, and nothing was. */
    @Test
    void aResetOfATopicThatWasMadeAgainWasTakenAndChangedNothing() {
        for (int partition = 0; partition < 18; partition++) {
            s2.createStream("orders/" + partition);
        }
        StringBuilder named = new StringBuilder();
        for (int partition = 0; partition < 18; partition++) {
            named.append(partition == 0 ? "" : ",")
                    .append("{\"partition\":{\"kafka_topic\":\"orders\",\"kafka_partition\":")
                    .append(partition)
                    .append("},\"offset\":null}");
        }
        Map<String, String> properties = working();
        properties.put("name", "orders-to-s2");

        assertThatThrownBy(() -> connector.alterOffsets(properties, Map.of()))
                .isInstanceOf(ConnectException.class)
                .hasMessageStartingWith("Offsets not changed: the consumer group has committed none")
                .hasMessageEndingWith(": PATCH /connectors/orders-to-s2/offsets {\"offsets\":[" + named + "]}");
        assertThat(s2.token("orders/0").isNone()).isTrue();

        properties.remove("topics");
        properties.put("topics.regex", "ord.*");
        assertThatThrownBy(() -> connector.alterOffsets(properties, Map.of()))
                .hasMessageEndingWith(
                        "{\"offsets\":[{\"partition\":{\"kafka_topic\":\"<topic>\",\"kafka_partition\":<number>},"
                                + "\"offset\":null}]}");
    }

    @Test
    void aResetOfAConnectorThatHasWrittenNothingIsTaken() {
        assertThat(connector.alterOffsets(working(), Map.of())).isTrue();

        Map<String, String> atLeastOnce = working();
        atLeastOnce.put("delivery.guarantee", "at_least_once");
        s2.createStream("orders/0");
        assertThat(connector.alterOffsets(atLeastOnce, Map.of()))
                .as("the group's offsets are all there is")
                .isTrue();
    }

    @Test
    void partitionsThatNobodyHasWrittenYetMayBeSetTogether() {
        Map<TopicPartition, Long> offsets =
                Map.of(new TopicPartition("orders", 0), 7L, new TopicPartition("orders", 1), 9L);
        assertThat(connector.alterOffsets(working(), offsets)).isTrue();

        s2.createStream("orders/0");
        Map<TopicPartition, Long> reset = new HashMap<>(Map.of(new TopicPartition("orders", 0), 7L));
        reset.put(new TopicPartition("orders", 1), null);
        assertThat(connector.alterOffsets(working(), reset))
                .as("a reset cleans up whatever there is")
                .isTrue();
        assertThat(s2.token("orders/0").isNone()).isFalse();
    }

    @Test
    void shouldReportMissingAndWrongKeysOnTheKeysThemselves() {
        Map<String, String> properties = working();
        properties.remove("s2.basin");
        properties.put("batch.max.records", "1001");
        properties.put("linger.ms", "soon");
        properties.put("s2.stream", "${nothing}");
        properties.put("s2.encryption.key", "c2hvcnQ=");

        assertThat(errors(properties).keySet())
                .containsExactly("batch.max.records", "linger.ms", "s2.basin", "s2.encryption.key", "s2.stream");
        assertThat(s2.requests()).as("no live check of a wrong configuration").isEmpty();
    }

    @Test
    void shouldReportContradictionsOnTheKeyToChange() {
        Map<String, String> properties = working();
        properties.put("s2.stream", "${topic}");
        properties.put("retry.policy", "all");
        properties.put("s2.account.endpoint", "https://account.example");

        assertThat(errors(properties).keySet()).containsExactly("retry.policy", "s2.basin.endpoint", "s2.stream");

        properties.put("delivery.guarantee", "at_least_once");
        properties.remove("s2.account.endpoint");
        assertThat(errors(properties)).isEmpty();
    }

    @Test
    void shouldReportAnEmptyConfigurationWithoutThrowing() {
        assertThat(errors(Map.of()).keySet()).containsExactly("s2.access.token", "s2.basin");
    }

    @Test
    void shouldTakeANullForAMissingKey() {
        Map<String, String> properties = working();
        properties.put("linger.ms", null);
        properties.put("s2.stream", null);
        assertThat(errors(properties)).isEmpty();
        assertThat(new S2SinkConfig(properties).get(S2SinkConfig.LINGER)).isEqualTo(Duration.ofMillis(5));
        connector.start(properties);
        assertThat(connector.taskConfigs(1)).hasSize(1);
        assertThat(connector.taskConfigs(1).get(0)).containsAllEntriesOf(properties);

        properties.put("s2.basin", null);
        assertThat(errors(properties)).containsOnlyKeys("s2.basin");
    }

    @Test
    void shouldReportAMissingTokenForTheCloud() {
        Map<String, String> properties = new HashMap<>(Map.of("s2.basin", "my-basin"));

        assertThat(errors(properties)).containsOnlyKeys("s2.access.token");
    }

    @Test
    void shouldBlameTheTokenWhenItIsRefused() {
        s2.inject(new Fault.RejectRequest(ServerError.of(401, "authn", "bad token")));
        assertThat(errors(working()))
                .hasEntrySatisfying("s2.access.token", message -> assertThat(message)
                        .contains("does not accept the access token")
                        .doesNotContain(TOKEN))
                .hasSize(1);

        s2.inject(new Fault.RejectRequest(ServerError.of(403, "permission_denied", "no")));
        assertThat(errors(working()))
                .hasEntrySatisfying("s2.access.token", message -> assertThat(message)
                        .contains("may not list the streams")
                        .doesNotContain(TOKEN))
                .hasSize(1);
    }

    @Test
    void shouldBlameTheBasinWhenItDoesNotExist() {
        s2.inject(new Fault.RejectRequest(ServerError.of(404, "basin_not_found", "no such basin")));

        assertThat(errors(working()))
                .hasEntrySatisfying("s2.basin", message -> assertThat(message).contains("'my-basin' does not exist"))
                .hasSize(1);
    }

    @Test
    void shouldBlameTheEndpointWhenNobodyListens() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Map<String, String> properties = working();
        properties.put("s2.basin.endpoint", "http://127.0.0.1:" + port);

        assertThat(errors(properties))
                .hasEntrySatisfying("s2.basin.endpoint", message -> assertThat(message)
                        .contains("No connection to http://127.0.0.1:" + port))
                .hasSize(1);
    }

    @Test
    void shouldBlameTheEndpointWhenItsHostIsUnknown() {
        Map<String, String> properties = working();
        properties.put("s2.basin.endpoint", "http://no-such-host.invalid:8080");

        assertThat(errors(properties))
                .hasEntrySatisfying("s2.basin.endpoint", message -> assertThat(message)
                        .contains("No connection to http://no-such-host.invalid:8080"))
                .hasSize(1);
    }

    @Test
    void shouldSayThatTlsFailedWhenItDid() {
        Map<String, String> properties = working();
        properties.put("s2.basin.endpoint", s2.url().toString().replace("http://", "https://"));

        assertThat(errors(properties))
                .hasEntrySatisfying(
                        "s2.basin.endpoint", message -> assertThat(message).contains("TLS failed"))
                .hasSize(1);
    }

    @Test
    void shouldSayThatTlsFailedWhenTheServersHandshakeDoes() throws Exception {
        // a TLS server without a certificate: every handshake fails
        try (ServerSocket server =
                SSLServerSocketFactory.getDefault().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread handshake = new Thread(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.startHandshake();
                } catch (IOException expected) {
                    // that is the point
                }
            });
            handshake.start();
            Map<String, String> properties = working();
            properties.put("s2.basin.endpoint", "https://127.0.0.1:" + server.getLocalPort());

            assertThat(errors(properties))
                    .hasEntrySatisfying("s2.basin.endpoint", message -> assertThat(message)
                            .contains("TLS failed")
                            .contains("handshake_failure"))
                    .hasSize(1);
            handshake.join();
        }
    }

    @Test
    @Timeout(20)
    void shouldAnswerWithinFiveSecondsWhenTheEndpointDoesNot() {
        s2.inject(new Fault.Hang());

        // the limit that struck, and not how long this machine took: either the call's own or the one above it
        assertThat(errors(working()))
                .containsOnlyKeys("s2.basin.endpoint")
                .hasEntrySatisfying(
                        "s2.basin.endpoint", message -> assertThat(message).containsPattern("within (4500 ms|5 s)"));
    }

    @Test
    void shouldNotConnectIfToldNotTo() {
        Map<String, String> properties = working();
        properties.put("validate.connection", "false");

        assertThat(errors(properties)).isEmpty();
        assertThat(s2.requests()).isEmpty();
    }

    @Test
    void shouldNotConnectWhileAPlaceholderIsUnresolved() {
        Map<String, String> properties = working();
        properties.put("s2.access.token", "${secrets:s2:token}");
        assertThat(errors(properties)).isEmpty();
        assertThat(s2.requests()).isEmpty();

        properties.put("s2.basin", "${file:/etc/s2:basin}");
        properties.put("s2.basin.endpoint", "${file:/etc/s2:endpoint}");
        assertThat(errors(properties)).isEmpty();
    }

    private Map<String, String> working() {
        return new HashMap<>(Map.of(
                "name", "orders-to-s2",
                "topics", "orders",
                "s2.basin", "my-basin",
                "s2.access.token", TOKEN,
                "s2.basin.endpoint", s2.url().toString(),
                "key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
                "value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
                "header.converter", "ByteArrayConverter"));
    }

    private Map<String, String> errors(Map<String, String> properties) {
        Config config = connector.validate(properties);
        Map<String, String> errors = new TreeMap<>();
        for (ConfigValue value : config.configValues()) {
            if (!value.errorMessages().isEmpty()) {
                errors.put(value.name(), String.join("; ", value.errorMessages()));
            }
        }
        errors.forEach((key, message) -> assertThat(message)
                .as("error on %s", key)
                .contains(
                        key.equals("s2.basin.endpoint") || key.equals("s2.access.token") || key.equals("s2.basin")
                                ? ""
                                : key));
        return errors;
    }
}
