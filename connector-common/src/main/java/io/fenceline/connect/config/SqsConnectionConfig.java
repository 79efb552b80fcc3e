package io.fenceline.connect.config;

import io.fenceline.sqs.QueueClientConfig;
import io.fenceline.sqs.QueueCredentials;
import io.fenceline.sqs.QueueRegion;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** The {@code sqs.*} and {@code aws.*} keys that say where SQS is and how to talk to it, the same in both directions. Immutable. */
public final class SqsConnectionConfig {

    public static final KeyGroup KEYS = new KeyGroup("SQS connection");

    private static final long MAX_TIMEOUT_MS = 60_000;

    private static final String DEFAULT_SESSION = "fenceline";

    public static final Key<Optional<String>> REGION = KEYS.text("sqs.region")
            .allowed(Validators.awsRegion())
            .optional("the region in the queue URL's host, else that of AWS's region chain")
            .importance(Importance.MEDIUM)
            .display("Region")
            .doc(
                    "AWS region of the queues, which requests are signed for. If it is not set it is read from the queue URL's "
                            + "host, and where that names none from AWS's region chain: system property, environment, profile, instance "
                            + "metadata.");

    public static final Key<Optional<String>> ENDPOINT = KEYS.text("sqs.endpoint")
            .allowed(Validators.sqsEndpoint())
            .optional("scheme and host of the queue URL")
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Endpoint")
            .doc(
                    "Where requests are sent. Only to be set if that is not the queue URL's host, e.g. for an interface endpoint "
                            + "of a VPC.");

    public static final Key<Optional<String>> ACCESS_KEY_ID = KEYS.text("aws.access.key.id")
            .allowed(Validators.visibleText())
            .optional("AWS's default credentials chain")
            .importance(Importance.MEDIUM)
            .display("Access key id")
            .doc(
                    "Id of an AWS access key. Needs aws.secret.access.key. If neither this, nor a profile, nor a provider class "
                            + "is set, credentials come from AWS's default chain: system properties, environment, web identity, profile, "
                            + "container, instance metadata. A sink needs the IAM actions sqs:SendMessage and sqs:GetQueueAttributes on its "
                            + "queues, a source sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and "
                            + "sqs:GetQueueAttributes.");

    public static final Key<Optional<Password>> SECRET_ACCESS_KEY = KEYS.secret("aws.secret.access.key")
            .allowed(Validators.headerSafeSecret())
            .optional()
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Secret access key")
            .doc(
                    "Secret of the access key aws.access.key.id. Use a configuration provider rather than the plain value.");

    public static final Key<Optional<Password>> SESSION_TOKEN = KEYS.secret("aws.session.token")
            .allowed(Validators.headerSafeSecret())
            .optional()
            .importance(Importance.LOW)
            .width(Width.LONG)
            .display("Session token")
            .doc(
                    "Session token of a temporary access key. It expires, and nobody renews it: use a role, a profile or the "
                            + "default chain for anything that lasts.");

    public static final Key<Optional<String>> PROFILE = KEYS.text("aws.profile")
            .allowed(Validators.visibleText())
            .optional()
            .importance(Importance.LOW)
            .display("Profile")
            .doc("Profile of the worker's shared AWS configuration and credentials files.");

    public static final Key<Optional<String>> ROLE_ARN = KEYS.text("aws.role.arn")
            .allowed(Validators.roleArn())
            .optional()
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Role")
            .doc("ARN of a role to take on with the credentials above, e.g. for queues of another account.");

    public static final Key<Optional<String>> ROLE_EXTERNAL_ID = KEYS.text("aws.role.external.id")
            .allowed(Validators.matching("[\\w+=,.@:/-]{2,1224}", "2 to 1224 letters, digits and + = , . @ : / _ -"))
            .optional()
            .importance(Importance.LOW)
            .display("External id of the role")
            .doc("External id that the role's owner asks for.");

    public static final Key<Optional<String>> ROLE_SESSION_NAME = KEYS.text("aws.role.session.name")
            .allowed(Validators.matching("[\\w+=,.@-]{2,64}", "2 to 64 letters, digits and + = , . @ _ -"))
            .optional(DEFAULT_SESSION)
            .importance(Importance.LOW)
            .display("Session name of the role")
            .doc("Name under which CloudTrail shows what was done in the role.");

    public static final Key<Optional<String>> CREDENTIALS_PROVIDER = KEYS.text("aws.credentials.provider.class")
            .optional()
            .importance(Importance.LOW)
            .width(Width.LONG)
            .display("Credentials provider")
            .doc(
                    "Class of a software.amazon.awssdk.auth.credentials.AwsCredentialsProvider in the connector's plugin folder, "
                            + "with a static create() or a public constructor without arguments. If it implements Kafka's Configurable it "
                            + "gets the connector's configuration.");

