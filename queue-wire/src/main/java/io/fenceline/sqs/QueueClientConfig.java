package io.fenceline.sqs;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where SQS is and how to talk to it. Start from {@link #forEndpoint} and change what differs. Immutable.
 *
 * @param endpoint       scheme, host and port of every call; the hosts of queue URLs are not looked at
 * @param region         goes into the signature; null asks AWS's region chain when a client is made (system property,
 *                       environment, profile, instance metadata)
 * @param credentials    what calls are signed with
 * @param connectTimeout for a connection out of the pool, or TCP and TLS together; at least a millisecond
 * @param requestTimeout for one attempt, from the moment its connection stands to the last byte of its answer; at least a
 *                       millisecond
 * @param maxConnections how many calls may be under way at once; a call beyond waits for a connection within the connect timeout
 */
public record QueueClientConfig(
        URI endpoint,
        @Nullable String region,
        QueueCredentials credentials,
        Duration connectTimeout,
        Duration requestTimeout,
        int maxConnections) {

    /** @throws IllegalArgumentException if the endpoint is not http or https with a host, or a number is out of range */
    public QueueClientConfig {
        String scheme = endpoint.getScheme();
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            throw new IllegalArgumentException("it does not begin with http:// or https://");
        }
        if (endpoint.getHost() == null || endpoint.getRawUserInfo() != null) {
            throw new IllegalArgumentException("it has no host, or more than a host");
        }
        if (connectTimeout.toMillis() < 1 || requestTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("a timeout below a millisecond");
        }
        if (maxConnections < 1) {
            throw new IllegalArgumentException("no connection is allowed");
        }
    }

    /** AWS's region chain, its default chain of credentials, the usual timeouts, eight connections. */
    public static QueueClientConfig forEndpoint(URI endpoint) {
        return new QueueClientConfig(
                endpoint, null, new QueueCredentials.DefaultChain(), Duration.ofSeconds(3), Duration.ofSeconds(10), 8);
    }

    public QueueClientConfig withRegion(@Nullable String name) {
        return new QueueClientConfig(endpoint, name, credentials, connectTimeout, requestTimeout, maxConnections);
    }

    public QueueClientConfig withCredentials(QueueCredentials signer) {
        return new QueueClientConfig(endpoint, region, signer, connectTimeout, requestTimeout, maxConnections);
    }

    public QueueClientConfig withTimeouts(Duration connect, Duration request) {
        return new QueueClientConfig(endpoint, region, credentials, connect, request, maxConnections);
    }

    public QueueClientConfig withMaxConnections(int most) {
        return new QueueClientConfig(endpoint, region, credentials, connectTimeout, requestTimeout, most);
    }
}
