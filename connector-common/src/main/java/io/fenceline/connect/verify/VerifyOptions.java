package io.fenceline.connect.verify;

import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.Keys;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.StreamTemplate;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.s2.S2ClientConfig;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The command line of {@link Verify}, parsed. */
record VerifyOptions(
        String topic,
        StreamTemplate stream,
        S2ConnectionConfig connection,
        Map<String, Object> kafka,
        boolean json,
        boolean idsOnly,
        boolean atLeastOnce,
        boolean ignoreNullValues,
        ReservedHeaderBehavior reservedHeaders) {

    static final String USAGE = String.join(
            System.lineSeparator(),
            "Compares a Kafka topic with its S2 streams, by record id and content.",
            "",
            "  --bootstrap-servers HOST:PORT,...  Kafka",
            "  --topic NAME                       topic to compare, read with isolation level read_committed",
            "  --basin NAME                       S2 basin",
            "  --stream TEMPLATE                  as s2.stream of the connector; default ${topic}/${partition}",
            "  --basin-endpoint URL               default: S2_BASIN_ENDPOINT, else the S2 cloud",
            "  --account-endpoint URL             default: S2_ACCOUNT_ENDPOINT, else as fits the basin endpoint",
            "  --access-token TOKEN               default: S2_ACCESS_TOKEN (better: it does not show in process lists)",
            "  --access-token-file PATH           default: S2_ACCESS_TOKEN_FILE; as s2.access.token.file of the connector",
            "  --encryption-key BASE64            default: S2_ENCRYPTION_KEY",
            "  --s2-property KEY=VALUE            another key of the connection to S2, e.g. s2.proxy.url or",
            "                                     s2.ssl.truststore.location; may be repeated",
            "  --consumer-property KEY=VALUE      for the Kafka consumer, e.g. security settings; may be repeated",
            "  --ids-only                         compare ids only: for values made by body.converter or transforms",
            "  --at-least-once                    for delivery.guarantee=at_least_once: count duplicates, do not mind them",
            "  --null-values write|ignore         as behavior.on.null.values of the connector; default write",
            "  --reserved-headers fail|drop|rename  as behavior.on.reserved.headers of the connector; default fail",
            "  --json                             print the result as JSON",
            "",
            "Compared are the offsets both sides still hold, up to the ends at the start of the run; the rest is counted as",
            "not comparable. In a stream that partitions share, each partition is compared with its own records there;",
            "records of other topics count as not comparable if the template has no ${topic}.",
            "",
            "Exit code 0: equal; no duplicate, missing, reordered, altered or foreign record, and something was compared.",
            "Exit code 1: at least one such record.",
            "Exit code 2: could not finish: wrong options, a side that cannot be reached, a crash.",
            "Exit code 3: nothing such was found, but nothing was compared, in the topic or in a partition with records.",
            "What the counts mean, and the form of --json: docs/verify.md.");

    /** @throws IllegalArgumentException with a message for the user */
    static VerifyOptions parse(List<String> args, Map<String, String> environment) {
        Map<String, String> values = new HashMap<>();
        Map<String, Object> kafka = new HashMap<>();
        Map<String, Object> s2 = new HashMap<>();
        boolean json = false;
        boolean idsOnly = false;
        boolean atLeastOnce = false;
        for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
            String option = rest.next();
            switch (option) {
                case "--json" -> json = true;
                case "--ids-only" -> idsOnly = true;
                case "--at-least-once" -> atLeastOnce = true;
                case "--consumer-property" -> addProperty(option, kafka, valueOf(option, rest));
                case "--s2-property" -> addProperty(option, s2, valueOf(option, rest));
                case "--bootstrap-servers",
                        "--topic",
                        "--basin",
                        "--stream",
                        "--basin-endpoint",
                        "--account-endpoint",
                        "--access-token",
                        "--access-token-file",
                        "--encryption-key",
                        "--null-values",
                        "--reserved-headers" -> values.put(option, valueOf(option, rest));
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        kafka.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, required(values, "--bootstrap-servers"));
        return new VerifyOptions(
                required(values, "--topic"),
                StreamTemplate.parse("--stream", values.getOrDefault("--stream", "${topic}/${partition}")),
                connection(values, s2, environment),
                kafka,
                json,
                idsOnly,
                atLeastOnce,
                oneOf(values, "--null-values", "write", "ignore").equals("ignore"),
                ReservedHeaderBehavior.valueOf(oneOf(values, "--reserved-headers", "fail", "drop", "rename")
                        .toUpperCase(Locale.ROOT)));
    }

    /** The connector's own rules for endpoints and secrets. */
    private static S2ConnectionConfig connection(
            Map<String, String> values, Map<String, Object> more, Map<String, String> environment) {
        Keys keys = Keys.of(S2ConnectionConfig.KEYS);
        Map<String, String> properties = new HashMap<>();
        more.forEach((key, value) -> {
            if (!keys.def().names().contains(key)) {
                throw new IllegalArgumentException("--s2-property: unknown key " + key);
            }
            properties.put(key, value.toString());
        });
        properties.put(S2ConnectionConfig.BASIN.name(), required(values, "--basin"));
        put(
                properties,
                S2ConnectionConfig.BASIN_ENDPOINT,
                values.get("--basin-endpoint"),
                environment,
                "S2_BASIN_ENDPOINT");
        put(
                properties,
                S2ConnectionConfig.ACCOUNT_ENDPOINT,
                values.get("--account-endpoint"),
                environment,
                "S2_ACCOUNT_ENDPOINT");
        // an option for either is the answer, whatever the environment says of the other
        boolean given = values.containsKey("--access-token") || values.containsKey("--access-token-file");
        Map<String, String> unlessGiven = given ? Map.of() : environment;
        put(properties, S2ConnectionConfig.ACCESS_TOKEN, values.get("--access-token"), unlessGiven, "S2_ACCESS_TOKEN");
        put(
                properties,
                S2ConnectionConfig.ACCESS_TOKEN_FILE,
                values.get("--access-token-file"),
                unlessGiven,
                "S2_ACCESS_TOKEN_FILE");
        put(
                properties,
                S2ConnectionConfig.ENCRYPTION_KEY,
                values.get("--encryption-key"),
                environment,
                "S2_ENCRYPTION_KEY");
        S2ConnectionConfig.checkAcross(properties, (key, message) -> {
            throw new ConfigException(message);
        });
        TypedConfig config = new TypedConfig(keys, properties, false);
        return new S2ConnectionConfig(config);
    }

    S2ClientConfig s2() {
        return connection.clientConfig();
    }

    private static void put(
            Map<String, String> properties,
            Key<?> key,
            @Nullable String option,
            Map<String, String> environment,
            String variable) {
        String value = option != null ? option : environment.get(variable);
        if (value != null && !value.isEmpty()) {
            properties.put(key.name(), value);
        }
    }

    private static void addProperty(String option, Map<String, Object> properties, String assignment) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            throw new IllegalArgumentException(option + " needs KEY=VALUE");
        }
        properties.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }

    private static String valueOf(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.next();
    }

    private static String required(Map<String, String> values, String option) {
        String value = values.get(option);
        if (value == null) {
            throw new IllegalArgumentException(option + " is missing");
        }
        return value;
    }

    /** The first of {@code allowed} is the default. */
    private static String oneOf(Map<String, String> values, String option, String... allowed) {
        String value = values.getOrDefault(option, allowed[0]);
        if (!List.of(allowed).contains(value)) {
            throw new IllegalArgumentException(
                    option + " must be one of " + List.of(allowed).stream().collect(Collectors.joining(", ")));
        }
        return value;
    }

    /** Without the connection's settings: consumer properties can be secrets. */
    @Override
    public String toString() {
        return "VerifyOptions[topic=" + topic + ", stream=" + stream + ", s2=" + s2() + "]";
    }
}
