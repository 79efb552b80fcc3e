package io.fenceline.connect.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * Keys that stand under one heading, in the order in which they are declared. Meant for static fields: the keys are declared
 * while their class is initialised, and none after {@link Keys#of} or {@link #include} has taken the group.
 */
public final class KeyGroup {

    /** What the text of a key means. */
    @FunctionalInterface
    public interface Parser<T> {

        /** @throws ConfigException that says all, if it means nothing */
        T parse(String key, String text);
    }

    private final String title;
    private final List<Key<?>> keys = new ArrayList<>();
    private boolean taken;

    public KeyGroup(String title) {
        this.title = title;
    }

    /** Puts the keys of a group that several connectors share under this heading, behind the keys that stand there already. */
    public void include(KeyGroup shared) {
        shared.take().forEach(this::add);
    }

    public KeyValue.Number<Integer> integer(String name) {
        return new KeyValue.Number<>(this, name, Type.INT, Integer.class::cast, value -> value);
    }

    public KeyValue.Number<Long> longInteger(String name) {
        return new KeyValue.Number<>(this, name, Type.LONG, Long.class::cast, value -> value);
    }

    /** A number of milliseconds. */
    public KeyValue.Number<Duration> millis(String name) {
        return new KeyValue.Number<>(
                this, name, Type.LONG, value -> Duration.ofMillis((Long) value), Duration::toMillis);
    }

    public KeyValue<Boolean, Boolean> flag(String name) {
        return new KeyValue<>(this, name, Type.BOOLEAN, Boolean.class::cast, value -> value);
    }

    public KeyValue<String, String> text(String name) {
        return new KeyValue<>(this, name, Type.STRING, String.class::cast, value -> value);
    }

    /** Hidden wherever Kafka prints it. */
    public KeyValue<Password, Password> secret(String name) {
        return new KeyValue<>(this, name, Type.PASSWORD, Password.class::cast, value -> value);
    }

    /** Texts separated by commas. */
    public KeyValue<List<String>, List<String>> texts(String name) {
        return new KeyValue<>(
                this,
                name,
                Type.LIST,
                value -> ((List<?>) value).stream().map(String::valueOf).toList(),
                value -> value);
    }

    /** One of an enum's constants, written in lower case; user interfaces offer them in their order. */
    public <E extends Enum<E>> KeyValue<E, E> oneOf(String name, Class<E> type) {
        List<Object> constants = Arrays.stream(type.getEnumConstants())
                .<Object>map(KeyGroup::written)
                .toList();
        return new KeyValue<E, E>(
                        this,
                        name,
                        Type.STRING,
                        value -> Enum.valueOf(type, ((String) value).toUpperCase(Locale.ROOT)),
                        KeyGroup::written)
                .allowed(Validators.oneOf(type))
                .recommended(constants);
    }

    /** Text that means something else. */
    public <T> KeyValue<String, T> parsed(String name, String allowed, Parser<T> parser) {
        return new KeyValue<String, T>(
                        this, name, Type.STRING, value -> parser.parse(name, (String) value), value -> value)
                .allowed(Validators.parsedBy(allowed, parser::parse));
    }

    void add(Key<?> key) {
        if (taken) {
            throw new IllegalStateException(
                    key + " comes too late: the keys of '" + title + "' have been taken; declare it before that");
        }
        keys.add(key);
    }

    List<Key<?>> take() {
        taken = true;
        return List.copyOf(keys);
    }

    String title() {
        return title;
    }

    static String written(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
