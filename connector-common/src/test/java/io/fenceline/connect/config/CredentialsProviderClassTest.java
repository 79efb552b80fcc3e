package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.sqs.QueueCredentials;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/** {@code aws.credentials.provider.class}. */
class CredentialsProviderClassTest {

    private static final Key<?> KEY = SqsConnectionConfig.CREDENTIALS_PROVIDER;

    @Test
    void aProviderThatAsksForItGetsTheConnectorsConfiguration() {
        Map<String, String> given = Map.of(
                "aws.credentials.provider.class", Configured.class.getName(),
                "sqs.region", "eu-central-1",
                "acme.vault", "https://vault");
        SqsConnectionConfig config = new SqsConnectionConfig(
                new TypedConfig(Keys.of(SqsConnectionConfig.KEYS), given, false),
                QueueTemplate.parse("sqs.queue.url", "http://localhost:9324/000000000000/orders"));

        QueueCredentials first = config.clientConfig().credentials();
        QueueCredentials second = config.clientConfig().credentials();

        Configured provider = (Configured) ((QueueCredentials.ProvidedBy) first).provider();
        assertThat(provider.told.get("acme.vault")).isEqualTo("https://vault");
        assertThat(provider.resolveCredentials().accessKeyId()).isEqualTo("https://vault");
        assertThat(second).as("a client closes the provider it has").isNotEqualTo(first);
    }

    @Test
    void aProviderOfAwssOwnIsMadeByItsFactory() {
        assertThat(create(AnonymousCredentialsProvider.class.getName()).provider())
                .isInstanceOf(AnonymousCredentialsProvider.class);
    }

    @Test
    void aProviderThatRefusesTheConfigurationIsNamedWithoutItsWords() {
        assertThatThrownBy(() -> create(Refusing.class.getName()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("aws.credentials.provider.class")
                .hasMessageContaining(Refusing.class.getName())
                .hasMessageContaining("IllegalStateException")
                .hasMessageNotContaining("s3cr3t");
        assertThat(Refusing.closed).as("closed").isTrue();
    }

    @Test
    void aClassThatCannotBeMadeIsRefused() {
        assertThatThrownBy(() -> create("com.acme.NoSuchProvider"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("aws.credentials.provider.class")
                .hasMessageContaining("com.acme.NoSuchProvider")
                .hasMessageContaining("allowed: an AwsCredentialsProvider in the connector's plugin folder");
        assertThatThrownBy(() -> create(NeedsAnArgument.class.getName()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("constructor without arguments");
        assertThatThrownBy(() -> create(HashMap.class.getName()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("is not an " + AwsCredentialsProvider.class.getName());
    }

    @Test
    void whatIsTriedOutAtValidationIsClosed() {
        Map<String, String> found = new HashMap<>();
        Closed.count = 0;
        CredentialsProviderClass.check(KEY, Closed.class.getName(), Map.of(), found::put);
        assertThat(found).isEmpty();
        assertThat(Closed.count).isEqualTo(1);
    }

    private static QueueCredentials.ProvidedBy create(String className) {
        return CredentialsProviderClass.create(KEY, className, Map.of("password", "s3cr3t"));
    }

    /** As a user would write it. */
    public static final class Configured implements AwsCredentialsProvider, Configurable {

        private Map<String, ?> told = Map.of();

        @Override
        public void configure(Map<String, ?> configs) {
            told = configs;
        }

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create(String.valueOf(told.get("acme.vault")), "secret");
        }
    }

    /** Quotes a secret when it refuses. */
    public static final class Refusing implements AwsCredentialsProvider, Configurable, AutoCloseable {

        private static volatile boolean closed;

        @Override
        public void configure(Map<String, ?> configs) {
            throw new IllegalStateException("not " + configs.get("password"));
        }

        @Override
        public AwsCredentials resolveCredentials() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Counts how often one was closed. */
    public static final class Closed implements AwsCredentialsProvider, AutoCloseable {

        private static int count;

        @Override
        public AwsCredentials resolveCredentials() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            count++;
        }
    }

    /** Cannot be made by its class alone. */
    public static final class NeedsAnArgument implements AwsCredentialsProvider {

        @SuppressWarnings("unused") // what it needs is beside the point
        public NeedsAnArgument(String argument) {}

        @Override
        public AwsCredentials resolveCredentials() {
            throw new UnsupportedOperationException();
        }
    }
}
