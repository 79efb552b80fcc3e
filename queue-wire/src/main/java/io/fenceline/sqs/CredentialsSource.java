package io.fenceline.sqs;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;

/**
 * The credentials of a client: made from {@link QueueCredentials}, renewed by AWS's providers before they expire, and made anew
 * when SQS refused them ({@link #renew}), because no provider can be told to forget. Thread-safe; closes what it opened, and the
 * provider it was handed.
 */
final class CredentialsSource implements AwsCredentialsProvider, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CredentialsSource.class);

    private final QueueCredentials credentials;
    private final Region region;
    private final Duration connectTimeout;
    private final Duration requestTimeout;
    private final Supplier<@Nullable CallAttempt> attempts;
    /** Written under the lock. */
    private volatile Supply current;

    private boolean closed;

    /** @param attempts the calling thread's attempt, which is told where its credentials come from; null outside of one */
    CredentialsSource(QueueClientConfig config, Region region, Supplier<@Nullable CallAttempt> attempts) {
        this.credentials = config.credentials();
        this.region = region;
        this.connectTimeout = config.connectTimeout();
        this.requestTimeout = config.requestTimeout();
        this.attempts = attempts;
        this.current = open(credentials);
    }

    /** A provider and what was opened for it. */
    private static final class Supply {

        final AwsCredentialsProvider provider;
        private final AutoCloseable[] opened;

        /** @param opened closed in this order */
        Supply(AwsCredentialsProvider provider, AutoCloseable... opened) {
            this.provider = provider;
            this.opened = opened;
        }

        void close() {
            for (AutoCloseable resource : opened) {
                closeQuietly(resource);
            }
        }
    }

    @Override
    public AwsCredentials resolveCredentials() {
        CallAttempt attempt = attempts.get();
        while (true) {
            Supply supply = current;
            try {
                AwsCredentials resolved = supply.provider.resolveCredentials();
                if (resolved == null) {
                    throw SdkClientException.create(supply.provider.getClass().getName() + " gave no credentials");
                }
                if (supply != current) {
                    // refused meanwhile
                    continue;
                }
                if (attempt != null) {
                    attempt.signedBy(supply);
                }
                return resolved;
            } catch (RuntimeException e) {
                if (supply != current) {
                    // closed by a renewal while we asked it: no failure of ours
                    continue;
                }
                if (attempt != null) {
                    attempt.withoutCredentials(e);
                }
                throw e;
            }
        }
    }

    /**
     * Forgets what {@code refused} gave, so that the next call fetches credentials. Only the first of many calls that were refused
     * with the same credentials does something: what came after them is not theirs to forget.
     *
     * @param refused what an attempt was {@link CallAttempt#signedBy signed by}; null changes nothing
     */
    synchronized void renew(@Nullable Object refused) {
        Supply old = current;
        if (old != refused || closed || !canRenew()) {
            return;
        }
        current = open(credentials);
        old.close();
    }

    /** A key is what it is, and what a provider of somebody else's holds is not ours to forget. */
    private boolean canRenew() {
        return !(credentials instanceof QueueCredentials.AccessKey)
                && !(credentials instanceof QueueCredentials.ProvidedBy);
    }

    private Supply open(QueueCredentials wanted) {
        if (wanted instanceof QueueCredentials.AccessKey key) {
            return new Supply(StaticCredentialsProvider.create(
                    key.sessionToken() == null
                            ? AwsBasicCredentials.create(key.id(), key.secret())
                            : AwsSessionCredentials.create(key.id(), key.secret(), key.sessionToken())));
        }
        if (wanted instanceof QueueCredentials.NamedProfile profile) {
            ProfileCredentialsProvider provider = ProfileCredentialsProvider.create(profile.name());
            return new Supply(provider, provider);
        }
        if (wanted instanceof QueueCredentials.DefaultChain) {
            // not create(): that one is shared by everybody in the process
            DefaultCredentialsProvider provider =
                    DefaultCredentialsProvider.builder().build();
            return new Supply(provider, provider);
        }
        if (wanted instanceof QueueCredentials.ProvidedBy given) {
            // outlives what is renewed above it: closed with the source
            return new Supply((AwsCredentialsProvider) given.provider());
        }
        if (wanted instanceof QueueCredentials.AssumedRole role) {
            return assume(role);
        }
        throw new AssertionError(wanted);
    }

    private Supply assume(QueueCredentials.AssumedRole role) {
        Supply base = open(role.base());
        SdkHttpClient http = Apache5HttpClient.builder()
                .connectionTimeout(connectTimeout)
                .connectionAcquisitionTimeout(connectTimeout)
                .socketTimeout(requestTimeout)
                .build();
        StsClient sts = StsClient.builder()
                .region(region)
                // not the provider itself, which the client would close with itself
                .credentialsProvider(base.provider::resolveCredentials)
                .httpClient(http)
                // to take a role on has no effect that repeats could spoil
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.standardRetryStrategy())
                        .apiCallTimeout(connectTimeout.plus(requestTimeout)))
                .build();
        StsAssumeRoleCredentialsProvider provider = StsAssumeRoleCredentialsProvider.builder()
                .stsClient(sts)
                .refreshRequest(r -> r.roleArn(role.arn())
                        .roleSessionName(role.sessionName())
                        .externalId(role.externalId()))
                .build();
        return new Supply(provider, provider, sts, http, base::close);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        current.close();
        QueueCredentials base = credentials instanceof QueueCredentials.AssumedRole role ? role.base() : credentials;
        if (base instanceof QueueCredentials.ProvidedBy given && given.provider() instanceof AutoCloseable closeable) {
            closeQuietly(closeable);
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            log.debug("Closing {} failed", resource, e);
        }
    }
}
