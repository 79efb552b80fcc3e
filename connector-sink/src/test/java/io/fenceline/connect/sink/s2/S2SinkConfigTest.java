package io.fenceline.connect.sink.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.DeliveryGuarantee;
import io.fenceline.connect.sink.lane.OnStop;
import io.fenceline.s2.Compression;
import io.fenceline.s2.S2ClientConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S2SinkConfigTest {

    private static final String KEY_OF_32_BYTES = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    @Test
    void shouldHaveTheDocumentedDefaults() {
        S2SinkConfig config = new S2SinkConfig(Map.of("s2.basin", "my-basin", "s2.access.token", "t"));

        assertThat(config.stream().streamFor("orders", 3)).isEqualTo("orders/3");
        assertThat(config.streamAutoCreate()).isTrue();
        assertThat(config.deliveryGuarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
        assertThat(config.retryPolicy()).isEqualTo(RetryPolicy.FENCED);
        assertThat(config.retries().backoffMin()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.retries().backoffMax()).isEqualTo(Duration.ofMillis(10_000));
        assertThat(config.retries().timeout()).isNull();
        assertThat(config.batchMaxRecords()).isEqualTo(1000);
        assertThat(config.batchMaxBytes()).isEqualTo(1_048_576);
        assertThat(config.linger()).isEqualTo(Duration.ofMillis(5));
        assertThat(config.inflightMaxBytes()).isEqualTo(67_108_864);
        assertThat(config.bufferMaxBytes()).isEqualTo(67_108_864);
        assertThat(config.ackTimeout()).isEqualTo(Duration.ofMillis(30_000));
        assertThat(config.checkpointIdle()).isEqualTo(Duration.ofMillis(60_000));
        assertThat(config.claimMaxTakeovers()).isEqualTo(3);
        assertThat(config.onStop()).isEqualTo(OnStop.FAIL);
        assertThat(config.nullValues()).isEqualTo(NullValueBehavior.WRITE);
        assertThat(config.reservedHeaders()).isEqualTo(ReservedHeaderBehavior.FAIL);
        assertThat(config.getString("body.converter")).isEqualTo("org.apache.kafka.connect.json.JsonConverter");
        assertThat(config.validateConnection()).isTrue();
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
        S2SinkConfig config = new S2SinkConfig(properties);

        assertThat(properties.keySet()).containsAll(S2SinkConfig.configDef().names());
        for (ConfigKey key : S2SinkConfig.configDef().configKeys().values()) {
            assertThat(config.values().get(key.name)).as(key.name).isNotEqualTo(key.defaultValue);
        }
        assertThat(config.stream().streamFor("orders", 3)).isEqualTo("all");
        assertThat(config.streamAutoCreate()).isFalse();
        assertThat(config.deliveryGuarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
        assertThat(config.retryPolicy()).isEqualTo(RetryPolicy.NO_SIDE_EFFECTS);
        assertThat(config.retries().backoffMin()).isEqualTo(Duration.ofMillis(1));
        assertThat(config.retries().backoffMax()).isEqualTo(Duration.ofMillis(2));
        assertThat(config.retries().timeout()).isEqualTo(Duration.ofMillis(3));
        assertThat(config.batchMaxRecords()).isEqualTo(4);
        assertThat(config.batchMaxBytes()).isEqualTo(5);
        assertThat(config.linger()).isEqualTo(Duration.ofMillis(6));
        assertThat(config.inflightMaxBytes()).isEqualTo(7);
        assertThat(config.bufferMaxBytes()).isEqualTo(8);
        assertThat(config.ackTimeout()).isEqualTo(Duration.ofMillis(9));
        assertThat(config.checkpointIdle()).isZero();
        assertThat(config.claimMaxTakeovers()).isEqualTo(11);
        assertThat(config.onStop()).isEqualTo(OnStop.HOLD);
        assertThat(config.nullValues()).isEqualTo(NullValueBehavior.IGNORE);
        assertThat(config.reservedHeaders()).isEqualTo(ReservedHeaderBehavior.RENAME);
        assertThat(config.validateConnection()).isFalse();
        assertThat(config.connection().clientConfig())
                .isEqualTo(S2ClientConfig.forBasin("another-basin")
                        .withAccessToken("token")
                        .withEndpoints("http://localhost:1", "http://localhost:2")
                        .withEncryptionKey(KEY_OF_32_BYTES)
                        .withTimeouts(Duration.ofMillis(12), Duration.ofMillis(13))
                        .withCompression(Compression.GZIP));
    }

    @Test
    void shouldDescribeEveryKeyForPeopleAndForUserInterfaces() {
        for (ConfigKey key : S2SinkConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(15);
            assertThat(key.group).as(key.name).isNotBlank();
            assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
            if (key.name.contains("token") || key.name.contains("encryption")) {
                assertThat(key.type).as(key.name).isEqualTo(ConfigDef.Type.PASSWORD);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s2.basin | UPPER-case | 8 to 48 characters",
                "s2.basin | short | 8 to 48 characters",
                "s2.basin | -begins-with-hyphen | 8 to 48 characters",
                "s2.stream | ${offset} | ${topic} and ${partition}",
                "s2.basin.endpoint | ftp://host | http://host",
                "s2.basin.endpoint | http://host?x=1 | http://host",
                "s2.basin.endpoint | http://host#x | http://host",
                "s2.basin.endpoint | http:// | http://host",
                "s2.account.endpoint | http://host:99999 | http://host",
                "s2.compression | zstd | none, gzip",
                "s2.connect.timeout.ms | 0 | 1 to 600000",
                "s2.request.timeout.ms | -1 | 1 to 600000",
                "delivery.guarantee | exactly-once | exactly_once, at_least_once",
                "on.stop | continue | fail, hold",
                "retry.policy | never | fenced, no_side_effects, all",
                "retry.backoff.ms | 0 | 1 to 86400000",
                "retry.timeout.ms | -2 | -1 to",
                "batch.max.records | 1001 | 1 to 1000",
                "batch.max.records | 0 | 1 to 1000",
                "batch.max.bytes | 1048577 | 1 to 1048576",
                "linger.ms | -1 | 0 to",
                "inflight.max.bytes | 0 | 1 to",
                "buffer.max.bytes | 0 | 1 to",
                "ack.timeout.ms | 0 | 1 to",
                "checkpoint.idle.ms | -1 | 0 to",
                "claim.max.takeovers | -1 | 0 to",
                "behavior.on.null.values | skip | write, ignore, fail",
                "behavior.on.reserved.headers | keep | fail, drop, rename"
            })
    void shouldNameKeyValueAndAllowedRangeWhenAValueCannotBe(String key, String value, String allowed) {
        Map<String, String> properties = minimal();
        properties.put(key, value);

        assertThatThrownBy(() -> new S2SinkConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value)
                .hasMessageContaining(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "s2.encryption.key,c2hvcnQ=",
        "s2.encryption.key,not base64!",
        "s2.access.token,two words",
        "s2.access.token,''"
    })
    void shouldNotQuoteSecretsInErrors(String key, String secret) {
        Map<String, String> properties = minimal();
        properties.put(key, secret);

        assertThatThrownBy(() -> new S2SinkConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("[hidden]")
                .satisfies(e -> assertThat(secret.isEmpty() || !e.getMessage().contains(secret))
                        .isTrue());
    }

    @Test
    void shouldNotQuoteCredentialsInAnEndpoint() {
        Map<String, String> properties = minimal();
        properties.put("s2.basin.endpoint", "http://user:pa55word@host");

        assertThatThrownBy(() -> new S2SinkConfig(properties))
                .hasMessageContaining("s2.basin.endpoint")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("pa55word"));
    }

    @Test
    void shouldHideSecretsWhereverItIsPrinted() {
        S2SinkConfig config = new S2SinkConfig(everyKeySet());

        assertThat(config.values().get("s2.access.token")).isInstanceOf(Password.class);
        assertThat(config + " " + config.values() + " " + config.connection() + " "
                        + config.connection().clientConfig())
                .doesNotContain(KEY_OF_32_BYTES)
                .doesNotContain("token=token");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s2.stream=all | s2.stream",
                "s2.stream=${topic} | s2.stream",
                "s2.stream=${topic}${partition} | s2.stream",
                "retry.policy=all | retry.policy",
                "delivery.guarantee=at_least_once,retry.policy=fenced | retry.policy",
                "retry.backoff.ms=500,retry.backoff.max.ms=499 | retry.backoff.max.ms",
                "s2.account.endpoint=https://a.example | s2.basin.endpoint",
                "body.converter=java.lang.String | body.converter",
                "body.converter=no.such.Converter | body.converter",
            })
    void shouldRefuseKeysThatContradictEachOther(String settings, String blamed) {
        Map<String, String> properties = minimal();
        for (String setting : settings.split(",")) {
            properties.put(setting.split("=")[0], setting.split("=")[1]);
        }

        assertThatThrownBy(() -> new S2SinkConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration " + blamed);
    }

    @Test
    void shouldWantATokenForTheCloudOnly() {
        assertThatThrownBy(() -> new S2SinkConfig(Map.of("s2.basin", "my-basin")))
                .hasMessageContaining("s2.access.token")
                .hasMessageContaining("s2.basin.endpoint");
        assertThatThrownBy(() -> new S2SinkConfig(
                        Map.of("s2.basin", "my-basin", "s2.basin.endpoint", "https://my-basin.b.s2.dev")))
                .hasMessageContaining("s2.access.token");
        assertThat(new S2SinkConfig(minimal()).connection().clientConfig().accessToken())
                .isNull();
    }

    @Test
    void shouldUseOneGivenDirectEndpointForBothKindsOfCalls() {
        for (String key : List.of("s2.basin.endpoint", "s2.account.endpoint")) {
            S2ClientConfig client = new S2SinkConfig(Map.of("s2.basin", "my-basin", key, "http://localhost:8080"))
                    .connection()
                    .clientConfig();

            assertThat(client.basinEndpoint()).isEqualTo("http://localhost:8080");
            assertThat(client.accountEndpoint()).isEqualTo("http://localhost:8080");
        }
    }

    @Test
    void shouldPassItsSettingsToTheBodyConverter() {
        Map<String, String> properties = minimal();
        properties.put("body.converter", RecordingConverter.class.getName());
        properties.put("body.converter.some.setting", "x");

        new S2SinkConfig(properties).newRecordMapper();

        assertThat(RecordingConverter.CONFIGURED).last().isEqualTo(Map.of("some.setting", "x"));
    }

    @Test
    void shouldFindKeysThatLookLikeOursAndAreNot() {
        Map<String, String> properties = everyKeySet();
        properties.put("s2.basin.endpont", "x");
        properties.put("linger.msec", "1");
        properties.put("batch.size", "1");
        properties.put("errors.tolerance", "all");
        properties.put("topics", "orders");

        assertThat(S2SinkConfig.unknownKeys(properties))
                .containsExactly("batch.size", "linger.msec", "s2.basin.endpont");
    }

    private static Map<String, String> minimal() {
        return new HashMap<>(Map.of("s2.basin", "my-basin", "s2.basin.endpoint", "http://localhost:8080"));
    }

    private static Map<String, String> everyKeySet() {
        Map<String, String> properties = new HashMap<>();
        properties.put("s2.basin", "another-basin");
        properties.put("s2.access.token", "token");
        properties.put("s2.account.endpoint", "http://localhost:1");
        properties.put("s2.basin.endpoint", "http://localhost:2");
        properties.put("s2.encryption.key", KEY_OF_32_BYTES);
        properties.put("s2.connect.timeout.ms", "12");
        properties.put("s2.request.timeout.ms", "13");
        properties.put("s2.compression", "gzip");
        properties.put("s2.stream", "all");
        properties.put("s2.stream.auto.create", "false");
        properties.put("delivery.guarantee", "at_least_once");
        properties.put("on.stop", "hold");
        properties.put("retry.policy", "no_side_effects");
        properties.put("retry.backoff.ms", "1");
        properties.put("retry.backoff.max.ms", "2");
        properties.put("retry.timeout.ms", "3");
        properties.put("batch.max.records", "4");
        properties.put("batch.max.bytes", "5");
        properties.put("linger.ms", "6");
        properties.put("inflight.max.bytes", "7");
        properties.put("buffer.max.bytes", "8");
        properties.put("ack.timeout.ms", "9");
        properties.put("checkpoint.idle.ms", "0");
        properties.put("claim.max.takeovers", "11");
        properties.put("behavior.on.null.values", "ignore");
        properties.put("behavior.on.reserved.headers", "rename");
        properties.put("body.converter", "org.apache.kafka.connect.storage.StringConverter");
        properties.put("validate.connection", "false");
        return properties;
    }
}
