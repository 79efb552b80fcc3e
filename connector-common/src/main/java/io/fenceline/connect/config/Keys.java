package io.fenceline.connect.config;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** All keys of a connector, group by group, in the order of its reference page. Immutable. */
public final class Keys {

    private final ConfigDef def;
    private final Map<String, Key<?>> byName;

    private Keys(ConfigDef def, Map<String, Key<?>> byName) {
        this.def = def;
        this.byName = byName;
    }

    /** @throws org.apache.kafka.common.config.ConfigException if two keys have one name, or a default is not allowed */
    public static Keys of(KeyGroup... groups) {
        List<Key<?>> all = Arrays.stream(groups)
                .<Key<?>>flatMap(group -> group.take().stream())
                .toList();
        ConfigDef def = new ConfigDef();
        Map<String, Key<?>> byName = new LinkedHashMap<>();
        for (KeyGroup group : groups) {
            int order = 0;
            for (Key<?> key : group.take()) {
                List<String> dependents = all.stream()
                        .filter(other -> other.dependsOn(key))
                        .map(Key::name)
                        .toList();
                key.defineIn(def, group.title(), ++order, dependents);
                byName.put(key.name(), key);
            }
        }
        return new Keys(def, byName);
    }

    /** As Connect wants it. A copy: a {@link ConfigDef} can be changed. */
    public ConfigDef def() {
        return new ConfigDef(def);
    }

    /** In the order of the reference page. */
    public Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    /**
     * A configuration that is to be worked with.
     *
     * @return {@code given}
     * @throws io.fenceline.connect.TerminalException {@code CONFIG} if a value of ours has a placeholder of a configuration
     *     provider in it that the worker did not replace
     */
    public Map<String, String> requireReplaced(Map<String, String> given) {
        UnreplacedPlaceholders.refuse(RawValues.withoutNulls(given), names());
        return given;
    }

    /** What the reference page prints for a default that depends on other keys; null if it prints the default. */
    @Nullable
    String defaultText(String name) {
        Key<?> key = byName.get(name);
        return key == null ? null : key.defaultText();
    }
}
