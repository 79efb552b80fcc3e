package io.fenceline.connect.config;

import io.fenceline.sqs.AttributeName;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** {@code sqs.headers}: which of a record's headers are sent as attributes of the message. Immutable. */
public final class HeaderSelection {

    public static final String ALLOWED = "all, none, or names separated by commas, each of " + AttributeName.ALLOWED;

    public static final HeaderSelection ALL = new HeaderSelection("all", null);
    public static final HeaderSelection NONE = new HeaderSelection("none", Set.of());

    private final String text;
    /** Null: all. */
    private final @Nullable Set<String> names;

    private HeaderSelection(String text, @Nullable Set<String> names) {
        this.text = text;
        this.names = names;
    }

    /** @throws ConfigException if {@code text} is not such a selection; the message names {@code key} */
    public static HeaderSelection parse(String key, String text) {
        if (text.equals(ALL.text)) {
            return ALL;
        }
        if (text.equals(NONE.text)) {
            return NONE;
        }
        Set<String> names = new LinkedHashSet<>();
        for (String part : text.split(",", -1)) {
            String name = part.strip();
            Optional<String> problem = AttributeName.problem(name);
            if (problem.isPresent()) {
                throw refused(key, text, "the name '" + name + "' " + problem.get());
            }
            names.add(name);
        }
        return new HeaderSelection(text, Set.copyOf(names));
    }

    /** @param name the header's name in the record */
    public boolean includes(String name) {
        return names == null || names.contains(name);
    }

    private static ConfigException refused(String key, String text, String problem) {
        return new ConfigException(
                "Invalid value " + text + " for configuration " + key + ": " + problem + "; allowed: " + ALLOWED);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeaderSelection that && Objects.equals(names, that.names);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(names);
    }

    @Override
    public String toString() {
        return text;
    }
}
