package io.fenceline.connect.config;

import io.fenceline.s2.Compression;
import io.fenceline.s2.S2ClientConfig;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** The {@code s2.*} keys that say where a basin is and how to talk to it, the same in both directions. Immutable. */
public final class S2ConnectionConfig {

    public static final String GROUP = "S2 connection";

    public static final String BASIN = "s2.basin";
    private static final String BASIN_DOC = "Name of the S2 basin.";
    private static final String BASIN_DISPLAY = "Basin";

    public static final String ACCESS_TOKEN = "s2.access.token";
    private static final String ACCESS_TOKEN_DOC =
            "Access token for S2. Required for the S2 cloud; a self-hosted s2-lite "
                    + "takes any value. A sink needs the rights to append, read, check the tail and list streams, and to create streams "
                    + "if s2.stream.auto.create is on; a source those to read, check the tail and list streams. Use a "
                    + "configuration provider rather than the plain value.";
    private static final String ACCESS_TOKEN_DISPLAY = "Access token";

    public static final String ACCOUNT_ENDPOINT = "s2.account.endpoint";
    private static final String ACCOUNT_ENDPOINT_DOC =
            "Endpoint for calls about the account. Only to be set for something "
                    + "else than the S2 cloud; if it is not set, a direct s2.basin.endpoint is used for these calls too.";
    public static final String ACCOUNT_ENDPOINT_DEFAULT = S2ClientConfig.CLOUD_ACCOUNT_ENDPOINT;
    private static final String ACCOUNT_ENDPOINT_DISPLAY = "Account endpoint";

    public static final String BASIN_ENDPOINT = "s2.basin.endpoint";
    private static final String BASIN_ENDPOINT_DOC =
            "Endpoint for calls about streams and records. If it contains {basin}, "
                    + "the basin's name is put in there; otherwise it is a direct endpoint, e.g. http://localhost:8080 for s2-lite, "
                    + "and the name travels in a header. Must have the scheme of s2.account.endpoint.";
    public static final String BASIN_ENDPOINT_DEFAULT = S2ClientConfig.CLOUD_BASIN_ENDPOINT;
    private static final String BASIN_ENDPOINT_DISPLAY = "Basin endpoint";

    public static final String ENCRYPTION_KEY = "s2.encryption.key";
    private static final String ENCRYPTION_KEY_DOC =
            "Key for basins whose streams are encrypted with a key of the client: "
                    + "base64 of 32 bytes. Streams that are not encrypted ignore it.";
    private static final String ENCRYPTION_KEY_DISPLAY = "Encryption key";

    public static final String CONNECT_TIMEOUT_MS = "s2.connect.timeout.ms";
    private static final String CONNECT_TIMEOUT_MS_DOC = "How long a connection to S2 may take, TLS included.";
    public static final long CONNECT_TIMEOUT_MS_DEFAULT = 3000;
    private static final String CONNECT_TIMEOUT_MS_DISPLAY = "Connect timeout (ms)";

    public static final String REQUEST_TIMEOUT_MS = "s2.request.timeout.ms";
    private static final String REQUEST_TIMEOUT_MS_DOC =
            "How long S2 may take to answer a call or to accept a session. An answer that is coming, by 1 KiB in that time, is"
                    + " waited for.";
    public static final long REQUEST_TIMEOUT_MS_DEFAULT = 10_000;
    private static final String REQUEST_TIMEOUT_MS_DISPLAY = "Request timeout (ms)";

    public static final String COMPRESSION = "s2.compression";
    private static final String COMPRESSION_DOC =
            "Compression of the frames of a session: none, or gzip, which saves " + "bandwidth and costs CPU.";
    public static final String COMPRESSION_DEFAULT = "none";
    private static final String COMPRESSION_DISPLAY = "Compression";

    private static final long MAX_TIMEOUT_MS = 600_000;
    /** What is shorter could be part of a host's name by chance. */
    private static final int SHORTEST_TOKEN = 8;

    private final String basin;
    private final @Nullable String accessToken;
    private final String accountEndpoint;
    private final String basinEndpoint;
    private final @Nullable String encryptionKey;
    private final Duration connectTimeout;
    private final Duration requestTimeout;
    private final Compression compression;

