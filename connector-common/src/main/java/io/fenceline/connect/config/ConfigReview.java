package io.fenceline.connect.config;

import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a connector answers when somebody asks Connect whether a configuration would do: errors on the keys they belong to.
 * Never throws, since that would be an HTTP 500. Any thread.
 */
public final class ConfigReview {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigReview.class);

    private ConfigReview() {}

    /**
     * Adds to what Connect has found out about each key by itself.
     *
     * @param acrossKeys what keys say together
     * @param connection what S2 says; asked only if everything before is right, so the configuration can be parsed
     */
    public static Config complete(
            Config config, Consumer<ConfigProblems> acrossKeys, Consumer<ConfigProblems> connection) {
        Map<String, ConfigValue> values =
                config.configValues().stream().collect(Collectors.toMap(ConfigValue::name, value -> value));
        ConfigProblems problems =
                (key, message) -> Objects.requireNonNull(values.get(key), key).addErrorMessage(message);
        try {
            acrossKeys.accept(problems);
            if (hasNoErrors(config)) {
                connection.accept(problems);
            }
        } catch (RuntimeException e) {
            LOG.error("Validation did not come to an end", e);
            problems.add(S2ConnectionConfig.BASIN, "The configuration could not be validated: " + e);
        }
        return config;
    }

    private static boolean hasNoErrors(Config config) {
        return config.configValues().stream()
                .allMatch(value -> value.errorMessages().isEmpty());
    }
}
