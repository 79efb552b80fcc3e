package io.fenceline.s2;

import io.fenceline.s2.http.HttpProxy;
import io.fenceline.s2.http.TrustStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a basin is and how to talk to it. Start from {@link #forBasin} and change what differs.
 *
 * @param basin           name of the basin
 * @param accessToken     bearer token; null sends none
 * @param accountEndpoint e.g. {@code https://a.s2.dev}
 * @param basinEndpoint   e.g. {@code https://{basin}.b.s2.dev}. With the literal {@code {basin}} the name is put in
 *                        there; without, the endpoint is direct and the name travels in a header
 * @param encryptionKey   base64 of 32 bytes, for encrypted streams; null sends none
 * @param connectTimeout  for TCP and TLS together
 * @param requestTimeout  for a unary call, from its start
 * @param compression     of S2S frames
 * @param proxy           through which connections go; null: straight
 * @param trustStore      whom TLS trusts; null: whom the JVM trusts
 */
public record S2ClientConfig(
        String basin,
        @Nullable String accessToken,
        String accountEndpoint,
        String basinEndpoint,
        @Nullable String encryptionKey,
        Duration connectTimeout,
        Duration requestTimeout,
        Compression compression,
        @Nullable HttpProxy proxy,
        @Nullable TrustStore trustStore) {

    public static final String CLOUD_ACCOUNT_ENDPOINT = "https://a.s2.dev";
    public static final String CLOUD_BASIN_ENDPOINT = "https://{basin}.b.s2.dev";

    /**
     * @throws IllegalArgumentException if an endpoint is not one, the message quotes it without what may be a secret; or if a value cannot travel in
     *     a header, the message does not quote that
     */
    public S2ClientConfig {
        requireHeaderText("basin name", basin);
        requireHeaderText("access token", accessToken);
        requireHeaderText("encryption key", encryptionKey);
        Endpoint account = Endpoint.parse(accountEndpoint, basin);
        Endpoint streams = Endpoint.parse(basinEndpoint, basin);
        if (!account.scheme().equals(streams.scheme())) {
            throw new IllegalArgumentException("account endpoint " + accountEndpoint + " and basin endpoint "
                    + basinEndpoint + " must have the same scheme");
        }
    }

    /** The cloud's endpoints, no credentials, the usual timeouts. */
    public static S2ClientConfig forBasin(String basin) {
        return new S2ClientConfig(
                basin,
                null,
                CLOUD_ACCOUNT_ENDPOINT,
                CLOUD_BASIN_ENDPOINT,
                null,
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                Compression.NONE,
                null,
                null);
    }

    public S2ClientConfig withAccessToken(@Nullable String token) {
        return new S2ClientConfig(
                basin,
                token,
                accountEndpoint,
                basinEndpoint,
                encryptionKey,
                connectTimeout,
                requestTimeout,
                compression,
                proxy,
                trustStore);
    }

    public S2ClientConfig withEndpoints(String account, String streams) {
        return new S2ClientConfig(
                basin,
                accessToken,
                account,
                streams,
                encryptionKey,
                connectTimeout,
                requestTimeout,
                compression,
                proxy,
                trustStore);
    }

    /** One endpoint for everything, as s2-lite has it. */
    public S2ClientConfig withEndpoint(String endpoint) {
        return withEndpoints(endpoint, endpoint);
    }

    public S2ClientConfig withEncryptionKey(@Nullable String key) {
        return new S2ClientConfig(
                basin,
                accessToken,
                accountEndpoint,
                basinEndpoint,
                key,
                connectTimeout,
                requestTimeout,
                compression,
                proxy,
                trustStore);
    }

    public S2ClientConfig withTimeouts(Duration connect, Duration request) {
        return new S2ClientConfig(
                basin,
                accessToken,
                accountEndpoint,
                basinEndpoint,
                encryptionKey,
                connect,
                request,
                compression,
                proxy,
                trustStore);
    }

    public S2ClientConfig withCompression(Compression frames) {
        return new S2ClientConfig(
                basin,
                accessToken,
                accountEndpoint,
                basinEndpoint,
                encryptionKey,
                connectTimeout,
                requestTimeout,
                frames,
                proxy,
                trustStore);
    }

    public S2ClientConfig withProxy(@Nullable HttpProxy through) {
        return new S2ClientConfig(
                basin,
                accessToken,
                accountEndpoint,
                basinEndpoint,
                encryptionKey,
                connectTimeout,
                requestTimeout,
                compression,
                through,
                trustStore);
    }

    public S2ClientConfig withTrustStore(@Nullable TrustStore trusted) {
        return new S2ClientConfig(
                basin,
                accessToken,
                accountEndpoint,
                basinEndpoint,
                encryptionKey,
                connectTimeout,
                requestTimeout,
                compression,
                proxy,
                trusted);
    }

    @Override
    public String toString() {
        return "S2ClientConfig[basin=" + basin + ", accessToken=" + redacted(accessToken) + ", accountEndpoint="
                + accountEndpoint + ", basinEndpoint=" + basinEndpoint + ", encryptionKey=" + redacted(encryptionKey)
                + ", connectTimeout=" + connectTimeout + ", requestTimeout=" + requestTimeout + ", compression="
                + compression + ", proxy=" + proxy + ", trustStore=" + trustStore + "]";
    }

    /** A pasted line end would otherwise break the request's header, or smuggle in another. */
    private static void requireHeaderText(String what, @Nullable String value) {
        if (value != null && !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(what + " contains a space, a line end or a character that is not ASCII");
        }
    }

    private static String redacted(@Nullable String secret) {
        return secret == null ? "none" : "[hidden]";
    }
}
