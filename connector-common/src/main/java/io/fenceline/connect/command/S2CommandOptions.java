package io.fenceline.connect.command;

import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.Keys;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.TypedConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The connection to S2 as every command takes it: by options, and by the environment where those are not given. */
public final class S2CommandOptions {

    private static final String BASIN = "--basin";
    private static final String BASIN_ENDPOINT = "--basin-endpoint";
    private static final String ACCOUNT_ENDPOINT = "--account-endpoint";
    private static final String ACCESS_TOKEN = "--access-token";
    private static final String ACCESS_TOKEN_FILE = "--access-token-file";
    private static final String ENCRYPTION_KEY = "--encryption-key";

    /** Options with a value. */
    public static final Set<String> VALUED =
            Set.of(BASIN, BASIN_ENDPOINT, ACCOUNT_ENDPOINT, ACCESS_TOKEN, ACCESS_TOKEN_FILE, ENCRYPTION_KEY);

    /** The option with {@code KEY=VALUE}. */
    public static final String PROPERTY = "--s2-property";

    /** For {@code --help}, without the basin, which every command says for itself. */
    public static final List<String> USAGE = List.of(
            "  --basin-endpoint URL               default: S2_BASIN_ENDPOINT, else the S2 cloud",
            "  --account-endpoint URL             default: S2_ACCOUNT_ENDPOINT, else as fits the basin endpoint",
            "  --access-token TOKEN               default: S2_ACCESS_TOKEN (better: it does not show in process lists)",
            "  --access-token-file PATH           default: S2_ACCESS_TOKEN_FILE; as s2.access.token.file of the connector",
            "  --encryption-key BASE64            default: S2_ENCRYPTION_KEY",
            "  --s2-property KEY=VALUE            another key of the connection to S2, e.g. s2.proxy.url or",
            "                                     s2.ssl.truststore.location; may be repeated");

    private S2CommandOptions() {}

    /**
     * By the connector's own rules for endpoints and secrets.
     *
     * @throws IllegalArgumentException with a message for the user
     * @throws ConfigException          the same
     */
    public static S2ConnectionConfig connection(CommandLine given, Map<String, String> environment) {
        Keys keys = Keys.of(S2ConnectionConfig.KEYS);
        Map<String, String> properties = new HashMap<>();
        given.properties(PROPERTY).forEach((key, value) -> {
            if (!keys.def().names().contains(key)) {
                throw new IllegalArgumentException(PROPERTY + ": unknown key " + key);
            }
            properties.put(key, value.toString());
        });
        properties.put(S2ConnectionConfig.BASIN.name(), given.required(BASIN));
        put(
                properties,
                S2ConnectionConfig.BASIN_ENDPOINT,
                given.value(BASIN_ENDPOINT),
                environment,
                "S2_BASIN_ENDPOINT");
        put(
                properties,
                S2ConnectionConfig.ACCOUNT_ENDPOINT,
                given.value(ACCOUNT_ENDPOINT),
                environment,
                "S2_ACCOUNT_ENDPOINT");
        // an option for either is the answer, whatever the environment says of the other
        boolean token = given.has(ACCESS_TOKEN) || given.has(ACCESS_TOKEN_FILE);
        Map<String, String> unlessGiven = token ? Map.of() : environment;
        put(properties, S2ConnectionConfig.ACCESS_TOKEN, given.value(ACCESS_TOKEN), unlessGiven, "S2_ACCESS_TOKEN");
        put(
                properties,
                S2ConnectionConfig.ACCESS_TOKEN_FILE,
                given.value(ACCESS_TOKEN_FILE),
                unlessGiven,
                "S2_ACCESS_TOKEN_FILE");
        put(
                properties,
                S2ConnectionConfig.ENCRYPTION_KEY,
                given.value(ENCRYPTION_KEY),
                environment,
                "S2_ENCRYPTION_KEY");
        S2ConnectionConfig.checkAcross(properties, (key, message) -> {
            throw new ConfigException(message);
        });
        return new S2ConnectionConfig(new TypedConfig(keys, properties, false));
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
}
