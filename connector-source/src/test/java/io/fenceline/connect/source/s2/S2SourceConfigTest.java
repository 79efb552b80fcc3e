package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.read.GapPolicy;
import io.fenceline.connect.source.read.RecreationPolicy;
import io.fenceline.s2.Compression;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.ReadTransport;
import io.fenceline.s2.S2ClientConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S2SourceConfigTest {

    private static final String KEY_OF_32_BYTES = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    @Test
    void shouldHaveTheDocumentedDefaults() {
        S2SourceConfig config =
                new S2SourceConfig(Map.of("s2.basin", "my-basin", "s2.access.token", "t", "s2.streams", "b, a/1"));

        assertThat(config.streams().listed()).containsExactly("b", "a/1");
        assertThat(config.streams().prefix()).isNull();
        assertThat(config.streams().discoveryInterval()).isEqualTo(Duration.ofMillis(60_000));
        assertThat(config.topic()).hasToString("${stream}");
        assertThat(config.startFrom()).isEqualTo(new ReadStart.At(0));
        assertThat(config.heartbeatInterval()).isNull();
        assertThat(config.heartbeatTopic()).isNull();
        assertThat(config.transport()).isEqualTo(ReadTransport.SESSION);
        assertThat(config.onGap()).isEqualTo(GapPolicy.FAIL);
        assertThat(config.onRecreated()).isEqualTo(RecreationPolicy.FAIL);
        assertThat(config.valueType()).isEqualTo(ValueType.BYTES);
        assertThat(config.restorePartition()).isFalse();
        assertThat(config.pollMaxRecords()).isEqualTo(5000);
        assertThat(config.pollMaxBytes()).isEqualTo(4_194_304);
        assertThat(config.bufferMaxBytes()).isEqualTo(33_554_432);
        assertThat(config.retries().backoffMin()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.retries().backoffMax()).isEqualTo(Duration.ofMillis(10_000));
        assertThat(config.retries().timeout()).isNull();
        assertThat(config.validateConnection()).isTrue();
        assertThat(config.taskNumber()).isZero();
        assertThat(config.taskCount()).isEqualTo(1);
        assertThat(config.connection().clientConfig())
                .isEqualTo(S2ClientConfig.forBasin("my-basin")
                        .withAccessToken("t")
                        .withEndpoints("https://a.s2.dev", "https://{basin}.b.s2.dev")
                        .withTimeouts(Duration.ofMillis(3000), Duration.ofMillis(10_000))
                        .withCompression(Compression.NONE));
    }

    @Test
    void shouldTakeEveryKeyWithAnotherValueThanItsDefault() {
        Map<String, String> properties = everyKeySet();
        S2SourceConfig config = new S2SourceConfig(properties);

        for (ConfigKey key : S2SourceConfig.configDef().configKeys().values()) {
            if (!key.name.equals("s2.streams")) {
                assertThat(config.values().get(key.name)).as(key.name).isNotEqualTo(key.defaultValue);
            }
        }
        assertThat(config.streams().listed()).isEmpty();
        assertThat(config.streams().prefix()).isEqualTo("orders/");
        assertThat(config.streams().discoveryInterval()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.topic()).hasToString("copy.${topic}");
        assertThat(config.startFrom()).isEqualTo(new ReadStart.Latest());
        assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofMillis(1));
        assertThat(config.heartbeatTopic()).isEqualTo("beats");
        assertThat(config.transport()).isEqualTo(ReadTransport.SSE);
        assertThat(config.onGap()).isEqualTo(GapPolicy.CONTINUE);
        assertThat(config.onRecreated()).isEqualTo(RecreationPolicy.RESTART);
        assertThat(config.valueType()).isEqualTo(ValueType.STRING);
        assertThat(config.restorePartition()).isTrue();
        assertThat(config.pollMaxRecords()).isEqualTo(2);
        assertThat(config.pollMaxBytes()).isEqualTo(3);
        assertThat(config.bufferMaxBytes()).isEqualTo(70_000);
        assertThat(config.retries().backoffMin()).isEqualTo(Duration.ofMillis(5));
        assertThat(config.retries().backoffMax()).isEqualTo(Duration.ofMillis(6));
        assertThat(config.retries().timeout()).isEqualTo(Duration.ofMillis(7));
        assertThat(config.validateConnection()).isFalse();
    }

    @Test
    void shouldDescribeEveryKeyForPeopleAndForUserInterfaces() {
        for (ConfigKey key : S2SourceConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(15);
            assertThat(key.group).as(key.name).isNotBlank();
            assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
            if (key.name.contains("token") || key.name.contains("encryption")) {
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

        assertThat(new S2SourceConfig(properties).startFrom()).isEqualTo(new ReadStart.AtTime(millis));
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
                "heartbeat.topic=orders_0,heartbeat.interval.ms=1 | heartbeat.topic | stream 'orders/0', because topic is ${stream}",
                "topic=x.${stream},heartbeat.topic=x.orders_0,heartbeat.interval.ms=1 | heartbeat.topic | a topic of its own",
                "retry.backoff.ms=500,retry.backoff.max.ms=499 | retry.backoff.max.ms | (500) or more",
                "s2.account.endpoint=https://a.example | s2.basin.endpoint | same scheme",
                "value.converter=org.apache.kafka.connect.storage.StringConverter | value.type | string",
                "value.type=string,value.converter=org.apache.kafka.connect.converters.ByteArrayConverter | value.type | bytes",
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
        Map<String, String> properties = new HashMap<>();
        properties.put("s2.basin", "another-basin");
        properties.put("s2.access.token", "s3cr3t");
        properties.put("s2.account.endpoint", "http://localhost:1");
        properties.put("s2.basin.endpoint", "http://localhost:2");
        properties.put("s2.encryption.key", KEY_OF_32_BYTES);
        properties.put("s2.connect.timeout.ms", "12");
        properties.put("s2.request.timeout.ms", "13");
        properties.put("s2.compression", "gzip");
        properties.put("s2.stream.prefix", "orders/");
        properties.put("s2.discovery.interval.ms", "100");
        properties.put("topic", "copy.${topic}");
        properties.put("start.from", "latest");
        properties.put("heartbeat.interval.ms", "1");
        properties.put("heartbeat.topic", "beats");
        properties.put("s2.transport", "sse");
        properties.put("on.gap", "continue");
        properties.put("on.recreated", "restart");
        properties.put("value.type", "string");
        properties.put("restore.partition", "true");
        properties.put("poll.max.records", "2");
        properties.put("poll.max.bytes", "3");
        properties.put("buffer.max.bytes", "70000");
        properties.put("retry.backoff.ms", "5");
        properties.put("retry.backoff.max.ms", "6");
        properties.put("retry.timeout.ms", "7");
        properties.put("validate.connection", "false");
        return properties;
    }
}
