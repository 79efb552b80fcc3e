package io.fenceline.connect.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** All keys of a connector, group by group, in the order of its reference page. Immutable. */
public final class Keys {

    /** What our keys begin with and others' do as well: Connect's own, and those that are passed to the body converter. */
    private static final Set<String> SHARED_PREFIXES = Set.of("topic.", "value.", "body.");

    private final ConfigDef def;
    private final Map<String, Key<?>> byName;
    /** Of keys that are ours and no one else's: what begins so and is no key of ours is a typing error. */
    private final Set<String> ownedPrefixes;

    private Keys(ConfigDef def, Map<String, Key<?>> byName) {
        this.def = def;
        this.byName = byName;
        this.ownedPrefixes = byName.keySet().stream()
                .map(name -> name.split("\\.", 2)[0] + ".")
                .filter(prefix -> !SHARED_PREFIXES.contains(prefix))
                .collect(Collectors.toUnmodifiableSet());
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

    /** Keys that look like ours and are not, sorted: Connect itself says nothing about unknown keys. */
    public List<String> unknownIn(Map<String, String> given) {
        return given.keySet().stream()
                .filter(key -> ownedPrefixes.stream().anyMatch(key::startsWith))
                .filter(key -> !byName.containsKey(key))
                .sorted()
                .toList();
    }

    /** What the reference page prints for a default that depends on other keys; null if it prints the default. */
    @Nullable
    String defaultText(String name) {
        Key<?> key = byName.get(name);
        return key == null ? null : key.defaultText();
    }
}
