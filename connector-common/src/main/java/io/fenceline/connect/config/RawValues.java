package io.fenceline.connect.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Values of a configuration as they were given, for checks that have to work where parsing fails. */
public final class RawValues {

    private RawValues() {}

    /** JSON can carry nulls, and to Connect a key with the value null is a key that is there. */
    public static Map<String, String> withoutNulls(Map<String, String> properties) {
        Map<String, String> present = new HashMap<>(properties);
        present.values().removeIf(Objects::isNull);
        return present;
    }

    /** The value or its default without blanks around it; empty if there is neither. */
    public static String text(Map<String, String> given, Key<?> key) {
        return text(given, key.name(), key.writtenDefault());
    }

    public static String text(Map<String, String> given, String key, String defaultValue) {
        String value = given.get(key);
        return value == null ? defaultValue : value.strip();
    }

    /** Empty if the value is not a number. */
    public static Optional<Long> number(Map<String, String> given, Key<?> key) {
        return number(text(given, key));
    }

    /** Empty if the value is not a number. */
    public static Optional<Long> number(Map<String, String> given, String key, long defaultValue) {
        return number(text(given, key, Long.toString(defaultValue)));
    }

    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
