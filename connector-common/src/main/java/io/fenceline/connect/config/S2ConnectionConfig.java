package io.fenceline.connect.config;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.s2.AccessTokenFile;
import io.fenceline.s2.AccessTokens;
import io.fenceline.s2.Compression;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.HttpProxy;
import io.fenceline.s2.http.TrustStore;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** The {@code s2.*} keys that say where a basin is and how to talk to it, the same in both directions. Immutable. */
public final class S2ConnectionConfig {

    public static final KeyGroup KEYS = new KeyGroup("S2 connection");

    private static final long MAX_TIMEOUT_MS = 600_000;

    public static final Key<String> BASIN = KEYS.text("s2.basin")
            .allowed(Validators.basinName())
            .required()
            .importance(Importance.HIGH)
            .display("Basin")
            .doc("Name of the S2 basin.");

    public static final Key<Optional<Password>> ACCESS_TOKEN = KEYS.secret("s2.access.token")
            .allowed(Validators.headerSafeSecret())
            .optional()
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Access token")
            .doc("Access token for S2. Required for the S2 cloud; a self-hosted s2-lite "
                    + "takes any value. A sink needs the rights to append, read, check the tail and list streams, and to create streams "
                    + "if s2.stream.auto.create is on; a source those to read, check the tail and list streams. Use a "
                    + "configuration provider rather than the plain value, or s2.access.token.file, which can be replaced while "
                    + "the connector runs.");

    public static final Key<Optional<String>> ACCESS_TOKEN_FILE = KEYS.text("s2.access.token.file")
            .allowed(Validators.notBlank())
            .optional()
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Access token file")
            .doc(
                    "Path of a file, on every worker, whose content without blanks around it is the access token, in place of "
                            + "s2.access.token. It is read again every second and when S2 refuses the token, so a token is changed "
                            + "without a restart: put the new one there, then revoke the old one. A file that becomes unreadable or "
                            + "empty is warned about, and the last good token stays in use.");

    public static final Key<String> ACCOUNT_ENDPOINT = KEYS.text("s2.account.endpoint")
            .allowed(Validators.endpoint())
            .defaultsTo(S2ClientConfig.CLOUD_ACCOUNT_ENDPOINT)
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Account endpoint")
            .doc(
                    "Endpoint for calls about the account. Only to be set for something "
                            + "else than the S2 cloud; if it is not set, a direct s2.basin.endpoint is used for these calls too.");

    public static final Key<String> BASIN_ENDPOINT = KEYS.text("s2.basin.endpoint")
            .allowed(Validators.endpoint())
            .defaultsTo(S2ClientConfig.CLOUD_BASIN_ENDPOINT)
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Basin endpoint")
            .doc("Endpoint for calls about streams and records. If it contains {basin}, "
                    + "the basin's name is put in there; otherwise it is a direct endpoint, e.g. http://localhost:8080 for s2-lite, "
                    + "and the name travels in a header. Must have the scheme of s2.account.endpoint.");

    public static final Key<Optional<Password>> ENCRYPTION_KEY = KEYS.secret("s2.encryption.key")
            .allowed(Validators.encryptionKey())
            .optional()
            .importance(Importance.LOW)
            .width(Width.LONG)
            .display("Encryption key")
            .doc("Key for basins whose streams are encrypted with a key of the client: "
                    + "base64 of 32 bytes. Streams that are not encrypted ignore it.");

    public static final Key<Duration> CONNECT_TIMEOUT = KEYS.millis("s2.connect.timeout.ms")
            .between(1, MAX_TIMEOUT_MS)
            .defaultsTo(Duration.ofSeconds(3))
            .importance(Importance.LOW)
            .display("Connect timeout (ms)")
            .doc("How long a connection to S2 may take, TLS included.");

    public static final Key<Duration> REQUEST_TIMEOUT = KEYS.millis("s2.request.timeout.ms")
            .between(1, MAX_TIMEOUT_MS)
            .defaultsTo(Duration.ofSeconds(10))
            .importance(Importance.LOW)
            .display("Request timeout (ms)")
            .doc(
                    "How long S2 may take to answer a call or to accept a session. An answer that is coming, by 1 KiB in that "
                            + "time, is waited for.");

    public static final Key<Compression> COMPRESSION = KEYS.oneOf("s2.compression", Compression.class)
            .defaultsTo(Compression.NONE)
            .importance(Importance.LOW)
            .display("Compression")
            .doc("Compression of the frames of a session: none, or gzip, which saves bandwidth and costs CPU.");

