package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.s2.S2SinkConfig;
import io.fenceline.connect.sink.s2.S2SinkConnector;
import io.fenceline.connect.sink.sqs.SqsSinkConfig;
import io.fenceline.connect.sink.sqs.SqsSinkConnector;
import io.fenceline.connect.source.s2.S2SourceConfig;
import io.fenceline.connect.source.s2.S2SourceConnector;
import io.fenceline.connect.source.sqs.SqsSourceConfig;
import io.fenceline.connect.source.sqs.SqsSourceConnector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Connector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What each connector says of keys that it does not know: a mistake is an error on the key, and nobody else's key is one. */
class MistypedKeysTest {

    enum Shipped {
        S2_SINK,
        SQS_SINK,
        S2_SOURCE,
        SQS_SOURCE;

        private Connector connector() {
            return switch (this) {
                case S2_SINK -> new S2SinkConnector();
                case SQS_SINK -> new SqsSinkConnector();
                case S2_SOURCE -> new S2SourceConnector();
                case SQS_SOURCE -> new SqsSourceConnector();
            };
        }

        List<String> unknownKeys(Map<String, String> given) {
            return switch (this) {
                case S2_SINK -> S2SinkConfig.unknownKeys(given);
                case SQS_SINK -> SqsSinkConfig.unknownKeys(given);
                case S2_SOURCE -> S2SourceConfig.unknownKeys(given);
                case SQS_SOURCE -> SqsSourceConfig.unknownKeys(given);
            };
        }

        boolean isSink() {
            return name().endsWith("SINK");
        }

        Set<String> keys() {
            return connector().config().names();
        }

        /** With one further key, by name. */
        Map<String, String> errors(String key) {
            return errors(Map.of(key, "any"));
        }

        Map<String, String> errors(Map<String, String> further) {
            Map<String, String> properties = new HashMap<>(further);
            properties.put("validate.connection", "false");
            Map<String, String> errors = new TreeMap<>();
            for (ConfigValue value : connector().validate(properties).configValues()) {
                if (further.containsKey(value.name()) && !value.errorMessages().isEmpty()) {
                    errors.put(value.name(), String.join("; ", value.errorMessages()));
                }
            }
            return errors;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "S2_SINK,    s2.stram,             s2.stream",
        "S2_SINK,    s2.streams,           s2.stream",
        "S2_SINK,    s2.stream.autocreate, s2.stream.auto.create",
        "S2_SINK,    S2.Access_Token,      s2.access.token",
        "S2_SINK,    s2.account,           s2.account.endpoint",
        "S2_SINK,    linger.msec,          linger.ms",
        "S2_SINK,    body.convertor,       body.converter",
        "S2_SINK,    delivery.garantee,    delivery.guarantee",
        "S2_SINK,    on.stopp,             on.stop",
        "SQS_SINK,   sqs.que.url,          sqs.queue.url",
        "SQS_SINK,   sqs.queue.urls,       sqs.queue.url",
        "SQS_SINK,   aws.acces.key.id,     aws.access.key.id",
        "SQS_SINK,   aws.region,           sqs.region",
        "S2_SOURCE,  topics,               topic",
        "S2_SOURCE,  s2.stream,            s2.streams",
        "S2_SOURCE,  s2.stream.prefx,      s2.stream.prefix",
        "S2_SOURCE,  poll.max.record,      poll.max.records",
        "SQS_SOURCE, topics,               topic",
        "SQS_SOURCE, sqs.queue.url,        sqs.queue.urls",
    })
    void aKeyNearOneOfTheConnectorsIsAnErrorThatNamesTheOne(Shipped subject, String key, String meant) {
        assertThat(subject.errors(key)).containsOnlyKeys(key).hasEntrySatisfying(key, message -> assertThat(message)
                .startsWith(key + " is unknown")
                .endsWith("; did you mean " + meant + "?"));
        assertThat(subject.unknownKeys(Map.of(key, "any")))
                .as("a connector that is there already starts, with a warning")
                .containsExactly(key);
    }

    @ParameterizedTest
    @CsvSource({
        "S2_SINK,    s2.nonsense",
        "S2_SINK,    sqs.region",
        "SQS_SINK,   s2.basin",
        "SQS_SINK,   aws.something.else",
        "S2_SOURCE,  s2.stream.auto.create",
        "SQS_SOURCE, sqs.nonsense",
    })
    void aKeyUnderAPrefixOfOursIsAnErrorWhateverItIs(Shipped subject, String key) {
        assertThat(subject.errors(key)).containsOnlyKeys(key);
    }

