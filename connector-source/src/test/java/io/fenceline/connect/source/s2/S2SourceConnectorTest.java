package io.fenceline.connect.source.s2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.config.ConnectConverters;
import io.fenceline.connect.config.RawValues;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.storage.StringConverter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S2SourceConnectorTest {

    private static final String TOKEN = "s3cr3t-t0ken";

    private final ScriptedS2Server s2 = ScriptedS2Server.start();
    private final S2SourceConnector connector = new S2SourceConnector();

    @BeforeEach
    void createStreams() {
        s2.createStream("orders/0");
        s2.createStream("orders/1");
    }

    @AfterEach
    void stopServer() {
        s2.close();
    }

    @Test
    void shouldBeFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(SourceConnector.class)).hasAtLeastOneElementOfType(S2SourceConnector.class);
    }

    @Test
    void shouldAdviseOnWhatIsSeldomMeant() {
        Map<String, String> properties = working();
        assertThat(advice(properties)).isEmpty();

        properties.put("s2.acount.endpoint", "https://example");
        assertThat(advice(properties)).singleElement().asString().contains("s2.acount.endpoint");
        properties.put("topic", "${topic}");
        properties.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        properties.remove("header.converter");
        properties.put("errors.tolerance", "all");
        assertThat(advice(properties)).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({
        "topic.creation.default.partitions, 1,  true",
        "topic.creation.default.partitions, ' 1 ', true",
        "topic.creation.orders.partitions,  1,  true",
        "topic.creation.default.partitions, 12, false",
        "topic.creation.default.replication.factor, 1, false",
    })
    void restoredPartitionsInATopicThatIsMadeWithOneWereStartedWithoutAWord(String key, String value, boolean said) {
        Map<String, String> properties = working();
        properties.put("producer.override.max.block.ms", "60000");
        properties.put(key, value);
        assertThat(advice(properties)).isEmpty();

        properties.put("restore.partition", "true");
        if (said) {
            assertThat(advice(properties))
                    .singleElement()
                    .asString()
                    .startsWith("restore.partition=true with " + key + "=1");
        } else {
            assertThat(advice(properties)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bytes,  key.converter,    JsonConverter",
        "bytes,  value.converter,  org.apache.kafka.connect.json.JsonConverter",
        "bytes,  header.converter, org.apache.kafka.connect.storage.SimpleHeaderConverter",
        "bytes,  key.converter,",
        "bytes,  value.converter,",
        "bytes,  header.converter,",
        "string, value.converter,",
        "string, value.converter,  JsonConverter"
    })
    void convertersThatDoNotCarryWhatIsInS2WereStartedWithoutAWord(String type, String key, String name) {
        Map<String, String> properties = working();
        properties.put("value.type", type);
        properties.put(key, name);

        assertThat(advice(RawValues.withoutNulls(properties)))
                .singleElement()
                .asString()
                .contains(key, name == null ? "unless the worker" : "Converter");
    }

    @Test
    void textIsWhatStringConverterIsFor() {
        Map<String, String> properties = working();
        properties.put("value.type", "string");
        properties.put("value.converter", "StringConverter");

        assertThat(errors(properties)).isEmpty();
        assertThat(advice(properties)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "key.converter,    org.apache.kafka.connect.storage.StringConverter",
        "key.converter,    StringConverter",
        "key.converter,    String",
        "key.converter,    io.fenceline.connect.source.s2.S2SourceConnectorTest$Upright",
        "header.converter, StringConverter"
    })
    void bytesThatWouldBecomeTheAddressOfTheirArrayAreRefusedHoweverTheConverterIsCalled(String key, String name) {
        Map<String, String> properties = working();
        properties.put(key, name);

        assertThat(errors(properties)).containsOnlyKeys(key);
        assertThat(errors(properties).get(key)).contains(name, "ByteArrayConverter");
        assertThatThrownBy(() -> connector.start(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.kafka.connect.storage.StringConverter",
                "StringConverter",
                "String",
                " String ",
                "io.fenceline.connect.source.s2.S2SourceConnectorTest$Upright"
            })
    void valuesThatWouldBecomeTheAddressOfTheirArrayAreRefusedHoweverTheConverterIsCalled(String name) {
        Map<String, String> properties = working();
        properties.put("value.converter", name);
        assertThat(errors(properties)).containsOnlyKeys("value.type");
    }

    /** A converter by another name. */
    public static final class Upright extends StringConverter {}

    @Test
    void shouldAdviseALimitWherePartitionsAreRestoredThatATopicMayNotHave() {
        Map<String, String> properties = working();
        properties.put("restore.partition", "true");
        assertThat(advice(properties)).singleElement().asString().contains("producer.override.max.block.ms");

        properties.put("producer.override.max.block.ms", "60000");
        assertThat(advice(properties)).isEmpty();
    }

    @Test
    void shouldAdviseOnATokenThatTravelsInTheClear() {
        Map<String, String> properties = working();
        properties.put("s2.access.token", TOKEN);
        properties.put("s2.basin.endpoint", "http://s2.example.com");
        properties.put("s2.account.endpoint", "http://s2.example.com");
        assertThat(advice(properties))
                .singleElement()
                .asString()
                .contains("s2.basin.endpoint=http://s2.example.com", "https://")
                .doesNotContain(TOKEN);
    }

    @Test
    void shouldSayWhereNothingIsReadYet() {
        Map<String, String> properties = working();
        Instant now = Instant.parse("2026-11-30T12:00:00Z");
        for (String passed : List.of("earliest", "latest", now.toString())) {
            properties.put("start.from", passed);
            assertThat(SourceStartupAdvice.onStart(new S2SourceConfig(properties), now))
                    .isEmpty();
        }
        properties.put("start.from", "2026-11-30T12:00:00.001Z");
        assertThat(SourceStartupAdvice.onStart(new S2SourceConfig(properties), now))
                .hasValueSatisfying(
                        said -> assertThat(said).startsWith("start.from=2026-11-30T12:00:00.001Z is in the future"));
    }

    @Test
    void shouldAdviseWhereAPollIsLargerThanTheBuffer() {
        Map<String, String> properties = working();
        properties.put("poll.max.bytes", "70000");
        properties.put("buffer.max.bytes", "70000");
        assertThat(advice(properties)).isEmpty();
        properties.put("poll.max.bytes", "70001");
        assertThat(advice(properties))
                .singleElement()
                .asString()
                .contains("poll.max.bytes=70001 is more than buffer.max.bytes=70000");
    }

    private static List<String> advice(Map<String, String> properties) {
        return SourceStartupAdvice.on(new S2SourceConfig(properties), properties);
    }

    @Test
    void shouldTellTheVersionTheBuildGaveItAndItsTask() {
        assertThat(connector.version()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(connector.taskClass()).isEqualTo(S2SourceTask.class);
    }

    @Test
    void shouldSupportExactlyOnceAndLeaveTransactionsToConnect() {
        assertThat(connector.exactlyOnceSupport(working())).isEqualTo(ExactlyOnceSupport.SUPPORTED);
        assertThat(connector.canDefineTransactionBoundaries(working()))
                .isEqualTo(ConnectorTransactionBoundaries.UNSUPPORTED);
    }

    @Test
    void shouldDealListedStreamsOutToNoMoreTasksThanThereAreStreams() {
        Map<String, String> properties = working();
        properties.put("s2.streams", "c, a, b");
        connector.start(properties);

        assertThat(connector.taskConfigs(2))
                .extracting(config -> config.get("s2.streams"))
                .containsExactly("a,c", "b");
        assertThat(connector.taskConfigs(9))
                .extracting(config -> config.get("s2.streams"))
                .containsExactly("a", "b", "c");
        assertThat(connector.taskConfigs(9)).isEqualTo(connector.taskConfigs(9));
        assertThat(connector.taskConfigs(2))
                .allSatisfy(config ->
                        assertThat(config).containsEntry("s2.basin", "my-basin").containsEntry("fenceline.tasks", "2"));
    }

    @Test
    void shouldGiveEveryDiscoveredStreamExactlyOneOwner() {
        Map<String, String> properties = byPrefix("");
        properties.put("s2.stream.prefix", "o");
        connector.start(properties);

        List<S2SourceConfig> tasks =
                connector.taskConfigs(3).stream().map(S2SourceConfig::new).toList();

        assertThat(tasks).extracting(S2SourceConfig::taskNumber).containsExactly(0, 1, 2);
        assertThat(tasks).extracting(S2SourceConfig::taskCount).containsOnly(3);
        for (int i = 0; i < 1000; i++) {
            String stream = "orders/" + i + "/größe";
            assertThat(tasks.stream().filter(task -> task.ownsDiscovered(stream)))
                    .as(stream)
                    .hasSize(1);
        }
    }

    @Test
    void shouldNotStartWithAConfigurationThatCannotBe() {
        Map<String, String> properties = working();
        properties.put("on.gap", "skip");

        assertThatThrownBy(() -> connector.start(properties)).isInstanceOf(ConfigException.class);
    }

    @Test
    void shouldFindNothingWrongWithAWorkingConfiguration() {
        assertThat(errors(working())).isEmpty();
        assertThat(errors(byPrefix("orders/"))).isEmpty();
        assertThat(errors(byPrefix("nothing-yet/"))).isEmpty();
    }

    @Test
    void shouldReportMissingAndWrongKeysOnTheKeysThemselves() {
        Map<String, String> properties = working();
        properties.remove("s2.basin");
        properties.remove("s2.streams");
        properties.put("poll.max.records", "0");
        properties.put("start.from", "soon");
        properties.put("topic", "${nothing}");
        properties.put("heartbeat.interval.ms", "10");

        assertThat(errors(properties))
                .containsOnlyKeys(
                        "s2.basin", "s2.streams", "poll.max.records", "start.from", "topic", "heartbeat.topic");
        assertThat(s2.requests()).as("no live check of a wrong configuration").isEmpty();
    }

    @Test
    void shouldReportAnEmptyConfigurationWithoutThrowing() {
        assertThat(errors(new HashMap<>())).containsKeys("s2.basin", "s2.streams");
    }

    @Test
    void shouldTakeANullForAMissingKey() {
        Map<String, String> properties = working();
        properties.put("heartbeat.topic", null);
        assertThat(errors(properties)).isEmpty();
    }

    @Test
    void shouldReportListedStreamsThatDoNotExist() {
        Map<String, String> properties = working();
        properties.put("s2.streams", "orders/0,gone,orders/10");

        assertThat(errors(properties)).containsOnlyKeys("s2.streams").hasEntrySatisfying("s2.streams", message -> {
            assertThat(message).contains("'gone' does not exist in basin 'my-basin'");
            assertThat(message).contains("'orders/10' does not exist");
            assertThat(message).doesNotContain("orders/0");
        });
    }

    @Test
    void shouldReportDiscoveredStreamsThatWouldShareATopic() {
        s2.createStream("orders_1");

        assertThat(errors(byPrefix("orders")))
                .containsOnlyKeys("topic")
                .hasEntrySatisfying("topic", message -> assertThat(message).contains("[orders/1, orders_1]"));
    }

    @Test
    void shouldReportADiscoveredStreamWhoseTopicIsThatOfTheHeartbeats() {
        Map<String, String> properties = byPrefix("orders/");
        properties.put("heartbeat.topic", "orders_1");
        properties.put("heartbeat.interval.ms", "1000");
        assertThat(errors(properties))
                .containsOnlyKeys("heartbeat.topic")
                .hasEntrySatisfying(
                        "heartbeat.topic", message -> assertThat(message).contains("stream 'orders/1'"));

        properties.put("heartbeat.interval.ms", "0");
        assertThat(errors(properties)).isEmpty();
    }

    @Test
    void shouldRefuseToReadASinksStreamBackIntoItsOwnTopic() {
        s2.append("orders/1", written("elsewhere/1/6"), written("orders/1/7"));
        for (Map<String, String> properties : List.of(working(), byPrefix("orders/"))) {
            properties.put("topic", "orders");

            assertThat(errors(properties)).containsOnlyKeys("topic").hasEntrySatisfying("topic", message -> assertThat(
                            message)
                    .contains("stream 'orders/1'")
                    .contains("from topic 'orders'")
                    .contains("validate.connection"));
        }
    }

    @Test
    void shouldRefuseALoopThroughTheNameOfTheStream() {
        s2.createStream("events");
        s2.append("events", written("events/0/7"));
        Map<String, String> properties = working();
        properties.put("s2.streams", "events");

        assertThat(errors(properties)).containsOnlyKeys("topic");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "topic=copy.${topic}",
                "topic=${topic}",
                "topic=orders,transforms=rename",
                "topic=orders,producer.override.bootstrap.servers=other:9092",
                "topic=orders,validate.connection=false"
            })
    void shouldNotSeeALoopWhereRecordsGoElsewhereOrMay(String settings) {
        s2.append("orders/1", written("orders/1/7"));
        Map<String, String> properties = working();
        Arrays.stream(settings.split(",")).forEach(setting -> {
            String[] parts = setting.split("=", 2);
            properties.put(parts[0], parts[1]);
        });

        assertThat(errors(properties)).isEmpty();
    }

    @Test
    void shouldNotMistakeForeignRecordsForALoop() {
        s2.append("orders/1", new AppendRecord(null, List.of(header("h", "orders/1/7")), utf8("v")));
        Map<String, String> properties = working();
        properties.put("topic", "orders");

        assertThat(errors(properties)).isEmpty();
    }

    @Test
    void shouldBlameTheTokenWhenItIsRefused() {
        s2.inject(new Fault.RejectRequest(ServerError.of(401, "authn", "bad token")));
        assertThat(errors(working())).containsOnlyKeys("s2.access.token");

        s2.inject(new Fault.RejectRequest(ServerError.of(403, "permission_denied", "no")));
        assertThat(errors(byPrefix("orders/")))
                .containsOnlyKeys("s2.access.token")
                .hasEntrySatisfying(
                        "s2.access.token", message -> assertThat(message).doesNotContain(TOKEN));
    }

    @Test
    void shouldBlameTheBasinWhenItDoesNotExist() {
        s2.inject(new Fault.RejectRequest(ServerError.of(404, "basin_not_found", "no such basin")));

        assertThat(errors(working())).containsOnlyKeys("s2.basin");
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
    void shouldNotConnectIfToldNotToOrWhileAPlaceholderIsUnresolved() {
        for (String setting : List.of(
                "validate.connection=false",
                "s2.access.token=${secrets:s2:token}",
                "s2.streams=${file:/etc/s2:streams}")) {
            Map<String, String> properties = working();
            properties.put(setting.split("=")[0], setting.split("=")[1]);

            assertThat(errors(properties)).as(setting).isEmpty();
        }
        assertThat(s2.requests()).isEmpty();
    }

    @Test
    void shouldLetConnectStoreOffsetsThatMakeSense() {
        Map<String, Object> known = Map.of("seq_num", 42, "created_at", "2026-11-21T10:00:00Z");
        Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
        offsets.put(partition("my-basin/orders/0"), known);
        offsets.put(partition("my-basin/orders/1"), Map.of("seq_num", 42L));

        assertThat(connector.alterOffsets(working(), offsets)).isTrue();
        assertThat(connector.alterOffsets(byPrefix("orders/"), offsets)).isTrue();
        assertThat(s2.requests()).as("nothing is changed anywhere else").isEmpty();
    }

    @Test
    void shouldLetAResetCleanUpWhateverIsStored() {
        Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
        offsets.put(partition("my-basin/orders/0"), null);
        offsets.put(partition("former-basin/gone"), null);
        offsets.put(Map.of("something", "else"), null);

        assertThat(connector.alterOffsets(working(), offsets)).isTrue();
    }

    /** Connect's request timed out after 90 seconds, and a thread of the worker stayed busy. */
    @Test
    void shouldRefuseAResetThatConnectCannotCarryOut() {
        Map<String, String> config = new HashMap<>(working());
        config.put("exactly.once.support", "required");
        config.put("offsets.storage.topic", "orders-offsets");
        Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
        offsets.put(partition("my-basin/orders/0"), Map.of("seq_num", 1));
        assertThat(connector.alterOffsets(config, offsets)).isTrue();
        offsets.put(partition("my-basin/orders/1"), null);

        assertThatThrownBy(() -> connector.alterOffsets(config, offsets))
                .hasMessageContaining("offsets.storage.topic=orders-offsets")
                .hasMessageContaining("\"offset\":{\"seq_num\":0}");

        config.remove("exactly.once.support");
        assertThat(connector.alterOffsets(config, offsets)).isTrue();
        config.put("exactly.once.support", "required");
        config.remove("offsets.storage.topic");
        assertThat(connector.alterOffsets(config, offsets)).isTrue();
    }

    @Test
    void shouldRefuseOffsetsNobodyWouldFindOrUnderstandAndShowTheForm() {
        List<Map.Entry<Map<String, ?>, Map<String, ?>>> wrong = List.of(
                Map.entry(partition("my-basin/orders/2"), Map.of("seq_num", 1)),
                Map.entry(partition("other-basin/orders/0"), Map.of("seq_num", 1)),
                Map.entry(Map.of("basin", "my-basin", "stream", "orders/0"), Map.of("seq_num", 1)),
                Map.entry(Map.of("kafka_topic", "orders"), Map.of("seq_num", 1)),
                Map.entry(partition("my-basin/orders/0"), Map.of("seq_num", "1")),
                Map.entry(partition("my-basin/orders/0"), Map.of("seq_num", -1)),
                Map.entry(partition("my-basin/orders/0"), Map.of("kafka_offset", 1)),
                Map.entry(partition("my-basin/orders/0"), Map.of("seq_num", 1, "created_at", "soon")));
        for (var entry : wrong) {
            Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
            offsets.put(partition("my-basin/orders/1"), Map.of("seq_num", 1));
            offsets.put(entry.getKey(), entry.getValue());

            assertThatThrownBy(() -> connector.alterOffsets(working(), offsets))
                    .as(entry.toString())
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("Offsets not changed")
                    .hasMessageContaining("{\"stream\":\"<basin>/<stream>\"}")
                    .hasMessageContaining("{\"seq_num\":<next number")
                    .hasMessageContaining("\"offset\":null for a reset");
        }
    }

    @Test
    void shouldTakeAnyStreamUnderItsPrefixAndNoOther() {
        S2SourceConnector fresh = new S2SourceConnector();

        assertThat(fresh.alterOffsets(
                        byPrefix("orders/"), Map.of(partition("my-basin/orders/77"), Map.of("seq_num", 1))))
                .isTrue();
        assertThatThrownBy(() -> fresh.alterOffsets(
                        byPrefix("orders/"), Map.of(partition("my-basin/order"), Map.of("seq_num", 1))))
                .hasMessageContaining("'my-basin/order' is not one of this connector's streams");
    }

    private static Map<String, String> partition(String stream) {
        return Map.of("stream", stream);
    }

    /** As the sink writes it. */
    private static AppendRecord written(String id) {
        return new AppendRecord(null, List.of(header("kafka.id", id)), utf8("v"));
    }

    private static Header header(String name, String value) {
        return new Header(utf8(name), utf8(value));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private Map<String, String> working() {
        return new HashMap<>(Map.of(
                "name",
                "orders-from-s2",
                "s2.streams",
                "orders/0,orders/1",
                "s2.basin",
                "my-basin",
                "s2.access.token",
                TOKEN,
                "s2.basin.endpoint",
                s2.url().toString(),
                "key.converter",
                ConnectConverters.BYTE_ARRAY,
                "value.converter",
                ConnectConverters.BYTE_ARRAY,
                "header.converter",
                ConnectConverters.BYTE_ARRAY));
    }

    private Map<String, String> byPrefix(String prefix) {
        Map<String, String> properties = working();
        properties.remove("s2.streams");
        properties.put("s2.stream.prefix", prefix);
        return properties;
    }

    private Map<String, String> errors(Map<String, String> properties) {
        Config config = connector.validate(properties);
        Map<String, String> errors = new TreeMap<>();
        for (ConfigValue value : config.configValues()) {
            if (!value.errorMessages().isEmpty()) {
                errors.put(value.name(), String.join("; ", new TreeSet<>(value.errorMessages())));
            }
        }
        return errors;
    }
}
