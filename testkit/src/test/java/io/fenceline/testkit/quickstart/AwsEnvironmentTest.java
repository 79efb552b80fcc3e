package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AwsEnvironmentTest {

    private static final URI LOCAL = URI.create("http://localhost:9324");
    private static final URI FRANKFURT = URI.create("https://sqs.eu-central-1.amazonaws.com");
    private static final Map<String, String> KEY =
            Map.of("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY", "the-secret");

    @Test
    void withoutAKeyNothingIsSigned() {
        AwsEnvironment environment = AwsEnvironment.of(Map.of("AWS_ACCESS_KEY_ID", "alone"), LOCAL);

        assertThat(environment.hasCredentials()).isFalse();
        assertThat(environment.connectorKeys()).isEmpty();
        assertThat(environment.curlOptions()).isEmpty();
    }

    @Test
    void theRegionIsTheVariablesElseTheHosts() {
        assertThat(AwsEnvironment.of(Map.of("AWS_REGION", "eu-west-1"), FRANKFURT)
                        .region())
                .contains("eu-west-1");
        assertThat(AwsEnvironment.of(Map.of("AWS_DEFAULT_REGION", "eu-west-2"), FRANKFURT)
                        .region())
                .contains("eu-west-2");
        assertThat(AwsEnvironment.of(Map.of(), FRANKFURT).region()).contains("eu-central-1");
        assertThat(AwsEnvironment.of(Map.of(), LOCAL).region()).isEmpty();
    }

    @Test
    void theConnectorGetsTheSameKeyAsTheCalls() {
        Map<String, String> variables = new HashMap<>(KEY);
        variables.put("AWS_SESSION_TOKEN", "the-token");

        assertThat(AwsEnvironment.of(KEY, FRANKFURT).connectorKeys())
                .isEqualTo(Map.of("aws.access.key.id", "AKIDEXAMPLE", "aws.secret.access.key", "the-secret"));
        assertThat(AwsEnvironment.of(variables, FRANKFURT).connectorKeys())
                .containsEntry("aws.session.token", "the-token");
    }

    @Test
    void whatIsPrintedForCurlHoldsNoSecret() {
        Map<String, String> variables = new HashMap<>(KEY);
        variables.put("AWS_SESSION_TOKEN", "the-token");

        assertThat(AwsEnvironment.of(variables, FRANKFURT).curlOptions())
                .contains("aws:amz:eu-central-1:sqs", "$AWS_SECRET_ACCESS_KEY", "$AWS_SESSION_TOKEN")
                .doesNotContain("the-secret", "the-token");
    }
}
