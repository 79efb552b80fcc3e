package io.fenceline.connect.sink.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.sqs.QueueClient;
import io.fenceline.sqs.QueueClientConfig;
import io.fenceline.sqs.QueueCredentials;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.SqsFault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.sink.SinkConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SqsSinkConnectorTest {

    private static final String SECRET = "s3cr3t-k3y-of-somebody";

    private final ScriptedSqsServer sqs = ScriptedSqsServer.start();
    private final SqsSinkConnector connector = new SqsSinkConnector();
    private final String queue = sqs.createQueue("orders.fifo");

    /** The first client of a JVM loads AWS's classes, which on a busy machine takes longer than a review may. */
    @BeforeAll
    static void loadTheClient() {
        try (ScriptedSqsServer server = ScriptedSqsServer.start();
                QueueClient client = new QueueClient(
                        QueueClientConfig.forEndpoint(server.endpoint())
                                .withRegion("eu-central-1")
                                .withCredentials(new QueueCredentials.AccessKey("any", "any", null))
                                .withTimeouts(Duration.ofMinutes(1), Duration.ofMinutes(1)),
                        System::nanoTime)) {
            assertThat(client.inspect(QueueUrl.parse(server.createQueue("warm"))))
                    .isInstanceOf(QueueInspection.Seen.class);
        }
    }

    @AfterEach
    void stopServer() {
        sqs.close();
    }

    @Test
    void shouldBeFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(SinkConnector.class)).hasAtLeastOneElementOfType(SqsSinkConnector.class);
    }

    @Test
    void shouldTellTheVersionTheBuildGaveIt() {
        assertThat(connector.version()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(new SqsSinkTask().version()).isEqualTo(connector.version());
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
        assertThat(sqs.requests()).as("it was looked at").isNotEmpty();
        assertThat(sqs.sends()).as("and nothing was sent").isEmpty();
    }

    @Test
    void shouldAdviseOnMisspelledKeysAllAtOnce() {
        Map<String, String> properties = working();
        assertThat(SqsSinkAdvice.on(properties)).isEmpty();

        properties.put("sqs.quque.url", "https://example");
        properties.put("in.doubt.polizy", "fail");
        assertThat(SqsSinkAdvice.on(properties))
                .singleElement()
                .asString()
                .contains("sqs.quque.url", "in.doubt.polizy", "the SQS sink connector", "spelling");
    }

    @Test
    void shouldAdviseOnRecordsThatWouldBeDroppedOrAreAborted() {
        Map<String, String> properties = working();
        properties.remove("consumer.override.isolation.level");
        properties.put("errors.tolerance", "all");
        assertThat(SqsSinkAdvice.on(properties)).hasSize(2);

        properties.put("errors.deadletterqueue.topic.name", "dlq");
        properties.put("consumer.override.isolation.level", "read_committed");
        assertThat(SqsSinkAdvice.on(properties))
                .singleElement()
                .asString()
                .contains("too large for SQS", "producer.override.max.request.size");

        properties.put("producer.override.max.request.size", "8388608");
        assertThat(SqsSinkAdvice.on(properties)).isEmpty();
    }

    @Test
    void shouldAdviseOnWhatMeansNothingOnAStandardQueue() {
        Map<String, String> properties = working();
        properties.put("sqs.queue.url", sqs.createQueue("orders"));
        properties.put("sqs.deduplication.namespace", "again");

        assertThat(SqsSinkAdvice.on(properties))
                .singleElement()
                .asString()
                .contains("sqs.deduplication.namespace", "FIFO");
    }

    @Test
    void shouldReportMissingAndWrongKeysOnTheKeysThemselves() {
        Map<String, String> properties = working();
        properties.remove("sqs.queue.url");
        properties.put("sqs.message.group.id", "${nothing}");
        properties.put("sqs.max.batch.per.group", "11");
        properties.put("linger.ms", "soon");
        properties.put("in.doubt.policy", "hope");

        assertThat(errors(properties).keySet())
                .containsExactly(
                        "in.doubt.policy",
                        "linger.ms",
                        "sqs.max.batch.per.group",
                        "sqs.message.group.id",
                        "sqs.queue.url");
        assertThat(sqs.requests()).as("no live check of a wrong configuration").isEmpty();
    }

    @Test
    void shouldReportAnEmptyConfigurationWithoutThrowing() {
        assertThat(errors(Map.of()).keySet()).containsExactly("sqs.queue.url");
    }

    @Test
    void anEmptyGroupIsAnErrorOnItsKey() {
        Map<String, String> properties = working();
        properties.put("sqs.message.group.id", "");

        assertThat(errors(properties)).containsOnlyKeys("sqs.message.group.id");
    }

    @Test
    void aTopicWhoseQueueIsOfTheOtherKindIsAnErrorOnTheQueue() {
        Map<String, String> properties = working();
        properties.put("sqs.queue.url", sqs.endpoint() + "/000000000000/${topic}");
        properties.put("topics", "orders,returns.fifo");

        assertThat(errors(properties))
                .hasEntrySatisfying(
                        "sqs.queue.url", message -> assertThat(message).contains("'returns.fifo'"))
                .hasSize(1);
    }

    @Test
    void shouldTakeANullForAMissingKey() {
        Map<String, String> properties = working();
        properties.put("linger.ms", null);
        properties.put("sqs.message.group.id", null);

        assertThat(errors(properties)).isEmpty();
        connector.start(properties);
        assertThat(connector.taskConfigs(1).get(0)).containsAllEntriesOf(properties);
    }

    @Test
    void aQueueThatIsNotThereIsAnErrorOnTheQueue() {
        Map<String, String> properties = working();
        properties.put("sqs.queue.url", queue.replace("orders", "nowhere"));

        assertThat(errors(properties))
                .hasEntrySatisfying(
                        "sqs.queue.url", message -> assertThat(message).contains("nowhere.fifo"))
                .hasSize(1);
    }

    @Test
    void theQueueOfEachTopicIsLookedAt() {
        sqs.createQueue("returns.fifo");
        Map<String, String> properties = working();
        properties.put("sqs.queue.url", queue.replace("orders", "${topic}"));
        properties.put("topics", "orders,returns");
        assertThat(errors(properties)).isEmpty();

        properties.put("topics", "orders,returns,nowhere");
        assertThat(errors(properties))
                .hasEntrySatisfying(
                        "sqs.queue.url", message -> assertThat(message).contains("nowhere.fifo"))
                .hasSize(1);
    }

    @Test
    void credentialsThatAreRefusedAreAnErrorOnTheKeyTheyCameFrom() {
        sqs.injectInto(
                "GetQueueAttributes",
                new SqsFault.ErrorAnswer(
                        403, "InvalidClientTokenId", "The security token included in the request is invalid.", false));

        assertThat(errors(working())).containsOnlyKeys("aws.access.key.id");
    }

    @Test
    void anEndpointWithoutAServerIsAnErrorOnTheEndpoint() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Map<String, String> properties = working();
        properties.put("sqs.endpoint", "http://127.0.0.1:" + port);

        assertThat(errors(properties))
                .hasEntrySatisfying(
                        "sqs.endpoint", message -> assertThat(message).contains("127.0.0.1:" + port))
                .hasSize(1);
    }

    @Test
    @Timeout(30)
    void anEndpointThatDoesNotAnswerIsAnErrorOnTheEndpointWithinFiveSeconds() {
        sqs.injectInto("GetQueueAttributes", new SqsFault.Hold(false));

        // the limit that struck, and not how long this machine took
        assertThat(errors(working())).containsOnlyKeys("sqs.endpoint");
        sqs.release();
    }

    @Test
    void shouldNotConnectIfToldNotTo() {
        Map<String, String> properties = working();
        properties.put("validate.connection", "false");
        properties.put("sqs.queue.url", queue.replace("orders", "nowhere"));

        assertThat(errors(properties)).isEmpty();
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void shouldNotConnectWhileAPlaceholderIsUnresolved() {
        Map<String, String> properties = working();
        properties.put("aws.secret.access.key", "${secrets:sqs:key}");

        assertThat(errors(properties)).isEmpty();
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void aPlaceholderInTheEndpointDoesNotMakeTheReviewFail() {
        Map<String, String> properties = working();
        properties.put("sqs.endpoint", "${env:ENDPOINT}");

        assertThat(errors(properties)).isEmpty();
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void offsetsAreConnectsOwn() {
        assertThat(connector.alterOffsets(working(), Map.of(new TopicPartition("orders", 0), 7L)))
                .isTrue();
        Map<TopicPartition, Long> reset = new HashMap<>();
        reset.put(new TopicPartition("taken-out", 0), null);
        assertThat(connector.alterOffsets(working(), reset)).isTrue();
        assertThat(sqs.requests()).isEmpty();
    }

    private Map<String, String> working() {
        return new HashMap<>(Map.ofEntries(
                Map.entry("name", "orders-to-sqs"),
                Map.entry("topics", "orders"),
                Map.entry("sqs.queue.url", queue),
                Map.entry("sqs.region", "eu-central-1"),
                Map.entry("aws.access.key.id", "AKIDEXAMPLE"),
                Map.entry("aws.secret.access.key", SECRET),
                Map.entry("consumer.override.isolation.level", "read_committed"),
                Map.entry("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"),
                Map.entry("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"),
                Map.entry("header.converter", "ByteArrayConverter")));
    }

    private Map<String, String> errors(Map<String, String> properties) {
        Config config = connector.validate(properties);
        Map<String, String> errors = new TreeMap<>();
        for (ConfigValue value : config.configValues()) {
            if (!value.errorMessages().isEmpty()) {
                errors.put(value.name(), String.join("; ", value.errorMessages()));
            }
        }
        assertThat(errors.values()).allSatisfy(message -> assertThat(message).doesNotContain(SECRET));
        return errors;
    }
}
