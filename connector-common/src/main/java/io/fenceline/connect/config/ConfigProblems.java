package io.fenceline.connect.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigException;

/** Takes what is wrong with a configuration, key by key. */
@FunctionalInterface
public interface ConfigProblems {

    /** {@code message} is complete: it names the key, the value unless secret, and what is allowed. */
    void add(String key, String message);

    /** As {@link #add(String, String)}. */
    default void add(Key<?> key, String message) {
        add(key.name(), message);
    }

    /** @throws ConfigException with everything that {@code check} finds, if it finds anything */
    static void refuseAny(Consumer<ConfigProblems> check) {
        List<String> messages = new ArrayList<>();
        check.accept((key, message) -> messages.add(message));
        if (!messages.isEmpty()) {
            throw new ConfigException(String.join("; ", messages));
        }
    }
}
