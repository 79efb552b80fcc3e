package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which key each answer of SQS is blamed on, when a configuration is validated. */
class SqsConnectionCheckTest {

    private static final Keys KEYS = Keys.of(SqsConnectionConfig.KEYS);
    private static final Map<String, String> KEY =
            Map.of("sqs.region", "eu-central-1", "aws.access.key.id", "x", "aws.secret.access.key", "x");
    private static final String QUEUE_KEY = "sqs.queue.url";
    private static final QueueUrl QUEUE = QueueUrl.parse("http://localhost:1/000000000000/orders");

    @ParameterizedTest
    @CsvSource({
        "MISSING, sqs.queue.url, does not exist",
        "REFUSED, sqs.queue.url, refuses to say",
        "DENIED, aws.access.key.id, sqs:GetQueueAttributes",
        "UNREACHABLE, sqs.endpoint, No connection to http://localhost:1",
        "SERVER_ERROR, sqs.endpoint, did not answer as SQS does",
        "NO_ANSWER, sqs.endpoint, did not answer as SQS does",
        "SENSELESS, sqs.endpoint, did not answer as SQS does",
    })
    void blamesTheKeyThatHasToChange(QueueAnswer answer, String key, String message) {
        Map<String, String> found =
                report(answer, Map.of("aws.access.key.id", "AKIA", "aws.secret.access.key", "s3cr3t"));
        assertThat(found).containsOnlyKeys(key);
        assertThat(found.get(key)).contains(message).contains("because").doesNotContain("s3cr3t");
    }

    @ParameterizedTest
    @EnumSource(
            value = QueueAnswer.class,
            names = {"THROTTLED", "OVER_LIMIT"})
    void aQueueThatIsBusyIsThere(QueueAnswer answer) {
        assertThat(report(answer, Map.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "sqs.region=eu-central-1, aws.access.key.id, default chain",
        "aws.access.key.id=AKIA aws.secret.access.key=s, aws.access.key.id, the access key 'AKIA'",
        "aws.profile=prod, aws.profile, profile 'prod'",
        "aws.role.arn=arn:aws:iam::123456789012:role/r aws.profile=prod, aws.role.arn, arn:aws:iam::123456789012:role/r",
        "aws.credentials.provider.class=com.acme.Provider, aws.credentials.provider.class, com.acme.Provider",
    })
    void refusedCredentialsAreBlamedOnTheKeyTheyCameFrom(String given, String key, String message) {
        Map<String, String> map = new HashMap<>();
        for (String entry : given.split(" ")) {
            map.put(entry.substring(0, entry.indexOf('=')), entry.substring(entry.indexOf('=') + 1));
        }
        Map<String, String> found = report(QueueAnswer.DENIED, map);
        assertThat(found).containsOnlyKeys(key);
        assertThat(found.get(key)).contains(message);
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void anEndpointWhereNobodyListensIsSaidOnce() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        for (List<String> topics : List.of(List.of("a", "b"), List.<String>of())) {
            Map<String, String> found = run("http://localhost:" + port, KEY, topics);
            assertThat(found).containsOnlyKeys("sqs.endpoint");
            assertThat(found.get("sqs.endpoint")).contains("No connection to http://localhost:" + port);
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void anEndpointThatAcceptsAndDoesNotAnswerIsSaid() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Map<String, String> found = run("http://localhost:" + silent.getLocalPort());
            assertThat(found).containsOnlyKeys("sqs.endpoint");
            assertThat(found.get("sqs.endpoint")).contains("did not answer");
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void aRegionThatNobodyNamesIsSaidOnItsKey() {
        assumeThat(System.getenv("AWS_REGION")).isNull();
        Map<String, String> withoutAws = Map.of(
                "aws.disableEc2Metadata", "true", "aws.configFile", "/none", "aws.sharedCredentialsFile", "/none");
        withoutAws.forEach(System::setProperty);
        try {
            Map<String, String> found = run("http://localhost:1", Map.of());
            assertThat(found).containsOnlyKeys("sqs.region");
            assertThat(found.get("sqs.region"))
                    .contains("Missing required configuration sqs.region", "for http://localhost:1");
        } finally {
            withoutAws.keySet().forEach(System::clearProperty);
        }
    }

    @ParameterizedTest
    @EnumSource(QueueAnswer.class)
    void onlyARefusalSaysThatMessagesMayNotBeDeleted(QueueAnswer answer) {
        for (HandleOutcome deletion : List.of(
                new HandleOutcome.Failed(answer, "Code", "because"),
                new HandleOutcome.Answered(List.of(new HandleOutcome.Entry.NotDone(answer, "Code", "because"))))) {
            Map<String, String> found = new HashMap<>();
            SqsConnectionCheck.report(
                    deletion,
                    QUEUE,
                    connection(Map.of("aws.profile", "prod", "sqs.region", "eu-central-1")),
                    found::put);
            if (answer == QueueAnswer.DENIED) {
                assertThat(found).containsOnlyKeys("aws.profile");
                assertThat(found.get("aws.profile"))
                        .contains("sqs:DeleteMessage", QUEUE.text(), "profile 'prod'", "because");
            } else {
                assertThat(found).isEmpty();
            }
        }
    }

    @Test
    void aHandleThatNoMessageHasSaysNothing() {
        for (HandleOutcome.Entry entry : List.of(
                new HandleOutcome.Entry.Done(),
                new HandleOutcome.Entry.Lapsed("Code", "because"),
                new HandleOutcome.Entry.Unknown("Code", "because"))) {
            SqsConnectionCheck.report(
                    new HandleOutcome.Answered(List.of(entry)),
                    QUEUE,
                    connection(Map.of("sqs.region", "eu-central-1")),
                    (key, message) -> {
                        throw new AssertionError(key + ": " + message);
                    });
        }
    }

    @Test
    void placeholdersThatNobodyReplacedAreNotAskedWith() {
        assertThat(SqsConnectionCheck.isPossible(Map.of("sqs.region", "eu-central-1")))
                .isTrue();
        assertThat(SqsConnectionCheck.isPossible(Map.of("aws.secret.access.key", "${secrets:key}")))
                .isFalse();
        assertThat(SqsConnectionCheck.isPossible(Map.of("sqs.endpoint", "${env:SQS}")))
                .isFalse();
    }

    private static Map<String, String> run(String endpoint) {
        return run(endpoint, KEY);
    }

    private static Map<String, String> run(String endpoint, Map<String, String> given) {
        return run(endpoint, given, List.of("a", "b"));
    }

    private static Map<String, String> run(String endpoint, Map<String, String> given, List<String> topics) {
        Map<String, String> found = new HashMap<>();
        QueueTemplate queues = QueueTemplate.parse(QUEUE_KEY, endpoint + "/000000000000/${topic}");
        SqsConnectionCheck.run(
                connection(given, queues), queues, topics, (key, message) -> assertThat(found.put(key, message))
                        .as("said twice")
                        .isNull());
        return found;
    }

    private static Map<String, String> report(QueueAnswer answer, Map<String, String> given) {
        Map<String, String> found = new HashMap<>();
        SqsConnectionCheck.report(
                new QueueInspection.Unseen(answer, "Code", "because"), QUEUE, QUEUE_KEY, connection(given), found::put);
        return found;
    }

    private static SqsConnectionConfig connection(Map<String, String> given) {
        return connection(given, QueueTemplate.parse(QUEUE_KEY, QUEUE.text()));
    }

    private static SqsConnectionConfig connection(Map<String, String> given, QueueTemplate queues) {
        return new SqsConnectionConfig(new TypedConfig(KEYS, given, false), queues);
    }
}
