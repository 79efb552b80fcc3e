package io.fenceline.connect.source.s2;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.source.TopicTemplate;
import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.read.GapPolicy;
import io.fenceline.connect.source.read.RecreationPolicy;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.Compression;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.ReadTransport;
import io.fenceline.s2.S2ClientConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S2SourceConfigTest {

    private static final String KEY_OF_32_BYTES = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final String CLOUD_BASIN = "https://{basin}.b.s2.dev";
    private static final String HOST_1 = "http://localhost:1";
    private static final String HOST_2 = "http://localhost:2";

    /** A key as users write it, what holds where they do not, and another value with its meaning. */
    private record Row<T>(String name, Key<T> key, T byDefault, String other, T meaning) {}

    private static final List<Row<?>> ROWS = List.of(
            new Row<>("s2.basin", S2ConnectionConfig.BASIN, "my-basin", "another-basin", "another-basin"),
            new Row<>("s2.access.token", S2ConnectionConfig.ACCESS_TOKEN, secret("t"), "s3cr3t", secret("s3cr3t")),
            new Row<>("s2.account.endpoint", S2ConnectionConfig.ACCOUNT_ENDPOINT, "https://a.s2.dev", HOST_1, HOST_1),
            new Row<>("s2.basin.endpoint", S2ConnectionConfig.BASIN_ENDPOINT, CLOUD_BASIN, HOST_2, HOST_2),
            new Row<>(
                    "s2.encryption.key",
                    S2ConnectionConfig.ENCRYPTION_KEY,
                    Optional.empty(),
                    KEY_OF_32_BYTES,
                    secret(KEY_OF_32_BYTES)),
            new Row<>("s2.connect.timeout.ms", S2ConnectionConfig.CONNECT_TIMEOUT, ofMillis(3000), "12", ofMillis(12)),
            new Row<>(
                    "s2.request.timeout.ms", S2ConnectionConfig.REQUEST_TIMEOUT, ofMillis(10_000), "13", ofMillis(13)),
            new Row<>("s2.compression", S2ConnectionConfig.COMPRESSION, Compression.NONE, "gzip", Compression.GZIP),
            new Row<>(
                    "s2.proxy.url",
                    S2ConnectionConfig.PROXY_URL,
                    Optional.empty(),
                    "http://proxy:3128",
                    Optional.of("http://proxy:3128")),
            new Row<>("s2.proxy.user", S2ConnectionConfig.PROXY_USER, Optional.empty(), "me", Optional.of("me")),
            new Row<>("s2.proxy.password", S2ConnectionConfig.PROXY_PASSWORD, Optional.empty(), "pw", secret("pw")),
            new Row<>(
                    "s2.ssl.truststore.location",
                    S2ConnectionConfig.TRUSTSTORE_LOCATION,
                    Optional.empty(),
                    "/etc/ca.p12",
                    Optional.of("/etc/ca.p12")),
            new Row<>(
                    "s2.ssl.truststore.password",
                    S2ConnectionConfig.TRUSTSTORE_PASSWORD,
                    Optional.empty(),
                    "changeit",
                    secret("changeit")),
            new Row<>("s2.ssl.truststore.type", S2ConnectionConfig.TRUSTSTORE_TYPE, "JKS", "PKCS12", "PKCS12"),
            new Row<>("s2.stream.prefix", StreamSelection.PREFIX, Optional.empty(), "orders/", Optional.of("orders/")),
            new Row<>(
                    "s2.discovery.interval.ms",
                    StreamSelection.DISCOVERY_INTERVAL,
                    ofMillis(60_000),
                    "100",
                    ofMillis(100)),
            new Row<>("topic", S2SourceConfig.TOPIC, topic("${stream}"), "copy.${topic}", topic("copy.${topic}")),
            new Row<>("start.from", S2SourceConfig.START_FROM, new ReadStart.At(0), "latest", new ReadStart.Latest()),
            new Row<>("heartbeat.interval.ms", S2SourceConfig.HEARTBEAT_INTERVAL, Duration.ZERO, "1", ofMillis(1)),
            new Row<>(
                    "heartbeat.topic", S2SourceConfig.HEARTBEAT_TOPIC, Optional.empty(), "beats", Optional.of("beats")),
            new Row<>("s2.transport", S2SourceConfig.TRANSPORT, ReadTransport.SESSION, "sse", ReadTransport.SSE),
            new Row<>("on.gap", S2SourceConfig.ON_GAP, GapPolicy.FAIL, "continue", GapPolicy.CONTINUE),
            new Row<>(
                    "on.recreated",
                    S2SourceConfig.ON_RECREATED,
                    RecreationPolicy.FAIL,
                    "restart",
                    RecreationPolicy.RESTART),
            new Row<>("value.type", S2SourceConfig.VALUE_TYPE, ValueType.BYTES, "string", ValueType.STRING),
            new Row<>("restore.partition", S2SourceConfig.RESTORE_PARTITION, false, "true", true),
            new Row<>("poll.max.records", S2SourceConfig.POLL_MAX_RECORDS, 5000, "2", 2),
            new Row<>("poll.max.bytes", S2SourceConfig.POLL_MAX_BYTES, 4_194_304, "3", 3),
            new Row<>("buffer.max.bytes", S2SourceConfig.BUFFER_MAX_BYTES, 33_554_432L, "70000", 70_000L),
            new Row<>("retry.backoff.ms", RetryTiming.BACKOFF, ofMillis(100), "5", ofMillis(5)),
            new Row<>("retry.backoff.max.ms", RetryTiming.BACKOFF_MAX, ofMillis(10_000), "6", ofMillis(6)),
            new Row<>("retry.timeout.ms", RetryTiming.TIMEOUT, ofMillis(-1), "7", ofMillis(7)),
            new Row<>("validate.connection", ConnectionCheck.WANTED, true, "false", false));

    @Test
    void shouldHaveTheDocumentedDefaults() {
        S2SourceConfig config =
                new S2SourceConfig(Map.of("s2.basin", "my-basin", "s2.access.token", "t", "s2.streams", "b, a/1"));

        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.byDefault);
        }
        assertThat(config.streams().listed()).containsExactly("b", "a/1");
        assertThat(config.streams().prefix()).isNull();
        assertThat(config.streams().discoveryInterval()).isEqualTo(ofMillis(60_000));
        assertThat(config.heartbeatInterval()).isNull();
        assertThat(config.heartbeatTopic()).isNull();
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(100), ofMillis(10_000), null));
        assertThat(config.taskNumber()).isZero();
        assertThat(config.taskCount()).isEqualTo(1);
        assertThat(config.connection().clientConfig())
                .isEqualTo(S2ClientConfig.forBasin("my-basin")
                        .withAccessToken("t")
                        .withEndpoints("https://a.s2.dev", CLOUD_BASIN)
                        .withTimeouts(ofMillis(3000), ofMillis(10_000))
                        .withCompression(Compression.NONE));
    }

    @Test
    void shouldTakeEveryKeyWithAnotherValueThanItsDefault() {
        Map<String, String> properties = everyKeySet();
        S2SourceConfig config = new S2SourceConfig(properties);

        Set<String> all = new HashSet<>(S2SourceConfig.configDef().names());
        assertThat(all.remove("s2.streams")).as("instead of a prefix").isTrue();
        assertThat(all.remove("s2.access.token.file")).as("instead of a token").isTrue();
        assertThat(properties).containsOnlyKeys(all);
        for (String name : all) {
            assertThat(config.values().get(name))
                    .as(name)
                    .isNotEqualTo(S2SourceConfig.configDef().configKeys().get(name).defaultValue);
        }
        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.meaning);
        }
        assertThat(config.streams().listed()).isEmpty();
        assertThat(config.streams().prefix()).isEqualTo("orders/");
        assertThat(config.streams().discoveryInterval()).isEqualTo(ofMillis(100));
        assertThat(config.topic()).hasToString("copy.${topic}");
        assertThat(config.heartbeatInterval()).isEqualTo(ofMillis(1));
        assertThat(config.heartbeatTopic()).isEqualTo("beats");
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(5), ofMillis(6), ofMillis(7)));
    }

    private static Optional<Password> secret(String value) {
        return Optional.of(new Password(value));
    }

    private static TopicTemplate topic(String text) {
        return S2SourceConfig.TOPIC_SYNTAX.parse("topic", text);
    }

    @Test
    void shouldDescribeEveryKeyForPeopleAndForUserInterfaces() {
        for (ConfigKey key : S2SourceConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(15);
            assertThat(key.group).as(key.name).isNotBlank();
            assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
            if (!key.name.endsWith(".file") && (key.name.contains("token") || key.name.contains("encryption"))) {
                assertThat(key.type).as(key.name).isEqualTo(ConfigDef.Type.PASSWORD);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-21T00:00:00Z, 1795219200000",
        "2026-11-21T01:00:00+01:00, 1795219200000",
        "1970-01-01T00:00:00Z, 0",
        "2026-11-21T00:00:00.0001Z, 1795219200001"
    })
    void shouldStartAtTheFirstMillisecondThatIsNotBeforeTheInstant(String from, long millis) {
        Map<String, String> properties = minimal();
        properties.put("start.from", from);

        assertThat(new S2SourceConfig(properties).get(S2SourceConfig.START_FROM))
                .isEqualTo(new ReadStart.AtTime(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s2.basin | UPPER-case | 8 to 48 characters",
                "s2.streams | . | neither '.' nor '..'",
                "s2.streams | a,.. | neither '.' nor '..'",
                "s2.streams | a,b,a | none twice",
                "s2.discovery.interval.ms | 99 | 100 to 86400000",
                "s2.transport | h2 | session, sse",
                "topic | a b | a-z A-Z 0-9 . _ -",
                "topic | ${partition} | ${stream} and ${topic}",
                "start.from | yesterday | earliest, latest, or an ISO-8601 instant",
                "start.from | 2026-11-21 | earliest, latest, or an ISO-8601 instant",
                "start.from | 2026-11-21T00:00:00 | with its offset",
                "start.from | 1969-12-31T23:59:59Z | not before 1970",
                "start.from | EARLIEST | earliest, latest",
                "heartbeat.interval.ms | -1 | 0 to 86400000",
                "heartbeat.topic | a/b | 1 to 249 characters",
                "on.gap | skip | fail, continue",
                "on.recreated | continue | fail, restart",
                "value.type | json | bytes, string",
                "restore.partition | maybe | true or false",
                "poll.max.records | 0 | 1 to 1000000",
                "poll.max.bytes | 0 | 1 to 1073741824",
                "buffer.max.bytes | 0 | 65536 to",
                "retry.backoff.ms | 0 | 1 to 86400000",
                "retry.backoff.max.ms | 0 | 1 to 86400000",
                "retry.timeout.ms | -2 | -1 to",
                "validate.connection | maybe | true or false"
            })
    void shouldNameKeyValueAndAllowedRangeWhenAValueCannotBe(String key, String value, String allowed) {
        Map<String, String> properties = minimal();
        properties.put(key, value);

        assertThatThrownBy(() -> new S2SourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value.contains(",") ? value.substring(value.lastIndexOf(',') + 1) : value)
                .hasMessageContaining(allowed);
    }

    @Test
    void shouldRefuseNamesThatAreTooLongForS2() {
        for (String key : List.of("s2.streams", "s2.stream.prefix")) {
            Map<String, String> properties = minimal();
            properties.remove("s2.streams");
            properties.put("topic", "t");
            properties.put(key, "ü".repeat(256));
            assertThat(new S2SourceConfig(properties)).isNotNull();

            properties.put(key, "ü".repeat(256) + "x");
            assertThatThrownBy(() -> new S2SourceConfig(properties))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(key)
                    .hasMessageContaining("513 bytes")
                    .hasMessageContaining("1 to 512 bytes");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s2.streams= | s2.streams | s2.stream.prefix",
                "s2.stream.prefix=orders/ | s2.stream.prefix | one of the two",
                "s2.streams=a/b;a_b | topic | [a/b, a_b]",
                "heartbeat.interval.ms=1000 | heartbeat.topic | heartbeat.interval.ms is 1000",
                "heartbeat.topic=beats | heartbeat.topic | heartbeat.interval.ms is not given",
                "topic=all,heartbeat.topic=all | heartbeat.topic | a topic of its own",
                "heartbeat.topic=orders_0,heartbeat.interval.ms=1 | heartbeat.topic | stream 'orders/0', because topic"
                        + " is ${stream}",
                "topic=x.${stream},heartbeat.topic=x.orders_0,heartbeat.interval.ms=1 | heartbeat.topic | a topic of"
                        + " its own",
                "retry.backoff.ms=500,retry.backoff.max.ms=499 | retry.backoff.max.ms | (500) or more",
                "s2.account.endpoint=https://a.example | s2.basin.endpoint | same scheme",
                "value.converter=org.apache.kafka.connect.storage.StringConverter | value.type | string",
                "value.type=string,value.converter=org.apache.kafka.connect.converters.ByteArrayConverter | value.type"
                        + " | bytes",
            })
    void shouldRefuseKeysThatContradictEachOther(String settings, String blamed, String said) {
        Map<String, String> properties = minimal();
        for (String setting : settings.split(",")) {
            String[] parts = setting.split("=", 2);
            properties.put(parts[0], parts[1].replace(';', ','));
        }

        assertThatThrownBy(() -> new S2SourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration " + blamed)
                .hasMessageContaining(said);
    }

    @Test
    void shouldKeepTheTopicOfHeartbeatsThatAreSwitchedOffOnPurpose() {
        Map<String, String> properties = minimal();
        properties.put("heartbeat.topic", "beats");
        properties.put("heartbeat.interval.ms", "0");

        assertThat(new S2SourceConfig(properties).heartbeatInterval()).isNull();
    }

    @Test
    void shouldTakeAHeartbeatTopicThatOnlyARecordCouldTellToBeItsOwn() {
        Map<String, String> properties = minimal();
        properties.put("topic", "${topic}");
        properties.put("heartbeat.topic", "beats");
        properties.put("heartbeat.interval.ms", "1000");
        assertThat(new S2SourceConfig(properties).usedHeartbeatTopic()).isEqualTo("beats");

        properties.put("topic", "${stream}");
        assertThat(new S2SourceConfig(properties).usedHeartbeatTopic()).isEqualTo("beats");
        properties.put("heartbeat.topic", "orders_0");
        properties.put("heartbeat.interval.ms", "0");
        assertThat(new S2SourceConfig(properties).usedHeartbeatTopic()).isNull();
    }

    @Test
    void shouldRefuseAStreamWhoseNameMakesNoTopic() {
        Map<String, String> properties = minimal();
        properties.put("s2.streams", "x".repeat(250));

        assertThatThrownBy(() -> new S2SourceConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration topic")
                .hasMessageContaining("250 characters");
    }

    @Test
    void shouldHideSecretsWhereverItIsPrinted() {
        S2SourceConfig config = new S2SourceConfig(everyKeySet());

        assertThat(config + " " + config.values() + " " + config.connection())
                .doesNotContain(KEY_OF_32_BYTES)
                .doesNotContain("s3cr3t");
    }

    @Test
    void shouldFindKeysThatLookLikeOursAndAreNot() {
        Map<String, String> properties = everyKeySet();
        properties.put("s2.stream", "x");
        properties.put("poll.max", "1");
        properties.put("on.gaps", "1");
        properties.put("topic.creation.default.partitions", "1");
        properties.put("value.converter.schemas.enable", "false");
        properties.put("fenceline.task", "0");

        assertThat(S2SourceConfig.unknownKeys(properties)).containsExactly("on.gaps", "poll.max", "s2.stream");
    }

    private static Map<String, String> minimal() {
        return new HashMap<>(
                Map.of("s2.basin", "my-basin", "s2.basin.endpoint", "http://localhost:8080", "s2.streams", "orders/0"));
    }

    static Map<String, String> everyKeySet() {
        return ROWS.stream().collect(Collectors.toMap(Row::name, Row::other));
    }
}