    /** Fails if a key is new: add it to SiblingKeys. */
    @ParameterizedTest
    @EnumSource
    void everyKeyOfTheOtherConnectorsThatIsNotItsOwnIsAnError(Shipped subject) {
        for (Shipped other : Shipped.values()) {
            for (String key : other.keys()) {
                if (!subject.keys().contains(key) && !key.startsWith("aws.")) {
                    assertThat(subject.errors(key)).as(other + "'s " + key).containsOnlyKeys(key);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void noKeyOfKafkaConnectOrOfToolsAroundItIsFlagged(Shipped subject) {
        Map<String, String> given = new HashMap<>();
        for (String key : othersKeys()) {
            given.put(key, "any");
        }
        if (subject.isSink()) {
            given.put("topics", "orders");
            given.put("topics.regex", "orders.*");
        }
        assertThat(subject.errors(given)).isEmpty();
        assertThat(subject.unknownKeys(given)).isEmpty();
    }

    /** No tool known to us does it, but Kafka's own names are those that a false error would hit first; two are names of ours. */
    @ParameterizedTest
    @EnumSource
    void aSettingOfKafkasClientsWithoutItsPrefixIsNoErrorUnlessItIsAKeyOfOurs(Shipped subject) {
        for (String key : clientKeys()) {
            if (!List.of("linger.ms", "heartbeat.interval.ms").contains(key)) {
                assertThat(subject.errors(key).keySet()).as(key).allMatch(flagged -> subject.keys()
                        .contains(flagged));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "S2_SINK,    batch.size",
        "S2_SINK,    aws.region",
        "S2_SINK,    key.convertor",
        "SQS_SINK,   max.poll.records",
        "S2_SINK,    fetch.max.bytes",
        "S2_SOURCE,  tonics",
        "S2_SOURCE,  topics.regex",
        "S2_SOURCE,  on.nap.at.noon",
        "SQS_SOURCE, team",
    })
    void aKeyThatMayBeSomebodyElsesIsOnlyWarnedOf(Shipped subject, String key) {
        assertThat(subject.errors(key)).isEmpty();
        assertThat(subject.unknownKeys(Map.of(key, "any"))).containsExactly(key);
    }

    @ParameterizedTest
    @EnumSource(names = {"SQS_SINK", "SQS_SOURCE"})
    void aCredentialsProviderOfTheUsersMayHaveKeysOfItsOwn(Shipped subject) {
        Map<String, String> given = Map.of(
                "aws.credentials.provider.class", "${env:PROVIDER}",
                "aws.vault.path", "any",
                "vault.path", "any");
        assertThat(subject.errors(given)).isEmpty();
        assertThat(subject.unknownKeys(given)).isEmpty();
    }

    private static List<String> othersKeys() {
        List<String> keys = new ArrayList<>(List.of(
                // Connect 3.7 to 4.4
                "name",
                "connector.class",
                "connector.plugin.version",
                "tasks.max",
                "tasks.max.enforce",
                "key.converter",
                "key.converter.plugin.version",
                "key.converter.schemas.enable",
                "value.converter",
                "value.converter.plugin.version",
                "value.converter.schema.registry.url",
                "header.converter",
                "header.converter.plugin.version",
                "transforms",
                "transforms.s2.type",
                "transforms.topic.plugin.version",
                "predicates",
                "predicates.sqs.type",
                "config.action.reload",
                "errors.retry.timeout",
                "errors.retry.delay.max.ms",
                "errors.tolerance",
                "errors.log.enable",
                "errors.log.include.messages",
                "errors.deadletterqueue.topic.name",
                "errors.deadletterqueue.topic.replication.factor",
                "errors.deadletterqueue.context.headers.enable",
                "topic.creation.groups",
                "topic.creation.default.partitions",
                "topic.creation.default.replication.factor",
                "topic.creation.default.cleanup.policy",
                "topic.creation.orders.include",
                "exactly.once.support",
                "transaction.boundary",
                "transaction.boundary.interval.ms",
                "offsets.storage.topic",
                "offset.flush.interval.ms",
                "task.class",
                // what ours hand to their tasks and to the body converter
                "fenceline.task",
                "fenceline.tasks",
                "fenceline.share",
                "body.converter.schemas.enable",
                "body.converter.any.thing",
                // Confluent, Aiven
                "confluent.topic.bootstrap.servers",
                "confluent.license",
                "kafka.auth.mode",
                "kafka.api.key",
                "_aiven.restart.on.failure"));
        for (String key : clientKeys()) {
            keys.add("consumer.override." + key);
            keys.add("producer.override." + key);
            keys.add("admin.override." + key);
        }
        return keys;
    }

    private static List<String> clientKeys() {
        List<String> keys = new ArrayList<>(ConsumerConfig.configNames());
        keys.addAll(ProducerConfig.configNames());
        keys.addAll(AdminClientConfig.configNames());
        return keys;
    }
}
