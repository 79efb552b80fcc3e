package io.fenceline.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;

/**
 * What Connect does to the configurations of a connector on their way to its tasks (3.9.2 and 4.3.1, {@code AbstractHerder} and
 * {@code WorkerConfigTransformer}): placeholders of configuration providers are replaced for the connector, put back for storage
 * in each task's configuration under every key that had one, and replaced again by the worker that starts the task.
 */
public final class HerderModel {

    private final Map<String, String> posted;

    /** @param posted the connector's configuration as the user wrote it */
    public HerderModel(Map<String, String> posted) {
        this.posted = Map.copyOf(posted);
    }

    /** What a worker with these environment variables gives the connector. */
    public Map<String, String> connectorConfig(Map<String, String> environment) {
        return resolved(posted, environment);
    }

    /**
     * What is stored for the tasks.
     *
     * @param environment of the worker that runs the connector
     * @param connector   starts it with that configuration and asks it for those of the tasks
     */
    public List<Map<String, String>> storedTaskConfigs(
            Map<String, String> environment, Function<Map<String, String>, List<Map<String, String>>> connector) {
        List<Map<String, String>> stored = new ArrayList<>();
        for (Map<String, String> given : connector.apply(connectorConfig(environment))) {
            Map<String, String> task = new HashMap<>(given);
            posted.forEach((key, value) -> {
                if (task.containsKey(key)
                        && ConfigTransformer.DEFAULT_PATTERN.matcher(value).find()) {
                    task.put(key, value);
                }
            });
            stored.add(task);
        }
        return stored;
    }

    /** What a worker with these environment variables gives a task. */
    public static Map<String, String> resolved(Map<String, String> stored, Map<String, String> environment) {
        // nothing to close: it reads this map alone
        EnvVarConfigProvider env = new EnvVarConfigProvider(environment);
        env.configure(Map.of());
        return new HashMap<>(
                new ConfigTransformer(Map.of("env", env)).transform(stored).data());
    }
}
