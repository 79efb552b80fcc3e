package io.fenceline.connect.config;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.jspecify.annotations.Nullable;

/**
 * What a key on its way into a {@link KeyGroup} can have as its value. What it has if nothing is given is said last.
 *
 * @param <D> what a default is given as
 * @param <T> what the value is to the program
 */
public final class KeyValue<D, T> {

    private final KeyGroup group;
    private final String name;
    private final Type type;
    private final Function<Object, T> reading;
    private final Function<D, Object> writing;
    private @Nullable Validator validator;
    private @Nullable Recommender recommender;

    /**
     * @param reading what {@link ConfigDef} has parsed, to what the program uses
     * @param writing a default, to what {@link ConfigDef} is given
     */
    KeyValue(KeyGroup group, String name, Type type, Function<Object, T> reading, Function<D, Object> writing) {
        this.group = group;
        this.name = name;
        this.type = type;
        this.reading = reading;
        this.writing = writing;
    }

    public KeyValue<D, T> allowed(Validator allowed) {
        this.validator = allowed;
        return this;
    }

    /** What user interfaces offer. */
    public KeyValue<D, T> recommended(List<Object> values) {
        this.recommender = new Recommender() {
            @Override
            public List<Object> validValues(String key, Map<String, Object> parsedConfig) {
                return values;
            }

            @Override
            public boolean visible(String key, Map<String, Object> parsedConfig) {
                return true;
            }
        };
        return this;
    }

    public KeyDraft<T> defaultsTo(D value) {
        return always(writing.apply(value));
    }

    public KeyDraft<T> required() {
        return always(ConfigDef.NO_DEFAULT_VALUE);
    }

    public KeyDraft<Optional<T>> optional() {
        return draft(null, null, value -> Optional.ofNullable(value).map(reading));
    }

    /** @param otherwise for the reference page: what holds where the key is left out */
    public KeyDraft<Optional<T>> optional(String otherwise) {
        return draft(null, otherwise, value -> Optional.ofNullable(value).map(reading));
    }

    private KeyDraft<T> always(Object defaultValue) {
        return draft(defaultValue, null, value -> reading.apply(Objects.requireNonNull(value, name)));
    }

    private <V> KeyDraft<V> draft(
            @Nullable Object defaultValue, @Nullable String defaultText, Function<@Nullable Object, V> reader) {
        return new KeyDraft<>(group, name, type, reader, defaultValue, defaultText, validator, recommender);
    }

    /** A number, whose range comes first. */
    public static final class Number<T> {

        private final KeyValue<T, T> value;

        Number(KeyGroup group, String name, Type type, Function<Object, T> reading, Function<T, Object> writing) {
            this.value = new KeyValue<>(group, name, type, reading, writing);
        }

        /** Both included; of a time: milliseconds. */
        public KeyValue<T, T> between(long min, long max) {
            return value.allowed(Validators.between(min, max));
        }

        public KeyValue<T, T> atLeast(long min) {
            return value.allowed(Validators.atLeast(min));
        }
    }
}
