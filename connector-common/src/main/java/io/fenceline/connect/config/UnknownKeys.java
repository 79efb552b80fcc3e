package io.fenceline.connect.config;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** Finds keys that look like ours and are not: Connect itself says nothing about unknown keys. */
public final class UnknownKeys {

    private UnknownKeys() {}

    /** Keys of {@code given} that begin with one of {@code prefixes} and are not defined in {@code def}, sorted. */
    public static List<String> in(Map<String, String> given, ConfigDef def, Collection<String> prefixes) {
        return given.keySet().stream()
                .filter(key -> prefixes.stream().anyMatch(key::startsWith))
                .filter(key -> !def.configKeys().containsKey(key))
                .sorted()
                .toList();
    }
}
