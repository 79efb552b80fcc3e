package io.fenceline.connect.source.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.config.RawValues;
import io.fenceline.sqs.QueueClient;
import io.fenceline.sqs.QueueClientConfig;
import io.fenceline.sqs.QueueCredentials;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.testkit.HerderModel;
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
import java.util.stream.IntStream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqsSourceConnectorTest {

    private static final String SECRET = "s3cr3t-k3y-of-somebody";

    private final ScriptedSqsServer sqs = ScriptedSqsServer.start();
    private final SqsSourceConnector connector = new SqsSourceConnector();
    private final String orders = sqs.createQueue("orders");
    private final String clicks = sqs.createQueue("clicks.fifo");

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
        assertThat(ServiceLoader.load(SourceConnector.class)).hasAtLeastOneElementOfType(SqsSourceConnector.class);
    }

    @Test
    void shouldTellTheVersionTheBuildGaveIt() {
        assertThat(connector.version()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(new SqsSourceTask().version()).isEqualTo(connector.version());
    }

    @Test
    void shouldSupportExactlyOnceWithinTransactionsOfConnects() {
        assertThat(connector.exactlyOnceSupport(working())).isEqualTo(ExactlyOnceSupport.SUPPORTED);
        assertThat(connector.canDefineTransactionBoundaries(working()))
                .isEqualTo(ConnectorTransactionBoundaries.UNSUPPORTED);
    }

    // ---- one owner a queue

    @Test
    void everyQueueHasOneTaskHoweverManyMayBe() {
        List<String> queues = IntStream.range(0, 5)
                .mapToObj(i -> sqs.endpoint() + "/000000000000/q" + i)
                .toList();
        for (int tasks = 1; tasks <= 12; tasks++) {
            List<List<String>> shares = shares(queues, tasks);
            assertThat(shares).hasSize(Math.min(tasks, 5)).doesNotContain(List.of());
            assertThat(shares.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(queues);
        }
    }

    @Test
    void aListInAnotherOrderGivesTheSameTasksTheSameQueues() {
        List<String> queues = List.of(orders, clicks, sqs.endpoint() + "/1/a");
        List<String> turned = List.of(sqs.endpoint() + "/1/a", clicks, orders);

        assertThat(shares(turned, 2)).isEqualTo(shares(queues, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"${env:ALL}", "${env:ORDERS},${env:CLICKS}"})
    void aTaskFindsItsShareInTheWholeListThatAPlaceholderGivesIt(String list) {
        Map<String, String> environment =
                Map.of("ALL", clicks + "," + orders, "ORDERS", orders, "CLICKS", clicks, "SECRET", SECRET);
        List<Map<String, String>> stored = stored(list, environment);

        assertThat(stored).hasSize(2);
        assertThat(stored.stream().flatMap(task -> ownQueues(task, environment).stream()))
                .containsExactlyInAnyOrder(orders, clicks);
        assertThat(stored).allSatisfy(task -> assertThat(task.values()).doesNotContain(orders, clicks));
    }

    /** Two of them would own one queue, or none would, if each went by its own idea. */
    @ParameterizedTest
    @CsvSource({"orders", "orders;clicks.fifo;more", "other;clicks.fifo"})
    void aTaskOnAWorkerThatResolvesAnotherListStopsAndSaysWhatToDo(String names) {
        Map<String, String> connectors = Map.of("ALL", clicks + "," + orders, "SECRET", SECRET);
        List<Map<String, String>> stored = stored("${env:ALL}", connectors);
        String otherwise = String.join(
                ",",
                List.of(names.split(";")).stream()
                        .map(name -> sqs.endpoint() + "/000000000000/" + name)
                        .toList());
        Map<String, String> elsewhere = Map.of("ALL", otherwise, "SECRET", SECRET);

        int stopped = 0;
        for (Map<String, String> task : stored) {
            try {
                assertThat(ownQueues(task, elsewhere)).isEqualTo(ownQueues(task, connectors));
            } catch (ConfigException e) {
                stopped++;
                assertThat(e)
                        .hasMessageContaining("configuration sqs.queue.urls")
                        .hasMessageContaining("restart the connector");
            }
        }
        assertThat(stopped).isPositive();
    }

    // ---- validation

    @Test
    void shouldFindNothingWrongWithAWorkingConfiguration() {
        assertThat(errors(working())).isEmpty();
        assertThat(sqs.requests("GetQueueAttributes")).as("both were looked at").hasSize(2);
        assertThat(sqs.requests("ReceiveMessage"))
                .as("and nothing was received")
                .isEmpty();
    }

    @Test
    void shouldReportMissingAndWrongKeysOnTheKeysThemselves() {
        assertThat(errors(Map.of()).keySet()).containsExactly("sqs.queue.urls", "topic");

        Map<String, String> properties = working();
        properties.put("sqs.queue.urls", "orders");
        properties.put("topic", "${topic}");
        properties.put("sqs.wait.time.seconds", "21");
        properties.put("on.unconfirmed.record", "hope");
        assertThat(errors(properties).keySet())
                .containsExactly("on.unconfirmed.record", "sqs.queue.urls", "sqs.wait.time.seconds", "topic");
        assertThat(sqs.requests()).as("no live check of a wrong configuration").isEmpty();
    }

    @Test
    void twoSpellingsOfOneQueueAreAnErrorOnTheList() {
        Map<String, String> properties = working();
        properties.put("sqs.queue.urls", orders + "," + orders.replace("127.0.0.1", "localhost"));

        assertThat(errors(properties))
                .hasEntrySatisfying(
                        "sqs.queue.urls", message -> assertThat(message).contains("the same queue as " + orders))
                .hasSize(1);
    }

    @Test
    void shouldTakeANullForAMissingKey() {
        Map<String, String> properties = working();
        properties.put("sqs.receivers", null);

        assertThat(errors(properties)).isEmpty();
        connector.start(properties);
        assertThat(connector.taskConfigs(1)).hasSize(1);
    }

    @Test
    void everyQueueThatIsNotThereIsNamed() {
        Map<String, String> properties = working();
        properties.put(
                "sqs.queue.urls",
                String.join(",", orders, orders.replace("orders", "nowhere"), orders.replace("orders", "gone")));

        assertThat(errors(properties))
                .hasEntrySatisfying("sqs.queue.urls", message -> assertThat(message)
                        .contains("/nowhere does not exist")
                        .contains("/gone does not exist"))
                .hasSize(1);
    }

    @Test
    void credentialsThatAreRefusedAreOneErrorOnTheKeyTheyCameFrom() {
        sqs.injectInto(
                "GetQueueAttributes",
                new SqsFault.ErrorAnswer(
                        403, "InvalidClientTokenId", "The security token included in the request is invalid.", false));

        assertThat(errors(working())).containsOnlyKeys("aws.access.key.id");
        assertThat(sqs.requests())
                .as("the same would be said of the other queue")
                .hasSize(1);
    }

    @Test
    void credentialsThatMayNotDeleteAreAnErrorOnTheKeyTheyCameFrom() {
        sqs.injectInto("DeleteMessageBatch", SqsFault.pass(1), SqsFault.denied());

        assertThat(errors(working()))
                .hasEntrySatisfying("aws.access.key.id", message -> assertThat(message)
                        .contains("sqs:DeleteMessage", clicks)
                        .doesNotContain(orders))
                .hasSize(1);
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
    void aQueueThatDoesNotAnswerAmongOthersIsAnErrorOnTheEndpointWithinFiveSeconds() {
        sqs.injectInto("GetQueueAttributes", SqsFault.pass(1), new SqsFault.Hold(false));

        // the limit that struck, and not how long this machine took
        assertThat(errors(working())).containsOnlyKeys("sqs.endpoint");
        sqs.release();
    }

    @Test
    void shouldNotConnectIfToldNotTo() {
        Map<String, String> properties = working();
        properties.put("validate.connection", "false");
        properties.put("sqs.queue.urls", orders.replace("orders", "nowhere"));

        assertThat(errors(properties)).isEmpty();
        assertThat(sqs.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"aws.secret.access.key", "sqs.queue.urls", "sqs.endpoint"})
    void shouldNotConnectWhileAPlaceholderIsUnresolved(String key) {
        Map<String, String> properties = working();
        properties.put(key, "${secrets:" + key + "}");

        assertThat(errors(properties)).isEmpty();
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void shouldNeverShowTheSecret() {
        sqs.injectInto("GetQueueAttributes", SqsFault.denied());
        assertThat(errors(working()).toString()).doesNotContain(SECRET);
        Map<String, String> properties = working();
        properties.put("sqs.queue.urls", "https://user:" + SECRET + "@host/0/q");
        assertThat(errors(properties).toString()).doesNotContain(SECRET);
    }

    @Test
    void shouldNotStartWithWhatCannotBe() {
        Map<String, String> properties = working();
        properties.remove("topic");
        assertThatThrownBy(() -> connector.start(properties)).isInstanceOf(ConfigException.class);
    }

    private List<List<String>> shares(List<String> queues, int maxTasks) {
        Map<String, String> properties = working();
        properties.put("sqs.queue.urls", String.join(",", queues));
        SqsSourceConnector starting = new SqsSourceConnector();
        starting.start(properties);
        List<Map<String, String>> configs = starting.taskConfigs(maxTasks);
        assertThat(starting.taskConfigs(maxTasks)).isEqualTo(configs);
        return configs.stream().map(task -> ownQueues(task, Map.of())).toList();
    }

    private List<Map<String, String>> stored(String list, Map<String, String> environment) {
        Map<String, String> posted = working();
        posted.put("sqs.queue.urls", list);
        posted.put("aws.secret.access.key", "${env:SECRET}");
        return new HerderModel(posted).storedTaskConfigs(environment, config -> {
            SqsSourceConnector starting = new SqsSourceConnector();
            starting.start(config);
            return starting.taskConfigs(2);
        });
    }

    private static List<String> ownQueues(Map<String, String> stored, Map<String, String> environment) {
        return new SqsSourceConfig(HerderModel.resolved(stored, environment))
                .ownQueues().stream().map(QueueUrl::text).toList();
    }

    private Map<String, String> working() {
        Map<String, String> properties = new HashMap<>();
        properties.put("name", "from-sqs");
        properties.put("connector.class", SqsSourceConnector.class.getName());
        properties.put("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        properties.put("value.converter", "org.apache.kafka.connect.storage.StringConverter");
        properties.put("header.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        properties.put("sqs.queue.urls", orders + "," + clicks);
        properties.put("topic", "in.${queue}");
        properties.put("sqs.region", "eu-central-1");
        properties.put("aws.access.key.id", "AKIA0000000000000000");
        properties.put("aws.secret.access.key", SECRET);
        return properties;
    }

    private Map<String, String> errors(Map<String, String> properties) {
        Config config = connector.validate(RawValues.withoutNulls(properties));
        Map<String, String> errors = new TreeMap<>();
        for (ConfigValue value : config.configValues()) {
            if (!value.errorMessages().isEmpty()) {
                errors.put(value.name(), String.join("; ", value.errorMessages()));
            }
        }
        return errors;
    }
}
