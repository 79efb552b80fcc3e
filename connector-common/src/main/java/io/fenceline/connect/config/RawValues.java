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

    public static String text(Map<String, String> given, String key, String defaultValue) {
        String value = given.get(key);
        return value == null ? defaultValue : value.strip();
    }

    /** Empty if the value is not a number. */
    public static Optional<Long> number(Map<String, String> given, String key, long defaultValue) {
        try {
            return Optional.of(Long.parseLong(text(given, key, Long.toString(defaultValue))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
