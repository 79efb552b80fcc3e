package io.fenceline.connect.sink.s2;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.BodyConverter;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.DeliveryGuarantee;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.StreamTemplate;
import io.fenceline.connect.sink.lane.OnStop;
import io.fenceline.connect.sink.task.SinkKeys;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.Compression;
import io.fenceline.s2.NewStreamConfig;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.StorageClass;
import io.fenceline.s2.http.HttpProxy;
import io.fenceline.s2.http.TrustStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S2SinkConfigTest {

    private static final String KEY_OF_32_BYTES = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final String CLOUD_BASIN = "https://{basin}.b.s2.dev";
    private static final String HOST_1 = "http://localhost:1";
    private static final String HOST_2 = "http://localhost:2";
    private static final String JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter";
    private static final String STRING_CONVERTER = "org.apache.kafka.connect.storage.StringConverter";

    /** A key as users write it, what holds where they do not, and another value with its meaning. */
    private record Row<T>(String name, Key<T> key, T byDefault, String other, T meaning) {}

    private static final List<Row<?>> ROWS = List.of(
            new Row<>("s2.basin", S2ConnectionConfig.BASIN, "my-basin", "another-basin", "another-basin"),
            new Row<>("s2.access.token", S2ConnectionConfig.ACCESS_TOKEN, secret("t"), "token", secret("token")),
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
            new Row<>("s2.stream", S2SinkConfig.STREAM, stream("${topic}/${partition}"), "all", stream("all")),
            new Row<>("s2.stream.auto.create", S2SinkConfig.STREAM_AUTO_CREATE, true, "false", false),
            new Row<>(
                    "s2.stream.config.retention.ms",
                    S2SinkConfig.RETENTION,
                    Optional.empty(),
                    "86400001",
                    Optional.of(ofMillis(86_400_001))),
            new Row<>(
                    "s2.stream.config.storage.class",
                    S2SinkConfig.STORAGE_CLASS,
                    Optional.empty(),
                    "standard",
                    Optional.of(StorageClass.STANDARD)),
            new Row<>(
                    "s2.stream.config.delete.on.empty.ms",
                    S2SinkConfig.DELETE_ON_EMPTY,
                    Optional.empty(),
                    "3600000",
                    Optional.of(ofMillis(3_600_000))),
            new Row<>(
                    "delivery.guarantee",
                    S2SinkConfig.DELIVERY_GUARANTEE,
                    DeliveryGuarantee.EXACTLY_ONCE,
                    "at_least_once",
                    DeliveryGuarantee.AT_LEAST_ONCE),
            new Row<>(
                    "retry.policy",
                    S2SinkConfig.RETRY_POLICY,
                    Optional.empty(),
                    "no_side_effects",
                    Optional.of(RetryPolicy.NO_SIDE_EFFECTS)),
            new Row<>("retry.backoff.ms", RetryTiming.BACKOFF, ofMillis(100), "1", ofMillis(1)),
            new Row<>("retry.backoff.max.ms", RetryTiming.BACKOFF_MAX, ofMillis(10_000), "2", ofMillis(2)),
            new Row<>("retry.timeout.ms", RetryTiming.TIMEOUT, ofMillis(-1), "3", ofMillis(3)),
            new Row<>("ack.timeout.ms", S2SinkConfig.ACK_TIMEOUT, ofMillis(30_000), "9", ofMillis(9)),
            new Row<>("checkpoint.idle.ms", S2SinkConfig.CHECKPOINT_IDLE, ofMillis(60_000), "0", Duration.ZERO),
            new Row<>("claim.max.takeovers", S2SinkConfig.CLAIM_MAX_TAKEOVERS, 3, "11", 11),
            new Row<>("on.stop", SinkKeys.ON_STOP, OnStop.FAIL, "hold", OnStop.HOLD),
            new Row<>("batch.max.records", S2SinkConfig.BATCH_MAX_RECORDS, 1000, "4", 4),
            new Row<>("batch.max.bytes", S2SinkConfig.BATCH_MAX_BYTES, 1_048_576, "5", 5),
            new Row<>("linger.ms", S2SinkConfig.LINGER, ofMillis(5), "6", ofMillis(6)),
            new Row<>("inflight.max.bytes", S2SinkConfig.INFLIGHT_MAX_BYTES, 67_108_864, "7", 7),
            new Row<>("buffer.max.bytes", SinkKeys.BUFFER_MAX_BYTES, 67_108_864L, "8", 8L),
            new Row<>(
                    "behavior.on.null.values",
                    SinkKeys.NULL_VALUES,
                    NullValueBehavior.WRITE,
                    "ignore",
                    NullValueBehavior.IGNORE),
            new Row<>(
                    "behavior.on.reserved.headers",
                    SinkKeys.RESERVED_HEADERS,
                    ReservedHeaderBehavior.FAIL,
                    "rename",
                    ReservedHeaderBehavior.RENAME),
            new Row<>("body.converter", BodyConverter.CLASS, JSON_CONVERTER, STRING_CONVERTER, STRING_CONVERTER),
            new Row<>("validate.connection", ConnectionCheck.WANTED, true, "false", false));

    @Test
    void shouldHaveTheDocumentedDefaults() {
        S2SinkConfig config = new S2SinkConfig(Map.of("s2.basin", "my-basin", "s2.access.token", "t"));

        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.byDefault);
        }
        assertThat(config.stream().streamFor("orders", 3)).isEqualTo("orders/3");
        assertThat(config.retryPolicy()).isEqualTo(RetryPolicy.FENCED);
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(100), ofMillis(10_000), null));
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
        S2SinkConfig config = new S2SinkConfig(properties);

        Map<String, ConfigKey> all = new HashMap<>(S2SinkConfig.configDef().configKeys());
        assertThat(all.remove("s2.access.token.file")).as("instead of a token").isNotNull();
        assertThat(properties).containsOnlyKeys(all.keySet());
        for (ConfigKey key : all.values()) {
            assertThat(config.values().get(key.name)).as(key.name).isNotEqualTo(key.defaultValue);
        }
        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.meaning);
        }
        assertThat(config.stream().streamFor("orders", 3)).isEqualTo("all");
        assertThat(config.retryPolicy()).isEqualTo(RetryPolicy.NO_SIDE_EFFECTS);
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(1), ofMillis(2), ofMillis(3)));
        assertThat(config.connection().clientConfig())
                .isEqualTo(S2ClientConfig.forBasin("another-basin")
                        .withAccessToken("token")
                        .withEndpoints(HOST_1, HOST_2)
                        .withEncryptionKey(KEY_OF_32_BYTES)
                        .withTimeouts(ofMillis(12), ofMillis(13))
                        .withCompression(Compression.GZIP)
                        .withProxy(new HttpProxy("proxy", 3128, "me", "pw"))
                        .withTrustStore(new TrustStore("/etc/ca.p12", "PKCS12", "changeit")));
    }

    @Test
    void newStreamsGetWhatIsSaidRoundedUpToSecondsAndTheRestFromTheBasin() {
        assertThat(new S2SinkConfig(minimal()).newStreams()).isEqualTo(NewStreamConfig.OF_THE_BASIN);
        assertThat(new S2SinkConfig(everyKeySet()).newStreams())
                .isEqualTo(new NewStreamConfig(StorageClass.STANDARD, 86_401L, 3_600L));
        Map<String, String> forEver = minimal();
        forEver.put("s2.stream.config.retention.ms", "-1");
        assertThat(new S2SinkConfig(forEver).newStreams()).isEqualTo(new NewStreamConfig(null, 0L, null));
    }

    @Test
    void settingsOfNewStreamsThatEndangerARestartOrHaveNoEffectAreWarnedOf() {
        Map<String, String> given = minimal();
        given.put("s2.stream.config.storage.class", "express");
        given.put("s2.stream.config.retention.ms", "86400000");
        assertThat(S2SinkAdvice.on(given)).noneMatch(advice -> advice.contains("s2.stream.config"));
        given.put("s2.stream.config.retention.ms", "-1");
        assertThat(S2SinkAdvice.on(given)).noneMatch(advice -> advice.contains("s2.stream.config"));

        given.put("s2.stream.config.retention.ms", "86399999");
        assertThat(S2SinkAdvice.on(given))
                .anyMatch(advice -> advice.startsWith("s2.stream.config.retention.ms=86399999")
                        && advice.contains("WATERMARK_UNKNOWN"));
        given.put("s2.stream.config.delete.on.empty.ms", "3600000");
        assertThat(S2SinkAdvice.on(given))
                .anyMatch(advice -> advice.startsWith("s2.stream.config.delete.on.empty.ms=3600000")
                        && advice.contains("TARGET_MISSING"));

        given.put("s2.stream.auto.create", "false");
        assertThat(S2SinkAdvice.on(given).stream().filter(advice -> advice.contains("s2.stream.config")))
                .singleElement()
                .asString()
                .contains("no effect", "s2.stream.auto.create=false");
    }

    private static Optional<Password> secret(String value) {
        return Optional.of(new Password(value));
    }

    private static StreamTemplate stream(String text) {
        return StreamTemplate.parse("s2.stream", text);
    }

    @Test
    void shouldDescribeEveryKeyForPeopleAndForUserInterfaces() {
        for (ConfigKey key : S2SinkConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(15);
            assertThat(key.group).as(key.name).isNotBlank();
            assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
            if (!key.name.endsWith(".file") && (key.name.contains("token") || key.name.contains("encryption"))) {
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
                "s2.stream.config.retention.ms | 0 | -1, or 1000 or more",
                "s2.stream.config.retention.ms | 999 | -1, or 1000 or more",
                "s2.stream.config.retention.ms | -2 | -1, or 1000 or more",
                "s2.stream.config.storage.class | Express | standard, express",
                "s2.stream.config.delete.on.empty.ms | 3599999 | 3600000 to",
                "s2.access.token.file | ' ' | text that is not blank",
                "s2.proxy.url | https://proxy:443 | http://host:port",
                "s2.proxy.url | http://proxy | http://host:port",
                "s2.proxy.url | proxy:3128 | http://host:port",
                "s2.proxy.url | http://proxy:3128/x | http://host:port",
                "s2.ssl.truststore.type | BKS | JKS, PKCS12, PEM",
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

        SinkKeys.newRecordMapper(new S2SinkConfig(properties));

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
        return ROWS.stream().collect(Collectors.toMap(Row::name, Row::other));
    }
}