    public static final Key<Optional<String>> PROXY_URL = KEYS.text("s2.proxy.url")
            .allowed(Validators.proxyUrl())
            .optional("no proxy")
            .importance(Importance.LOW)
            .width(Width.LONG)
            .display("Proxy")
            .doc(
                    "HTTP proxy through which all connections to S2 go, by CONNECT, e.g. http://proxy.internal:3128. It has to "
                            + "allow tunnels to the endpoint's host and port, and connections that last for hours. Proxies of the JVM's "
                            + "or the worker's environment are not used.");

    public static final Key<Optional<String>> PROXY_USER = KEYS.text("s2.proxy.user")
            .allowed(Validators.matching("[^:\\p{Cntrl}]+", "not empty, without a colon"))
            .optional()
            .importance(Importance.LOW)
            .dependsOn(PROXY_URL)
            .display("Proxy user")
            .doc("User at the proxy, for basic authentication. Needs s2.proxy.password.");

    public static final Key<Optional<Password>> PROXY_PASSWORD = KEYS.secret("s2.proxy.password")
            .optional()
            .importance(Importance.LOW)
            .dependsOn(PROXY_URL)
            .display("Proxy password")
            .doc("Password of s2.proxy.user.");

    public static final Key<Optional<String>> TRUSTSTORE_LOCATION = KEYS.text("s2.ssl.truststore.location")
            .allowed(Validators.notBlank())
            .optional("the JVM's")
            .importance(Importance.LOW)
            .width(Width.LONG)
            .display("Trust store")
            .doc("File, on every worker, with the certificates of the authorities that are trusted to have signed the "
                    + "endpoint's, in place of the JVM's. Read when a task starts.");

    public static final Key<Optional<Password>> TRUSTSTORE_PASSWORD = KEYS.secret("s2.ssl.truststore.password")
            .optional()
            .importance(Importance.LOW)
            .dependsOn(TRUSTSTORE_LOCATION)
            .display("Trust store password")
            .doc(
                    "Password of the trust store. Without one its content is used and not checked for changes. Not for PEM.");

    public static final Key<String> TRUSTSTORE_TYPE = KEYS.text("s2.ssl.truststore.type")
            .allowed(Validators.matching("JKS|PKCS12|PEM", "one of JKS, PKCS12, PEM"))
            .recommended(List.of("JKS", "PKCS12", "PEM"))
            .defaultsTo("JKS")
            .importance(Importance.LOW)
            .dependsOn(TRUSTSTORE_LOCATION)
            .display("Trust store type")
            .doc("Format of the trust store. JKS reads PKCS12 as well; PEM is text with one or more certificates.");

    private static final String TOKEN_FILE = "a file with an access token that every worker can read";
    private static final String TRUST_STORE = "a file of " + TRUSTSTORE_TYPE
            + " with certificates that every worker can read and " + TRUSTSTORE_PASSWORD + " opens";

    /** What is shorter could be part of a host's name by chance. */
    private static final int SHORTEST_TOKEN = 8;

    private final String basin;
    private final @Nullable String accessToken;
    private final @Nullable String accessTokenFile;
    private final String accountEndpoint;
    private final String basinEndpoint;
    private final @Nullable String encryptionKey;
    private final Duration connectTimeout;
    private final Duration requestTimeout;
    private final Compression compression;
    private final @Nullable String proxyUrl;
    private final @Nullable String proxyUser;
    private final @Nullable String proxyPassword;
    private final @Nullable TrustStore trustStore;

    public S2ConnectionConfig(TypedConfig config) {
        Map<String, ?> given = config.originals();
        this.basin = config.get(BASIN);
        this.accessToken = config.get(ACCESS_TOKEN).map(Password::value).orElse(null);
        this.accessTokenFile = config.get(ACCESS_TOKEN_FILE).map(String::strip).orElse(null);
        this.accountEndpoint = effectiveAccountEndpoint(given);
        this.basinEndpoint = effectiveBasinEndpoint(given);
        this.encryptionKey = config.get(ENCRYPTION_KEY).map(Password::value).orElse(null);
        this.connectTimeout = config.get(CONNECT_TIMEOUT);
        this.requestTimeout = config.get(REQUEST_TIMEOUT);
        this.compression = config.get(COMPRESSION);
        this.proxyUrl = config.get(PROXY_URL).map(String::strip).orElse(null);
        this.proxyUser = config.get(PROXY_USER).orElse(null);
        this.proxyPassword = config.get(PROXY_PASSWORD).map(Password::value).orElse(null);
        this.trustStore = config.get(TRUSTSTORE_LOCATION)
                .map(location -> new TrustStore(
                        location.strip(),
                        config.get(TRUSTSTORE_TYPE),
                        config.get(TRUSTSTORE_PASSWORD).map(Password::value).orElse(null)))
                .orElse(null);
    }

