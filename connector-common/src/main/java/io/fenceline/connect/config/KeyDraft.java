package io.fenceline.connect.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.jspecify.annotations.Nullable;

/** How a key on its way into a {@link KeyGroup} is shown to people and user interfaces; {@link #doc} completes it. */
public final class KeyDraft<T> {

    private final KeyGroup group;
    final String name;
    final Type type;
    final Function<@Nullable Object, T> reading;
    final @Nullable Object defaultValue;
    final @Nullable String defaultText;
    final @Nullable Validator validator;
    final List<Key<?>> dependsOn = new ArrayList<>();

    @Nullable
    Recommender recommender;

    Width width = Width.MEDIUM;
    private @Nullable Importance importance;
    private @Nullable String display;

    KeyDraft(
            KeyGroup group,
            String name,
            Type type,
            Function<@Nullable Object, T> reading,
            @Nullable Object defaultValue,
            @Nullable String defaultText,
            @Nullable Validator validator,
            @Nullable Recommender recommender) {
        this.group = group;
        this.name = name;
        this.type = type;
        this.reading = reading;
        this.defaultValue = defaultValue;
        this.defaultText = defaultText;
        this.validator = validator;
        this.recommender = recommender;
    }

    public KeyDraft<T> importance(Importance level) {
        this.importance = level;
        return this;
    }

    public KeyDraft<T> display(String title) {
        this.display = title;
        return this;
    }

    /** {@link Width#MEDIUM} if nothing is said. */
    public KeyDraft<T> width(Width fieldWidth) {
        this.width = fieldWidth;
        return this;
    }

    /** Which values fit, and whether the key is shown, given the keys it {@link #dependsOn depends on}. */
    public KeyDraft<T> recommended(Recommender values) {
        this.recommender = values;
        return this;
    }

    /** The values that are recommended here are other ones when {@code key} changes. */
    public KeyDraft<T> dependsOn(Key<?> key) {
        dependsOn.add(key);
        return this;
    }

    /** Declares the key, with what the reference page says of it: sentences. */
    public Key<T> doc(String sentences) {
        Key<T> key = new Key<>(
                this,
                Objects.requireNonNull(importance, name + " has no importance"),
                Objects.requireNonNull(display, name + " has no display name"),
                sentences);
        group.add(key);
        return key;
    }
}