    public S2ConnectionConfig(AbstractConfig config) {
        Map<String, ?> given = config.originals();
        this.basin = config.getString(BASIN);
        this.accessToken = secret(config.getPassword(ACCESS_TOKEN));
        this.accountEndpoint = effectiveAccountEndpoint(given);
        this.basinEndpoint = effectiveBasinEndpoint(given);
        this.encryptionKey = secret(config.getPassword(ENCRYPTION_KEY));
        this.connectTimeout = Duration.ofMillis(config.getLong(CONNECT_TIMEOUT_MS));
        this.requestTimeout = Duration.ofMillis(config.getLong(REQUEST_TIMEOUT_MS));
        this.compression = Compression.valueOf(config.getString(COMPRESSION).toUpperCase(Locale.ROOT));
    }

    /** Adds the keys of this group to {@code def}. */
    public static ConfigDef addTo(ConfigDef def) {
        KeyGroup group = new KeyGroup(def, GROUP);
        group.key(BASIN, Type.STRING, ConfigDef.NO_DEFAULT_VALUE, Importance.HIGH, BASIN_DOC)
                .allowed(Validators.basinName())
                .add(BASIN_DISPLAY);
        group.key(ACCESS_TOKEN, Type.PASSWORD, null, Importance.HIGH, ACCESS_TOKEN_DOC)
                .allowed(Validators.headerSafeSecret())
                .width(Width.LONG)
                .add(ACCESS_TOKEN_DISPLAY);
        group.key(ACCOUNT_ENDPOINT, Type.STRING, ACCOUNT_ENDPOINT_DEFAULT, Importance.MEDIUM, ACCOUNT_ENDPOINT_DOC)
                .allowed(Validators.endpoint())
                .width(Width.LONG)
                .add(ACCOUNT_ENDPOINT_DISPLAY);
        group.key(BASIN_ENDPOINT, Type.STRING, BASIN_ENDPOINT_DEFAULT, Importance.MEDIUM, BASIN_ENDPOINT_DOC)
                .allowed(Validators.endpoint())
                .width(Width.LONG)
                .add(BASIN_ENDPOINT_DISPLAY);
        group.key(ENCRYPTION_KEY, Type.PASSWORD, null, Importance.LOW, ENCRYPTION_KEY_DOC)
                .allowed(Validators.encryptionKey())
                .width(Width.LONG)
                .add(ENCRYPTION_KEY_DISPLAY);
        group.key(CONNECT_TIMEOUT_MS, Type.LONG, CONNECT_TIMEOUT_MS_DEFAULT, Importance.LOW, CONNECT_TIMEOUT_MS_DOC)
                .allowed(Validators.between(1, MAX_TIMEOUT_MS))
                .add(CONNECT_TIMEOUT_MS_DISPLAY);
        group.key(REQUEST_TIMEOUT_MS, Type.LONG, REQUEST_TIMEOUT_MS_DEFAULT, Importance.LOW, REQUEST_TIMEOUT_MS_DOC)
                .allowed(Validators.between(1, MAX_TIMEOUT_MS))
                .add(REQUEST_TIMEOUT_MS_DISPLAY);
        group.key(COMPRESSION, Type.STRING, COMPRESSION_DEFAULT, Importance.LOW, COMPRESSION_DOC)
                .allowed(Validators.oneOf(Compression.class))
                .recommended(List.of("none", "gzip"))
                .add(COMPRESSION_DISPLAY);
        return def;
    }