    /** Only now: a configuration that is looked at may have placeholders in it. */
    private @Nullable HttpProxy proxy() {
        if (proxyUrl == null) {
            return null;
        }
        URI url = URI.create(proxyUrl);
        return new HttpProxy(url.getHost().replaceAll("^\\[|]$", ""), url.getPort(), proxyUser, proxyPassword);
    }

    /** Reports what is wrong across the keys of this group. Values may be missing or invalid: then nothing is said of them. */
    public static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        boolean token = !isBlank(given.get(ACCESS_TOKEN.name()));
        boolean tokenFile = !isBlank(given.get(ACCESS_TOKEN_FILE.name()));
        if (token && tokenFile) {
            problems.add(
                    ACCESS_TOKEN_FILE,
                    "Invalid value " + given.get(ACCESS_TOKEN_FILE.name()) + " for configuration " + ACCESS_TOKEN_FILE
                            + ": " + ACCESS_TOKEN + " is set too; allowed: one of the two");
        }
        checkTogether(given, PROXY_USER, PROXY_PASSWORD, problems);
        checkTogether(given, PROXY_PASSWORD, PROXY_USER, problems);
        checkTogether(given, PROXY_USER, PROXY_URL, problems);
        checkTogether(given, TRUSTSTORE_PASSWORD, TRUSTSTORE_LOCATION, problems);
        if (!isBlank(given.get(TRUSTSTORE_PASSWORD.name()))
                && TrustStore.PEM.equals(given.get(TRUSTSTORE_TYPE.name()))) {
            problems.add(
                    TRUSTSTORE_PASSWORD,
                    "Invalid value [hidden] for configuration " + TRUSTSTORE_PASSWORD
                            + ": a trust store of type PEM has no" + " password; leave it out");
        }
        String account = effectiveAccountEndpoint(given);
        String basin = effectiveBasinEndpoint(given);
        if (EndpointRule.problem(account).isPresent()
                || EndpointRule.problem(basin).isPresent()) {
            return;
        }
        refuseToken(ACCOUNT_ENDPOINT, given, problems);
        refuseToken(BASIN_ENDPOINT, given, problems);
        if (!EndpointRule.scheme(account).equals(EndpointRule.scheme(basin))) {
            Key<String> key = given.get(ACCOUNT_ENDPOINT.name()) == null ? ACCOUNT_ENDPOINT : BASIN_ENDPOINT;
            problems.add(
                    key,
                    "Invalid value " + (key.equals(BASIN_ENDPOINT) ? basin : account) + " for configuration " + key
                            + ": "
                            + ACCOUNT_ENDPOINT + " (" + account + ") and " + BASIN_ENDPOINT + " (" + basin
                            + ") must have the same scheme");
        }
        if (EndpointRule.isCloud(basin) && !token && !tokenFile) {
            problems.add(
                    ACCESS_TOKEN,
                    "Missing required configuration " + ACCESS_TOKEN + ": the S2 cloud (" + basin
                            + ") needs an access token, here or in the file of " + ACCESS_TOKEN_FILE
                            + "; for a server of your own set " + BASIN_ENDPOINT);
        }
    }

    private static void checkTogether(Map<String, String> given, Key<?> key, Key<?> needed, ConfigProblems problems) {
        if (!isBlank(given.get(key.name())) && isBlank(given.get(needed.name()))) {
            problems.add(needed, "Missing required configuration " + needed + ": " + key + " is set and needs it");
        }
    }

    /** A token that was pasted into an endpoint as well would travel into every message about it. */
    private static void refuseToken(Key<String> key, Map<String, String> given, ConfigProblems problems) {
        String endpoint = given.get(key.name());
        String token = given.get(ACCESS_TOKEN.name());
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
        boolean secret = !isBlank(given.get(ACCESS_TOKEN.name()))
                || !isBlank(given.get(ACCESS_TOKEN_FILE.name()))
                || !isBlank(given.get(ENCRYPTION_KEY.name()));
        if (secret && EndpointRule.isPlainAndPublic(endpoint)) {
            return Optional.of(BASIN_ENDPOINT + "=" + EndpointRule.printable(endpoint)
                    + " is not encrypted and its host does not look like one of a private network: "
                    + ACCESS_TOKEN + ", " + ENCRYPTION_KEY
                    + " and all records can be read on the way; use https://");
        }
        return given.containsKey(TRUSTSTORE_LOCATION.name())
                        && EndpointRule.scheme(endpoint).equals("http")
                ? Optional.of(TRUSTSTORE_LOCATION + ": no effect, " + BASIN_ENDPOINT + "="
                        + EndpointRule.printable(endpoint) + " is not https")
                : Optional.empty();
    }

    private static String effectiveAccountEndpoint(Map<String, ?> given) {
        Object account = given.get(ACCOUNT_ENDPOINT.name());
        if (account != null) {
            return account.toString();
        }
        Object basin = given.get(BASIN_ENDPOINT.name());
        return basin != null && EndpointRule.isDirect(basin.toString()) && !EndpointRule.isCloud(basin.toString())
                ? basin.toString()
                : S2ClientConfig.CLOUD_ACCOUNT_ENDPOINT;
    }

    private static String effectiveBasinEndpoint(Map<String, ?> given) {
        Object basin = given.get(BASIN_ENDPOINT.name());
        if (basin != null) {
            return basin.toString();
        }
        Object account = given.get(ACCOUNT_ENDPOINT.name());
        return account != null && !EndpointRule.isCloud(account.toString())
                ? account.toString()
                : S2ClientConfig.CLOUD_BASIN_ENDPOINT;
    }

    private static boolean isBlank(@Nullable String value) {
        return value == null || value.isBlank();
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

    /** The key that the access token comes from, to be named when it is refused. */
    Key<?> tokenKey() {
        return accessTokenFile == null ? ACCESS_TOKEN : ACCESS_TOKEN_FILE;
    }

    /**
     * The configured token, or the file's, which is read now.
     *
     * @throws TerminalException CONFIG, naming the key, if the file holds no token
     */
    public AccessTokens openTokens() {
        try {
            return accessTokenFile == null ? AccessTokens.fixed(accessToken) : AccessTokenFile.open(accessTokenFile);
        } catch (IllegalArgumentException e) {
            throw unusable(ACCESS_TOKEN_FILE, accessTokenFile, e, TOKEN_FILE);
        }
    }

    /**
     * A client of this basin; its owner closes it.
     *
     * @throws TerminalException as {@link #openTokens}, or if the trust store cannot be used
     */
    public S2Client newClient() {
        return newClient(connectTimeout, requestTimeout);
    }

    /** As above, with other timeouts. */
    public S2Client newClient(Duration connect, Duration request) {
        AccessTokens tokens = openTokens();
        try {
            return new S2Client(clientConfig().withTimeouts(connect, request), tokens);
        } catch (IllegalArgumentException e) {
            tokens.close();
            throw unusable(TRUSTSTORE_LOCATION, trustStore == null ? null : trustStore.location(), e, TRUST_STORE);
        }
    }

    private static TerminalException unusable(
            Key<?> key, @Nullable String file, IllegalArgumentException why, String wanted) {
        return TerminalException.of(TerminalCode.CONFIG, key + " is '" + file + "': " + why.getMessage())
                .safe("nothing was read or written")
                .remedy("name " + wanted + ", then restart the task")
                .build();
    }

    /** Looks at the files that the configuration names; false, and the problem is reported, if one cannot be used. */
    boolean checkFiles(ConfigProblems problems) {
        return check(ACCESS_TOKEN_FILE, accessTokenFile, TOKEN_FILE, problems, file -> AccessTokenFile.open(file)
                        .close())
                && check(
                        TRUSTSTORE_LOCATION,
                        trustStore == null ? null : trustStore.location(),
                        TRUST_STORE,
                        problems,
                        file -> Objects.requireNonNull(trustStore).context());
    }

    private static boolean check(
            Key<?> key, @Nullable String file, String wanted, ConfigProblems problems, Consumer<String> look) {
        try {
            if (file != null) {
                look.accept(file);
            }
            return true;
        } catch (IllegalArgumentException e) {
            problems.add(
                    key,
                    "Invalid value " + file + " for configuration " + key + ": " + e.getMessage() + "; allowed: "
                            + wanted);
            return false;
        }
    }

    /** All but a token that comes from a file: for that see {@link #openTokens}. */
    public S2ClientConfig clientConfig() {
        return S2ClientConfig.forBasin(basin)
                .withAccessToken(accessToken)
                .withEndpoints(accountEndpoint, basinEndpoint)
                .withEncryptionKey(encryptionKey)
                .withTimeouts(connectTimeout, requestTimeout)
                .withCompression(compression)
                .withProxy(proxy())
                .withTrustStore(trustStore);
    }

    /** Where and which basin; no secrets. */
    @Override
    public String toString() {
        return "basin '" + basin + "' at " + basinEndpoint;
    }
}
