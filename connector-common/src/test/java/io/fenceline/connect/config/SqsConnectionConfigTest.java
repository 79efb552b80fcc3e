package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.sqs.QueueClientConfig;
import io.fenceline.sqs.QueueCredentials;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqsConnectionConfigTest {

    private static final Keys KEYS = Keys.of(SqsConnectionConfig.KEYS);
    private static final QueueTemplate IN_FRANKFURT =
            template("https://sqs.eu-central-1.amazonaws.com/123456789012/orders");
    private static final QueueTemplate LOCAL = template("http://localhost:9324/000000000000/orders");

    @Test
    void withNothingButAQueueEverythingIsAws() {
        QueueClientConfig client = config(Map.of(), IN_FRANKFURT).clientConfig();
        assertThat(client.endpoint()).isEqualTo(URI.create("https://sqs.eu-central-1.amazonaws.com"));
        assertThat(client.region()).isEqualTo("eu-central-1");
        assertThat(client.credentials()).isEqualTo(new QueueCredentials.DefaultChain());
        assertThat(client.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(client.requestTimeout()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void whatIsSetIsUsed() {
        QueueClientConfig client = config(
                        Map.of(
                                "sqs.region", "us-west-2",
                                "sqs.endpoint", "https://vpce-1.sqs.us-west-2.vpce.amazonaws.com",
                                "aws.access.key.id", "AKIAEXAMPLE",
                                "aws.secret.access.key", "secret",
                                "aws.session.token", "token",
                                "aws.role.arn", "arn:aws:iam::123456789012:role/path/sender",
                                "aws.role.external.id", "partner/7",
                                "aws.role.session.name", "kafka@acme",
                                "sqs.connect.timeout.ms", "1",
                                "sqs.request.timeout.ms", "60000"),
                        IN_FRANKFURT)
                .clientConfig();
        assertThat(client.endpoint()).isEqualTo(URI.create("https://vpce-1.sqs.us-west-2.vpce.amazonaws.com"));
        assertThat(client.region()).isEqualTo("us-west-2");
        assertThat(client.credentials())
                .isEqualTo(new QueueCredentials.AssumedRole(
                        "arn:aws:iam::123456789012:role/path/sender",
                        "kafka@acme",
                        "partner/7",
                        new QueueCredentials.AccessKey("AKIAEXAMPLE", "secret", "token")));
        assertThat(client.connectTimeout()).isEqualTo(Duration.ofMillis(1));
        assertThat(client.requestTimeout()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void aProfileCanTakeARoleOn() {
        assertThat(config(
                                Map.of("aws.profile", "prod", "aws.role.arn", "arn:aws-cn:iam::123456789012:role/r"),
                                IN_FRANKFURT)
                        .clientConfig()
                        .credentials())
                .isEqualTo(new QueueCredentials.AssumedRole(
                        "arn:aws-cn:iam::123456789012:role/r",
                        "fenceline",
                        null,
                        new QueueCredentials.NamedProfile("prod")));
    }

    @Test
    void aRegionThatNobodyNamesIsAskedOfAwsAndElseAConfigError() {
        System.setProperty("aws.region", "ap-south-1");
        try {
            assertThat(config(Map.of(), LOCAL).clientConfig().region()).isEqualTo("ap-south-1");
            assertThat(config(Map.of(), IN_FRANKFURT).clientConfig().region()).isEqualTo("eu-central-1");
        } finally {
            System.clearProperty("aws.region");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aws.access.key.id=AKIA | aws.secret.access.key | aws.access.key.id is set",
                "aws.secret.access.key=s3cr3t | aws.access.key.id | aws.secret.access.key is set",
                "aws.session.token=t0k3n | aws.access.key.id | aws.session.token is set",
                "aws.role.external.id=partner | aws.role.arn | aws.role.external.id is set",
                "aws.role.session.name=kafka | aws.role.arn | aws.role.session.name is set",
                "aws.profile=p aws.access.key.id=AKIA aws.secret.access.key=s3cr3t | aws.profile | aws.access.key.id is set as well",
                "aws.credentials.provider.class=${x} aws.profile=p | aws.credentials.provider.class | aws.profile is set as well",
                "aws.credentials.provider.class=${x} aws.access.key.id=AKIA aws.secret.access.key=s3cr3t"
                        + " | aws.credentials.provider.class | aws.access.key.id is set as well",
                "aws.credentials.provider.class=no.such.Provider | aws.credentials.provider.class | cannot be loaded",
                "aws.credentials.provider.class=java.lang.String | aws.credentials.provider.class | is not an"
                        + " software.amazon.awssdk.auth.credentials.AwsCredentialsProvider",
            })
    void keysThatContradictEachOtherAreRefusedByName(String given, String key, String message) {
        Map<String, List<String>> found = across(given);
        assertThat(found).containsOnlyKeys(key);
        assertThat(found.get(key))
                .anySatisfy(text -> assertThat(text).contains(key).contains(message));
        assertThat(found.toString()).doesNotContain("s3cr3t").doesNotContain("t0k3n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sqs.region=eu-central-1",
                "aws.profile=p",
                "aws.access.key.id=AKIA aws.secret.access.key=s",
                "aws.access.key.id=AKIA aws.secret.access.key=s aws.session.token=t aws.role.arn=arn:aws:iam::123456789012:role/r"
                        + " aws.role.external.id=xx aws.role.session.name=yy",
            })
    void keysThatGoTogetherAreTaken(String given) {
        assertThat(across(given)).isEmpty();
        config(map(given), LOCAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sqs.region=Frankfurt",
                "sqs.region=eu central 1",
                "sqs.endpoint=localhost:9324",
                "sqs.endpoint=ftp://localhost",
                "sqs.endpoint=http://localhost:9324/000000000000/orders",
                "sqs.endpoint=http://localhost:99999",
                "sqs.endpoint=http://localhost?x=y",
                "sqs.endpoint=http://{basin}.example.com",
                "sqs.connect.timeout.ms=0",
                "sqs.connect.timeout.ms=60001",
                "sqs.request.timeout.ms=0",
                "sqs.request.timeout.ms=60001",
                "aws.access.key.id=",
                "aws.access.key.id=with blank",
                "aws.secret.access.key=",
                "aws.session.token=with blank",
                "aws.role.arn=arn:aws:iam::123456789012:user/u",
                "aws.role.arn=sender",
                "aws.role.external.id=x",
                "aws.role.session.name=with blank",
            })
    void aValueThatCannotBeIsRefusedWithKeyAndAllowedForm(String given) {
        String key = given.substring(0, given.indexOf('='));
        String value = given.substring(given.indexOf('=') + 1);
        List<String> messages = KEYS.def().validate(Map.of(key, value)).stream()
                .filter(result -> result.name().equals(key))
                .map(ConfigValue::errorMessages)
                .flatMap(List::stream)
                .toList();
        assertThat(messages).isNotEmpty().allSatisfy(message -> assertThat(message)
                .contains(key, "allowed: "));
        assertThatThrownBy(() -> config(Map.of(key, value), LOCAL))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key);
    }

    @Test
    void placeholdersOfAConfigurationProviderPassUntilTheyAreReplaced() {
        Map<String, String> given = new HashMap<>();
        for (String key : List.of(
                "sqs.region",
                "sqs.endpoint",
                "aws.access.key.id",
                "aws.role.arn",
                "aws.role.external.id",
                "aws.profile")) {
            given.put(key, "${secrets:" + key + "}");
        }
        assertThat(KEYS.def().validate(given).stream().flatMap(value -> value.errorMessages().stream()))
                .isEmpty();
    }

    @Test
    void credentialsPastedIntoAnEndpointAreNotShown() {
        Map<String, String> given = Map.of("sqs.endpoint", "https://user:S3cret-of-somebody@host");
        assertThat(KEYS.def().validate(given).stream().flatMap(value -> value.errorMessages().stream()))
                .singleElement()
                .asString()
                .contains("sqs.endpoint", "[hidden]")
                .doesNotContain("S3cret");
    }

    @Test
    void anEndpointThatOthersCanListenToIsWarnedAbout() {
        for (String fine :
                List.of("https://sqs.eu-central-1.amazonaws.com/1/${topic}", "http://localhost:9324/0/q", "", "q")) {
            assertThat(SqsConnectionConfig.advice(Map.of("sqs.queue.url", fine)))
                    .isEmpty();
        }
        assertThat(SqsConnectionConfig.advice(Map.of("sqs.queue.url", "http://sqs.example.com/0/${topic}")))
                .hasValueSatisfying(advice -> assertThat(advice).contains("http://sqs.example.com is not", "https://"));
        assertThat(SqsConnectionConfig.advice(
                        Map.of("sqs.queue.url", "http://sqs.example.com/0/q", "sqs.endpoint", "http://10.0.0.1")))
                .isEmpty();
        assertThat(SqsConnectionConfig.advice(Map.of(
                        "sqs.queue.url", "https://sqs.example.com/0/q", "sqs.endpoint", "http://sqs.example.com")))
                .isPresent();
    }

    @Test
    void aRegionThatIsNotTheHostsIsRefusedUnlessRequestsGoElsewhere() {
        Map<String, String> given = new HashMap<>(Map.of("sqs.region", "us-west-2"));
        Map<String, String> found = new HashMap<>();
        SqsConnectionConfig.checkAcross(given, IN_FRANKFURT, found::put);
        assertThat(found).containsOnlyKeys("sqs.region");
        assertThat(found.get("sqs.region")).contains("us-west-2", "eu-central-1", "sqs.queue.url", "allowed: ");
        found.clear();
        SqsConnectionConfig.checkAcross(given, LOCAL, found::put);
        given.put("sqs.endpoint", "https://vpce-1.sqs.us-west-2.vpce.amazonaws.com");
        SqsConnectionConfig.checkAcross(given, IN_FRANKFURT, found::put);
        SqsConnectionConfig.checkAcross(Map.of("sqs.region", "eu-central-1"), IN_FRANKFURT, found::put);
        SqsConnectionConfig.checkAcross(Map.of("sqs.region", "${env:REGION}"), IN_FRANKFURT, found::put);
        assertThat(found).isEmpty();
    }

    private static Map<String, List<String>> across(String given) {
        Map<String, List<String>> found = new HashMap<>();
        SqsConnectionConfig.checkAcross(
                map(given), LOCAL, (key, message) -> found.computeIfAbsent(key, k -> new ArrayList<>())
                        .add(message));
        return found;
    }

    private static Map<String, String> map(String given) {
        Map<String, String> map = new HashMap<>();
        for (String entry : given.split(" ")) {
            map.put(entry.substring(0, entry.indexOf('=')), entry.substring(entry.indexOf('=') + 1));
        }
        return map;
    }

    private static SqsConnectionConfig config(Map<String, String> given, QueueTemplate queues) {
        return new SqsConnectionConfig(new TypedConfig(KEYS, given, false), queues);
    }

    private static QueueTemplate template(String url) {
        return QueueTemplate.parse("sqs.queue.url", url);
    }
}
