package io.fenceline.connect.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
     * @param main       the key that is blamed if the review itself fails
     * @param acrossKeys what keys say together
     * @param connection what the service says; asked only if everything before is right, so the configuration can be parsed
     */
    public static Config complete(
            Config config, Key<?> main, Consumer<ConfigProblems> acrossKeys, Consumer<ConfigProblems> connection) {
        Map<String, ConfigValue> values = new LinkedHashMap<>();
        config.configValues().forEach(value -> values.put(value.name(), value));
        // Connect's own keys, such as key.converter, are not among those that the connector defines
        ConfigProblems problems =
                (key, message) -> values.computeIfAbsent(key, ConfigValue::new).addErrorMessage(message);
        try {
            acrossKeys.accept(problems);
            if (hasNoErrors(values.values())) {
                connection.accept(problems);
            }
        } catch (RuntimeException e) {
            LOG.error("Validation did not come to an end", e);
            problems.add(main, "The configuration could not be validated: " + e);
        }
        return values.size() == config.configValues().size() ? config : new Config(List.copyOf(values.values()));
    }

    private static boolean hasNoErrors(Collection<ConfigValue> values) {
        return values.stream().allMatch(value -> value.errorMessages().isEmpty());
    }
}
