package io.fenceline.connect.config;

import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.jspecify.annotations.Nullable;

/**
 * A key of a configuration and all that is said about it. A {@link KeyGroup} declares it, {@link TypedConfig#get} reads it.
 * Immutable.
 *
 * @param <T> what its value is to the program; an {@code Optional} where it may be left out
 */
public final class Key<T> {

    private final String name;
    private final Type type;
    private final Function<@Nullable Object, T> reading;
    private final @Nullable Object defaultValue;
    private final @Nullable String defaultText;
    private final @Nullable Validator validator;
    private final Importance importance;
    private final Width width;
    private final String display;
    private final String doc;
    private final @Nullable Recommender recommender;
    private final List<Key<?>> dependsOn;

    Key(KeyDraft<T> draft, Importance importance, String display, String doc) {
        this.name = draft.name;
        this.type = draft.type;
        this.reading = draft.reading;
        this.defaultValue = draft.defaultValue;
        this.defaultText = draft.defaultText;
        this.validator = draft.validator;
        this.importance = importance;
        this.width = draft.width;
        this.display = display;
        this.doc = doc;
        this.recommender = draft.recommender;
        this.dependsOn = List.copyOf(draft.dependsOn);
    }

    public String name() {
        return name;
    }

    /** For a reference page: what to print for a default that depends on other keys; null if there is no such text. */
    @Nullable
    String defaultText() {
        return defaultText;
    }

    /** The default as a user would write it, empty if there is none. */
    public String writtenDefault() {
        return defaultValue == null || defaultValue == ConfigDef.NO_DEFAULT_VALUE ? "" : defaultValue.toString();
    }

    boolean dependsOn(Key<?> other) {
        return dependsOn.contains(other);
    }

    /** @param parsed as {@link ConfigDef} parses it; null only if the key may be left out */
    T read(@Nullable Object parsed) {
        return reading.apply(parsed);
    }

    void defineIn(ConfigDef def, String group, int order, List<String> dependents) {
        def.define(
                name,
                type,
                defaultValue,
                validator,
                importance,
                doc,
                group,
                order,
                width,
                display,
                dependents,
                recommender);
    }

    /** Its name, for messages. */
    @Override
    public String toString() {
        return name;
    }
}
