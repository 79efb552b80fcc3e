package io.fenceline.connect.sink.sqs;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.BodyConverter;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.GroupTemplate;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.QueueTemplate;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.sink.lane.OnStop;
import io.fenceline.connect.sink.queue.InDoubtOnRestart;
import io.fenceline.connect.sink.queue.InDoubtPolicy;
import io.fenceline.connect.sink.task.SinkKeys;
import io.fenceline.retry.RetrySettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqsSinkConfigTest {

    private static final String FIFO = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo";
    private static final String STANDARD = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders";
    private static final String JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter";
    private static final String STRING_CONVERTER = "org.apache.kafka.connect.storage.StringConverter";

    /** A key as users write it, what holds where they do not, and another value with its meaning. */
    private record Row<T>(String name, Key<T> key, T byDefault, String other, T meaning) {}

    /** But for those of the connection, which {@code SqsConnectionConfigTest} looks at. */
    private static final List<Row<?>> ROWS = List.of(
            new Row<>("sqs.queue.url", SqsSinkConfig.QUEUE, queue(FIFO), STANDARD, queue(STANDARD)),
            new Row<>(
                    "sqs.message.group.id",
                    SqsSinkConfig.MESSAGE_GROUP,
                    Optional.empty(),
                    "${key}",
                    Optional.of(group("${key}"))),
            new Row<>(
                    "sqs.deduplication.namespace",
                    SqsSinkConfig.DEDUPLICATION_NAMESPACE,
                    Optional.empty(),
                    "again",
                    Optional.of("again")),
            new Row<>(
                    "in.doubt.policy",
                    SqsSinkConfig.IN_DOUBT_POLICY,
                    Optional.empty(),
                    "skip",
                    Optional.of(InDoubtPolicy.SKIP)),
            new Row<>("sqs.max.batch.per.group", SqsSinkConfig.MAX_BATCH_PER_GROUP, 10, "1", 1),
            new Row<>("retry.backoff.ms", RetryTiming.BACKOFF, ofMillis(100), "1", ofMillis(1)),
            new Row<>("retry.backoff.max.ms", RetryTiming.BACKOFF_MAX, ofMillis(10_000), "2", ofMillis(2)),
            new Row<>("retry.timeout.ms", RetryTiming.TIMEOUT, ofMillis(-1), "3", ofMillis(3)),
            new Row<>("on.stop", SinkKeys.ON_STOP, OnStop.FAIL, "hold", OnStop.HOLD),
            new Row<>("linger.ms", SqsSinkConfig.LINGER, ofMillis(5), "6", ofMillis(6)),
            new Row<>("max.in.flight.requests", SqsSinkConfig.MAX_IN_FLIGHT_REQUESTS, 16, "7", 7),
            new Row<>("buffer.max.bytes", SinkKeys.BUFFER_MAX_BYTES, 67_108_864L, "8", 8L),
            new Row<>("sqs.headers", SqsSinkConfig.HEADERS, HeaderSelection.ALL, "none", HeaderSelection.NONE),
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
    void aFifoQueueHasTheDocumentedDefaults() {
        SqsSinkConfig config = new SqsSinkConfig(fifo());

        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.byDefault);
        }
        assertThat(config.get(SqsSinkConfig.IN_DOUBT_ON_RESTART)).isEqualTo(InDoubtOnRestart.RESEND);
        assertThat(config.messageGroup()).contains(group("${topic}-${partition}"));
        assertThat(config.deduplicationNamespace()).isEqualTo("orders-to-sqs");
        assertThat(config.inDoubtPolicy()).isEqualTo(InDoubtPolicy.FAIL);
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(100), ofMillis(10_000), null));
    }

    @Test
    void aStandardQueueGetsNoGroupAndResends() {
        SqsSinkConfig config = new SqsSinkConfig(standard());

        assertThat(config.messageGroup()).isEmpty();
        assertThat(config.inDoubtPolicy()).isEqualTo(InDoubtPolicy.RESEND);
    }

    @Test
    void whatIsSetForAStandardQueueHoldsForIt() {
        Map<String, String> properties = standard();
        properties.put("sqs.message.group.id", "${topic}");
        properties.put("in.doubt.policy", "fail");
        SqsSinkConfig config = new SqsSinkConfig(properties);

        assertThat(config.messageGroup()).contains(group("${topic}"));
        assertThat(config.inDoubtPolicy()).isEqualTo(InDoubtPolicy.FAIL);
    }

    @Test
    void shouldTakeEveryKeyWithAnotherValueThanItsDefault() {
        Map<String, String> properties = everyKeySet();
        properties.put("name", "orders-to-sqs");
        SqsSinkConfig config = new SqsSinkConfig(properties);

        for (Row<?> row : ROWS) {
            assertThat((Object) config.get(row.key)).as(row.name).isEqualTo(row.meaning);
        }
        assertThat(config.messageGroup()).contains(group("${key}"));
        assertThat(config.deduplicationNamespace()).isEqualTo("again");
        assertThat(config.inDoubtPolicy()).isEqualTo(InDoubtPolicy.SKIP);
        assertThat(config.retries()).isEqualTo(new RetrySettings(ofMillis(1), ofMillis(2), ofMillis(3)));

        Map<String, String> onFifo = fifo();
        onFifo.put("in.doubt.on.restart", "fail");
        assertThat(new SqsSinkConfig(onFifo).get(SqsSinkConfig.IN_DOUBT_ON_RESTART))
                .isEqualTo(InDoubtOnRestart.FAIL);
    }

    @Test
    void everyKeyIsLookedAtByATest() {
        assertThat(Stream.concat(ROWS.stream().map(Row::name), Stream.of("in.doubt.on.restart")))
                .containsExactlyInAnyOrderElementsOf(SqsSinkConfig.configDef().names().stream()
                        .filter(key -> !CONNECTION_KEYS.contains(key))
                        .toList());
        assertThat(SqsSinkConfig.configDef().names()).containsAll(CONNECTION_KEYS);
    }

    private static final List<String> CONNECTION_KEYS = List.of(
            "sqs.region",
            "sqs.endpoint",
            "aws.access.key.id",
            "aws.secret.access.key",
            "aws.session.token",
            "aws.profile",
            "aws.role.arn",
            "aws.role.external.id",
            "aws.role.session.name",
            "aws.credentials.provider.class",
            "sqs.connect.timeout.ms",
            "sqs.request.timeout.ms");

    @Test
    void shouldDescribeEveryKeyForPeopleAndForUserInterfaces() {
        for (ConfigKey key : SqsSinkConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(15);
            assertThat(key.group).as(key.name).isNotBlank();
            assertThat(key.displayName).as(key.name).isNotBlank().isNotEqualTo(key.name);
            if (key.name.contains("token") || key.name.contains("secret")) {
                assertThat(key.type).as(key.name).isEqualTo(ConfigDef.Type.PASSWORD);
            }
        }
    }

    @Test
    void noKeySpeaksOfAStoreItHasNothingToDoWith() {
        for (ConfigKey key : SqsSinkConfig.configDef().configKeys().values()) {
            assertThat(key.documentation).as(key.name).doesNotContain("S2").doesNotContain("stream");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sqs.queue.url | orders.fifo | http(s)://host[:port]/account/queue",
                "sqs.queue.url | ftp://host/1/orders | http(s)://host[:port]/account/queue",
                "sqs.queue.url | https://host/orders | http(s)://host[:port]/account/queue",
                "sqs.queue.url | https://host/1/${nope} | placeholder ${topic}",
                "sqs.queue.url | https://host/1/${partition} | placeholder ${topic}",
                "sqs.message.group.id | ${nope} | ${topic}, ${partition} and ${key}",
                "in.doubt.policy | retry | fail, resend, skip",
                "in.doubt.on.restart | skip | resend, fail",
                "sqs.max.batch.per.group | 0 | 1 to 10",
                "sqs.max.batch.per.group | 11 | 1 to 10",
                "sqs.headers | a,,b | all, none, or names separated by commas",
                "max.in.flight.requests | 0 | 1 to 1000",
                "max.in.flight.requests | 1001 | 1 to 1000",
                "sqs.region | Europe | the code of an AWS region",
                "sqs.endpoint | ftp://host | http://host",
                "sqs.connect.timeout.ms | 0 | 1 to 60000",
                "sqs.request.timeout.ms | -1 | 1 to 60000",
                "linger.ms | -1 | 0 to 60000",
                "buffer.max.bytes | 0 | 1 to",
                "retry.backoff.ms | 0 | 1 to 86400000",
                "retry.timeout.ms | -2 | -1 to",
                "on.stop | continue | fail, hold",
                "behavior.on.null.values | skip | write, ignore, fail",
                "behavior.on.reserved.headers | keep | fail, drop, rename"
            })
    void shouldNameKeyValueAndAllowedRangeWhenAValueCannotBe(String key, String value, String allowed) {
        Map<String, String> properties = fifo();
        properties.put(key, value);

        assertThatThrownBy(() -> new SqsSinkConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value)
                .hasMessageContaining(allowed);
    }

    @ParameterizedTest
    @CsvSource({"sqs.message.group.id,''", "sqs.message.group.id,' '", "sqs.deduplication.namespace,' '"})
    void whatIsEmptyIsRefusedWithTheAllowedForm(String key, String value) {
        Map<String, String> properties = fifo();
        properties.put(key, value);

        assertThatThrownBy(() -> new SqsSinkConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration " + key)
                .hasMessageContaining("allowed: text");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sqs.queue.url=https://host/1/${topic};topics=a.fifo | sqs.queue.url",
                "sqs.queue.url=https://host/1/${topic};topics=a,b.fifo | sqs.queue.url",
                "sqs.queue.url=https://host/1/${topic}.fifo;topics=a.b | sqs.queue.url",
                "sqs.queue.url=https://host/1/orders;in.doubt.on.restart=fail | in.doubt.on.restart",
                "retry.backoff.ms=500;retry.backoff.max.ms=499 | retry.backoff.max.ms",
                "body.converter=java.lang.String | body.converter",
                "body.converter=no.such.Converter | body.converter",
            })
    void shouldRefuseKeysThatContradictEachOther(String settings, String blamed) {
        Map<String, String> properties = fifo();
        for (String setting : settings.split(";")) {
            properties.put(setting.split("=")[0], setting.split("=")[1]);
        }
        properties.putIfAbsent("sqs.region", "eu-central-1");

        assertThatThrownBy(() -> new SqsSinkConfig(properties))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("configuration " + blamed);
    }

    @Test
    void whatMeansNothingOnAStandardQueueIsFound() {
        Map<String, String> properties = standard();
        properties.put("sqs.deduplication.namespace", "again");
        properties.put("sqs.max.batch.per.group", "1");
        assertThat(SqsSinkConfig.withoutMeaning(properties))
                .containsExactly("sqs.deduplication.namespace", "sqs.max.batch.per.group");

        properties.put("sqs.queue.url", FIFO);
        assertThat(SqsSinkConfig.withoutMeaning(properties)).isEmpty();
        properties.put("sqs.queue.url", "nonsense");
        assertThat(SqsSinkConfig.withoutMeaning(properties)).isEmpty();
    }

    @Test
    void shouldFindKeysThatLookLikeOursAndAreNot() {
        Map<String, String> properties = everyKeySet();
        properties.put("sqs.que.url", "x");
        properties.put("in.doubt", "1");
        properties.put("aws.acces.key.id", "1");
        properties.put("errors.tolerance", "all");
        properties.put("topics", "orders");

        assertThat(SqsSinkConfig.unknownKeys(properties))
                .containsExactly("aws.acces.key.id", "in.doubt", "sqs.que.url");
    }

    @Test
    void topicsOfAPatternAreNotKnown() {
        assertThat(SqsSinkConfig.topics(Map.of("topics", " a, b ,,c"))).containsExactly("a", "b", "c");
        assertThat(SqsSinkConfig.topics(Map.of("topics.regex", "a.*"))).isEmpty();
    }

    private static QueueTemplate queue(String url) {
        return QueueTemplate.parse("sqs.queue.url", url);
    }

    private static GroupTemplate group(String text) {
        return GroupTemplate.parse("sqs.message.group.id", text);
    }

    private static Map<String, String> fifo() {
        return new HashMap<>(Map.of("name", "orders-to-sqs", "sqs.queue.url", FIFO));
    }

    private static Map<String, String> standard() {
        return new HashMap<>(Map.of("name", "orders-to-sqs", "sqs.queue.url", STANDARD));
    }

    private static Map<String, String> everyKeySet() {
        return ROWS.stream().collect(Collectors.toMap(Row::name, Row::other));
    }
}