    /** Reports what is wrong across the keys of this group. Values may be missing or invalid: then nothing is said of them. */
    public static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        String account = effectiveAccountEndpoint(given);
        String basin = effectiveBasinEndpoint(given);
        if (EndpointRule.problem(account).isPresent()
                || EndpointRule.problem(basin).isPresent()) {
            return;
        }
        refuseToken(ACCOUNT_ENDPOINT, given, problems);
        refuseToken(BASIN_ENDPOINT, given, problems);
        if (!EndpointRule.scheme(account).equals(EndpointRule.scheme(basin))) {
            String key = given.get(ACCOUNT_ENDPOINT) == null ? ACCOUNT_ENDPOINT : BASIN_ENDPOINT;
            problems.add(
                    key,
                    "Invalid value " + (key.equals(BASIN_ENDPOINT) ? basin : account) + " for configuration " + key
                            + ": "
                            + ACCOUNT_ENDPOINT + " (" + account + ") and " + BASIN_ENDPOINT + " (" + basin
                            + ") must have the same scheme");
        }
        if (EndpointRule.isCloud(basin) && isBlank(given.get(ACCESS_TOKEN))) {
            problems.add(
                    ACCESS_TOKEN,
                    "Missing required configuration " + ACCESS_TOKEN + ": the S2 cloud (" + basin
                            + ") needs an access token; for a server of your own set " + BASIN_ENDPOINT);
        }
    }

    /** A token that was pasted into an endpoint as well would travel into every message about it. */
    private static void refuseToken(String key, Map<String, String> given, ConfigProblems problems) {
        String endpoint = given.get(key);
        String token = given.get(ACCESS_TOKEN);
        if (endpoint != null
                && token != null
                && token.strip().length() >= SHORTEST_TOKEN
                && endpoint.contains(token.strip())
                && !Validators.isUnresolved(token)) {
            problems.add(
                    key,
                    "Invalid value [hidden] for configuration " + key + ": it contains the value of " + ACCESS_TOKEN
                            + "; allowed: " + EndpointRule.ALLOWED);
        }
    }

    /** What works and is seldom meant, for a warning at start; empty if there is nothing. */
    public static Optional<String> advice(Map<String, String> given) {
        String endpoint = effectiveBasinEndpoint(given);
        boolean secret = !isBlank(given.get(ACCESS_TOKEN)) || !isBlank(given.get(ENCRYPTION_KEY));
        return secret && EndpointRule.isPlainAndPublic(endpoint)
                ? Optional.of(BASIN_ENDPOINT + "=" + EndpointRule.printable(endpoint)
                        + " is not encrypted and its host does not look like one of a private network: "
                        + "s2.access.token, s2.encryption.key and all records can be read on the way; use https://")
                : Optional.empty();
    }

    private static String effectiveAccountEndpoint(Map<String, ?> given) {
        Object account = given.get(ACCOUNT_ENDPOINT);
        if (account != null) {
            return account.toString();
        }
        Object basin = given.get(BASIN_ENDPOINT);
        return basin != null && EndpointRule.isDirect(basin.toString()) && !EndpointRule.isCloud(basin.toString())
                ? basin.toString()
                : ACCOUNT_ENDPOINT_DEFAULT;
    }

    private static String effectiveBasinEndpoint(Map<String, ?> given) {
        Object basin = given.get(BASIN_ENDPOINT);
        if (basin != null) {
            return basin.toString();
        }
        Object account = given.get(ACCOUNT_ENDPOINT);
        return account != null && !EndpointRule.isCloud(account.toString())
                ? account.toString()
                : BASIN_ENDPOINT_DEFAULT;
    }

    private static boolean isBlank(@Nullable String value) {
        return value == null || value.isBlank();
    }

    private static @Nullable String secret(@Nullable Password password) {
        return password == null ? null : password.value();
    }

    public String basin() {
        return basin;
    }

    public String basinEndpoint() {
        return basinEndpoint;
    }

    public Duration connectTimeout() {
        return connectTimeout;
    }

    public Duration requestTimeout() {
        return requestTimeout;
    }

    public Compression compression() {
        return compression;
    }

    public S2ClientConfig clientConfig() {
        return S2ClientConfig.forBasin(basin)
                .withAccessToken(accessToken)
                .withEndpoints(accountEndpoint, basinEndpoint)
                .withEncryptionKey(encryptionKey)
                .withTimeouts(connectTimeout, requestTimeout)
                .withCompression(compression);
    }

    /** Where and which basin; no secrets. */
    @Override
    public String toString() {
        return "basin '" + basin + "' at " + basinEndpoint;
    }
}