    public static final Key<Duration> CONNECT_TIMEOUT = KEYS.millis("sqs.connect.timeout.ms")
            .between(1, MAX_TIMEOUT_MS)
            .defaultsTo(Duration.ofSeconds(3))
            .importance(Importance.LOW)
            .display("Connect timeout (ms)")
            .doc("How long a connection to SQS may take, TLS included.");

    public static final Key<Duration> REQUEST_TIMEOUT = KEYS.millis("sqs.request.timeout.ms")
            .between(1, MAX_TIMEOUT_MS)
            .defaultsTo(Duration.ofSeconds(10))
            .importance(Importance.LOW)
            .display("Request timeout (ms)")
            .doc(
                    "How long SQS may take to answer a request in full; a receive may take the time it waits for messages on top. "
                            + "A sink sends nothing again to a FIFO queue later than five minutes, less 30 s, this time and sqs.connect.timeout.ms, after the first attempt.");

    private final @Nullable String region;
    private final URI endpoint;
    private final @Nullable String accessKeyId;
    private final @Nullable String secretAccessKey;
    private final @Nullable String sessionToken;
    private final @Nullable String profile;
    private final @Nullable String roleArn;
    private final @Nullable String roleExternalId;
    private final String roleSessionName;
    private final @Nullable String providerClass;
    private final Duration connectTimeout;
    private final Duration requestTimeout;
    /** For the provider class. */
    private final Map<String, ?> given;

    /** @param queues where the requests go, and in which region, unless the configuration says otherwise */
    public SqsConnectionConfig(TypedConfig config, QueueSite queues) {
        this.region = config.get(REGION).or(queues::region).orElse(null);
        this.endpoint = config.get(ENDPOINT).map(URI::create).orElseGet(queues::endpoint);
        this.accessKeyId = config.get(ACCESS_KEY_ID).orElse(null);
        this.secretAccessKey =
                config.get(SECRET_ACCESS_KEY).map(Password::value).orElse(null);
        this.sessionToken = config.get(SESSION_TOKEN).map(Password::value).orElse(null);
        this.profile = config.get(PROFILE).orElse(null);
        this.roleArn = config.get(ROLE_ARN).orElse(null);
        this.roleExternalId = config.get(ROLE_EXTERNAL_ID).orElse(null);
        this.roleSessionName = config.get(ROLE_SESSION_NAME).orElse(DEFAULT_SESSION);
        this.providerClass = config.get(CREDENTIALS_PROVIDER).orElse(null);
        this.connectTimeout = config.get(CONNECT_TIMEOUT);
        this.requestTimeout = config.get(REQUEST_TIMEOUT);
        this.given = config.originals();
    }

    /** Reports what is wrong across the keys of this group. Values may be missing or invalid: then nothing is said of them. */
    public static void checkAcross(Map<String, String> given, QueueSite queues, ConfigProblems problems) {
        checkRegion(given, queues, problems);
        requireWith(SECRET_ACCESS_KEY, ACCESS_KEY_ID, given, problems);
        requireWith(ACCESS_KEY_ID, SECRET_ACCESS_KEY, given, problems);
        requireWith(ACCESS_KEY_ID, SESSION_TOKEN, given, problems);
        requireWith(ROLE_ARN, ROLE_EXTERNAL_ID, given, problems);
        requireWith(ROLE_ARN, ROLE_SESSION_NAME, given, problems);
        refuseBoth(PROFILE, ACCESS_KEY_ID, given, problems);
        refuseBoth(CREDENTIALS_PROVIDER, ACCESS_KEY_ID, given, problems);
        refuseBoth(CREDENTIALS_PROVIDER, PROFILE, given, problems);
        String provider = given.get(CREDENTIALS_PROVIDER.name());
        if (provider != null && !Validators.isUnresolved(provider)) {
            CredentialsProviderClass.check(CREDENTIALS_PROVIDER, provider, given, problems);
        }
    }

    /** @param needed is missing though {@code present} is there and means nothing without it */
    private static void requireWith(Key<?> needed, Key<?> present, Map<String, String> given, ConfigProblems problems) {
        if (given.get(present.name()) != null && given.get(needed.name()) == null) {
            problems.add(
                    needed, "Missing required configuration " + needed + ": " + present + " is set, which needs it");
        }
    }

