package io.fenceline.connect.source.sqs;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.SqsConnectionConfig;
import io.fenceline.connect.source.TopicTemplate;
import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.queue.OnUnconfirmed;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueUrl;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqsSourceConfigTest {

    private static final String ORDERS = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders";
    private static final String CLICKS = "https://sqs.eu-central-1.amazonaws.com/123456789012/clicks.fifo";

    /** A key as users write it, what holds where they do not, and another value with its meaning. */
    private record Row<T>(String name, Key<T> key, T byDefault, String other, T meaning) {}

    private static final List<Row<?>> ROWS = List.of(
            new Row<>("sqs.queue.urls", SqsSourceConfig.QUEUES, List.of(ORDERS), CLICKS, List.of(CLICKS)),
            new Row<>(
                    "sqs.region", SqsConnectionConfig.REGION, Optional.empty(), "eu-west-1", Optional.of("eu-west-1")),
            new Row<>(
                    "sqs.endpoint",
                    SqsConnectionConfig.ENDPOINT,
                    Optional.empty(),
                    "https://vpce.example",
                    Optional.of("https://vpce.example")),
            new Row<>("sqs.connect.timeout.ms", SqsConnectionConfig.CONNECT_TIMEOUT, ofMillis(3000), "1", ofMillis(1)),
            new Row<>(
                    "sqs.request.timeout.ms", SqsConnectionConfig.REQUEST_TIMEOUT, ofMillis(10_000), "2", ofMillis(2)),
            new Row<>("sqs.visibility.timeout.seconds", SqsSourceConfig.VISIBILITY_TIMEOUT, 120, "30", 30),
            new Row<>("sqs.wait.time.seconds", SqsSourceConfig.WAIT_TIME, 20, "0", 0),
            new Row<>("sqs.receivers", SqsSourceConfig.RECEIVERS, 4, "40", 40),
            new Row<>("sqs.max.held.messages", SqsSourceConfig.MAX_HELD_MESSAGES, 10_000, "10", 10),
            new Row<>("topic", SqsSourceConfig.TOPIC, topic("in"), "in.${queue}", topic("in.${queue}")),
            new Row<>("value.type", SqsSourceConfig.VALUE_TYPE, ValueType.STRING, "bytes", ValueType.BYTES),
            new Row<>(
                    "on.unconfirmed.record",
                    SqsSourceConfig.ON_UNCONFIRMED_RECORD,
                    OnUnconfirmed.FAIL,
                    "keep",
                    OnUnconfirmed.KEEP),
            new Row<>("poll.max.records", SqsSourceConfig.POLL_MAX_RECORDS, 5000, "2", 2),
            new Row<>("poll.max.bytes", SqsSourceConfig.POLL_MAX_BYTES, 4_194_304, "3", 3),
            new Row<>("buffer.max.bytes", SqsSourceConfig.BUFFER_MAX_BYTES, 33_554_432L, "70000", 70_000L),
            new Row<>("retry.backoff.ms", RetryTiming.BACKOFF, ofMillis(100), "5", ofMillis(5)),
            new Row<>("retry.backoff.max.ms", RetryTiming.BACKOFF_MAX, ofMillis(10_000), "6", ofMillis(6)),
            new Row<>("retry.timeout.ms", RetryTiming.TIMEOUT, ofMillis(-1), "7", ofMillis(7)),
            new Row<>("validate.connection", ConnectionCheck.WANTED, true, "false", false));

    @Test
    void shouldHaveTheDocumentedDefaults() {
        SqsSourceConfig config = new SqsSourceConfig(minimal());

        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.byDefault);
        }
        assertThat(config.ownQueues()).containsExactly(QueueUrl.parse(ORDERS));
        assertThat(config.visibility()).isEqualTo(Duration.ofSeconds(120));
        assertThat(config.waitTime()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(100), ofMillis(10_000), null));
        assertThat(config.taskNumber()).isZero();
        assertThat(config.connectorName()).isEqualTo("sqs-source");
        assertThat(config.connection().endpoint()).hasToString("https://sqs.eu-central-1.amazonaws.com");
        assertThat(config.clientConfig(3).region()).isEqualTo("eu-central-1");
        assertThat(config.clientConfig(3).maxConnections())
                .as("four receives and four changes for each of three queues, and a look at one")
                .isEqualTo(25);
    }

    @Test
    void shouldTakeEveryKeyWithAnotherValueThanItsDefault() {
        Map<String, String> properties = new HashMap<>();
        ROWS.forEach(row -> properties.put(row.name, row.other));
        SqsSourceConfig config = new SqsSourceConfig(properties);

        assertThat(SqsSourceConfig.configDef().names().stream().filter(name -> !name.startsWith("aws.")))
                .containsExactlyInAnyOrderElementsOf(properties.keySet());
        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.meaning);
        }
        assertThat(config.connection().endpoint()).hasToString("https://vpce.example");
        assertThat(config.clientConfig(1).region()).isEqualTo("eu-west-1");
    }

    @Test
    void shouldDescribeEveryKeyForPeopleAndForUserInterfaces() {
        for (ConfigKey key : SqsSourceConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(15);
            assertThat(key.group).as(key.name).isNotBlank();
            assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
            if (key.name.contains("secret") || key.name.contains("token")) {
                assertThat(key.type).as(key.name).isEqualTo(ConfigDef.Type.PASSWORD);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sqs.queue.urls | orders | http(s)://host[:port]/account/queue",
                "sqs.visibility.timeout.seconds | 0 | 1 to 43200",
                "sqs.visibility.timeout.seconds | 43201 | 1 to 43200",
                "sqs.wait.time.seconds | 21 | 0 to 20",
                "sqs.wait.time.seconds | -1 | 0 to 20",
                "sqs.receivers | 0 | 1 to 100",
                "sqs.max.held.messages | 9 | 10 to 10000",
                "sqs.max.held.messages | 10001 | 10 to 10000",
                "topic | ${topic} | ${queue}",
                "topic | a b | a-z A-Z 0-9 . _ -",
                "value.type | json | bytes, string",
                "on.unconfirmed.record | skip | fail, delete, keep",
                "poll.max.records | 0 | 1 to 1000000",
                "poll.max.bytes | 0 | 1 to 1073741824",
                "buffer.max.bytes | 0 | 65536 to",
                "retry.timeout.ms | -2 | -1 to",
                "validate.connection | maybe | true or false"
            })
    void shouldNameKeyValueAndAllowedRangeWhenAValueCannotBe(String key, String value, String allowed) {
        Map<String, String> properties = minimal();
        properties.put(key, value);

        assertThatThrownBy(() -> new SqsSourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value)
                .hasMessageContaining(allowed);
    }

    @ParameterizedTest
    @CsvSource({"sqs.queue.urls", "topic"})
    void shouldRefuseToWorkWithoutWhatItCannotGuess(String key) {
        Map<String, String> properties = minimal();
        properties.remove(key);
        assertThatThrownBy(() -> new SqsSourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Missing required configuration")
                .hasMessageContaining(key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sqs.queue.urls=" + ORDERS + ";" + ORDERS + " | sqs.queue.urls | listed twice",
                "sqs.queue.urls=" + ORDERS
                        + ";http://localhost:1/123456789012/orders | sqs.queue.urls | the same queue",
                "sqs.queue.urls=" + ORDERS + ";http://localhost:1/123456789012/a | sqs.queue.urls | one endpoint",
                "sqs.endpoint=http://localhost:1,sqs.queue.urls=" + ORDERS
                        + ";https://sqs.us-east-1.amazonaws.com/1/a | sqs.queue.urls | one region",
                "sqs.region=us-east-1 | sqs.region | allowed: eu-central-1",
                "topic=${queue},sqs.queue.urls=" + ORDERS
                        + ";https://sqs.eu-central-1.amazonaws.com/1/orders | topic | both are called 'orders'",
                "topic=${queue},sqs.queue.urls=" + CLICKS
                        + ";https://sqs.eu-central-1.amazonaws.com/1/clicks_fifo | topic | does not keep apart",
                "aws.access.key.id=a | aws.secret.access.key | needs it",
                "retry.backoff.ms=500,retry.backoff.max.ms=499 | retry.backoff.max.ms | (500) or more",
                "key.converter=StringConverter | key.converter | address of their array",
                "header.converter=StringConverter | header.converter | address of their array",
                "value.type=bytes,value.converter=StringConverter | value.type | string",
                "value.converter=ByteArrayConverter | value.type | bytes",
            })
    void shouldRefuseKeysThatContradictEachOther(String settings, String blamed, String said) {
        Map<String, String> properties = minimal();
        for (String setting : settings.split(",")) {
            String[] parts = setting.split("=", 2);
            properties.put(parts[0], parts[1].replace(';', ','));
        }

        assertThatThrownBy(() -> new SqsSourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration " + blamed)
                .hasMessageContaining(said);
    }

    @Test
    void queuesMayShareATopicIfTheyAreMeantTo() {
        Map<String, String> properties = minimal();
        properties.put("sqs.queue.urls", ORDERS + ", https://sqs.eu-central-1.amazonaws.com/1/orders");

        assertThat(new SqsSourceConfig(properties).queues().queues()).hasSize(2);
    }

    @Test
    void shouldRefuseAQueueWhoseNameMakesNoTopic() {
        Map<String, String> properties = minimal();
        properties.put("topic", "x".repeat(245) + "${queue}");
        assertThatThrownBy(() -> new SqsSourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration topic")
                .hasMessageContaining("251 characters");
    }

    @ParameterizedTest
    @CsvSource({
        "none, requested, true",
        "all, required, true",
        "all, REQUIRED, true",
        "all, requested, false",
        "all, , false",
        ", , true",
    })
    void whatIsStoredIsProofUnlessARefusedRecordsOffsetMayBeAmongIt(String tolerance, String support, boolean proof) {
        Map<String, String> properties = minimal();
        properties.put("errors.tolerance", tolerance);
        properties.put("exactly.once.support", support);
        properties.values().removeIf(value -> value == null);

        assertThat(new SqsSourceConfig(properties).isLedgerProof()).isEqualTo(proof);
    }

    @Test
    void shouldFindKeysThatLookLikeOursAndAreNot() {
        Map<String, String> properties = minimal();
        properties.put("sqs.queue.url", "x");
        properties.put("on.unconfirmed", "x");
        properties.put("topic.creation.default.partitions", "1");
        properties.put("value.converter.schemas.enable", "false");
        properties.put("fenceline.task", "0");

        assertThat(SqsSourceConfig.unknownKeys(properties)).containsExactly("on.unconfirmed", "sqs.queue.url");
    }

    private static TopicTemplate topic(String text) {
        return SqsSourceConfig.TOPIC_SYNTAX.parse("topic", text);
    }

    static Map<String, String> minimal() {
        return new HashMap<>(Map.of("sqs.queue.urls", ORDERS, "topic", "in"));
    }
}