    private static void refuseBoth(Key<?> key, Key<?> other, Map<String, String> given, ConfigProblems problems) {
        if (given.get(key.name()) != null && given.get(other.name()) != null) {
            problems.add(
                    key,
                    "Invalid value " + given.get(key.name()) + " for configuration " + key + ": " + other
                            + " is set as well; allowed: one of " + ACCESS_KEY_ID + ", " + PROFILE + " and "
                            + CREDENTIALS_PROVIDER);
        }
    }

    /** Requests go to the queues' host, which takes no signature for another region. */
    private static void checkRegion(Map<String, String> given, QueueSite queues, ConfigProblems problems) {
        String region = given.get(REGION.name());
        String ofHost = queues.region().orElse(null);
        if (region != null
                && ofHost != null
                && !region.strip().equals(ofHost)
                && given.get(ENDPOINT.name()) == null
                && !Validators.isUnresolved(region)) {
            problems.add(
                    REGION,
                    "Invalid value " + region + " for configuration " + REGION + ": the host of " + queues.key() + " ("
                            + queues.endpoint() + ") is in another region; allowed: " + ofHost + ", or another "
                            + ENDPOINT);
        }
    }

    /** What works and is seldom meant, for a warning at start; empty if there is nothing. */
    public static Optional<String> advice(Map<String, String> given) {
        String queue = RawValues.text(given, "sqs.queue.url", RawValues.text(given, "sqs.queue.urls", ""));
        String endpoint = RawValues.text(given, ENDPOINT.name(), origin(queue));
        return EndpointRule.isPlainAndPublic(endpoint)
                ? Optional.of(EndpointRule.printable(endpoint)
                        + " is not encrypted and its host does not look like one of a private network: all records can be"
                        + " read on the way; use https://")
                : Optional.empty();
    }

    /** Scheme and authority of a URL; what comes behind them can be a template. */
    private static String origin(String url) {
        int authority = url.indexOf("://");
        int path = authority < 0 ? -1 : url.indexOf('/', authority + 3);
        return path < 0 ? url : url.substring(0, path);
    }

    public Duration requestTimeout() {
        return requestTimeout;
    }

    public Duration connectTimeout() {
        return connectTimeout;
    }

    /** Scheme, host and port of all requests. */
    public URI endpoint() {
        return endpoint;
    }

    /**
     * What to make a client of. Where neither the configuration nor the queue URL names a region, AWS's region chain is asked, which
     * can take seconds on a machine that is not AWS's. Makes a new provider if a class is configured: a client closes the one it
     * was given.
     *
     * @throws ConfigException if nobody names a region, or the provider class cannot be used
     */
    public QueueClientConfig clientConfig() {
        String known = region;
        if (known == null) {
            known = QueueRegion.ofTheEnvironment(profile)
                    .orElseThrow(() -> new ConfigException("Missing required configuration " + REGION
                            + ": neither the queue URL's host nor AWS's region chain names one for " + endpoint));
        }
        return QueueClientConfig.forEndpoint(endpoint)
                .withRegion(known)
                .withCredentials(credentials())
                .withTimeouts(connectTimeout, requestTimeout);
    }

    private QueueCredentials credentials() {
        QueueCredentials base = ownCredentials();
        return roleArn == null
                ? base
                : new QueueCredentials.AssumedRole(roleArn, roleSessionName, roleExternalId, base);
    }

    private QueueCredentials ownCredentials() {
        if (providerClass != null) {
            return CredentialsProviderClass.create(CREDENTIALS_PROVIDER, providerClass, given);
        }
        if (accessKeyId != null && secretAccessKey != null) {
            return new QueueCredentials.AccessKey(accessKeyId, secretAccessKey, sessionToken);
        }
        return profile == null ? new QueueCredentials.DefaultChain() : new QueueCredentials.NamedProfile(profile);
    }

    /** Whether the region is known without asking AWS's region chain. */
    boolean hasRegion() {
        return region != null;
    }

    /** The key that the credentials come from, to be named when they are refused. */
    Key<?> credentialsKey() {
        if (roleArn != null) {
            return ROLE_ARN;
        }
        if (providerClass != null) {
            return CREDENTIALS_PROVIDER;
        }
        return profile == null ? ACCESS_KEY_ID : PROFILE;
    }

    /** What the credentials are, for a message about them. */
    String credentialsText() {
        String base;
        if (providerClass != null) {
            base = "the credentials of " + providerClass;
        } else if (accessKeyId != null) {
            base = "the access key '" + accessKeyId + "'";
        } else if (profile != null) {
            base = "the credentials of profile '" + profile + "'";
        } else {
            base = "the credentials of AWS's default chain (no " + ACCESS_KEY_ID + ", " + PROFILE + " or "
                    + CREDENTIALS_PROVIDER + " is set)";
        }
        return roleArn == null ? base : "the role " + roleArn + ", taken on with " + base;
    }
}
