package io.fenceline.connect.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The converters that Connect puts between Kafka and a connector, as far as the connector's configuration names them, and what
 * they do with bytes. They are judged by their class, whatever they are called: Connect takes a class name, or an alias such
 * as {@code StringConverter} or {@code String}. What a worker's own configuration names cannot be seen from a connector. Any
 * thread.
 */
public final class ConnectConverters {

    public static final String KEY = "key.converter";
    public static final String VALUE = "value.converter";
    public static final String HEADER = "header.converter";

    public static final String BYTE_ARRAY = "org.apache.kafka.connect.converters.ByteArrayConverter";
    public static final String STRING = "org.apache.kafka.connect.storage.StringConverter";

    private static final Set<String> BYTE_ARRAY_NAMES = Set.of(BYTE_ARRAY, "ByteArrayConverter", "ByteArray");
    private static final Set<String> STRING_NAMES = Set.of(STRING, "StringConverter", "String");

    /** What a converter does with bytes. */
    public enum Kind {
        /** The connector's configuration names none, so the worker's applies. */
        NOT_NAMED,
        /** Carries them as they are: ByteArrayConverter or a subclass. */
        BYTES,
        /**
         * StringConverter or a subclass. Reading from Kafka it replaces what is not UTF-8; writing to Kafka it writes bytes as
         * the address of their array.
         */
        TEXT,
        /** Makes something else of them, or is not known. */
        OTHER
    }

    private ConnectConverters() {}

    public static Kind kind(Map<String, String> given, String key) {
        String name = RawValues.text(given, key, "");
        if (name.isEmpty()) {
            return Kind.NOT_NAMED;
        }
        for (Class<?> type = load(name); type != null; type = type.getSuperclass()) {
            // by name: the worker and a plugin may each have loaded it
            if (type.getName().equals(BYTE_ARRAY)) {
                return Kind.BYTES;
            }
            if (type.getName().equals(STRING)) {
                return Kind.TEXT;
            }
        }
        // as where no worker is around that knows its aliases
        return BYTE_ARRAY_NAMES.contains(name) ? Kind.BYTES : STRING_NAMES.contains(name) ? Kind.TEXT : Kind.OTHER;
    }

    /** Reports a converter that would write the address of an array in place of {@code what}, which come as bytes. */
    public static void refuseText(Map<String, String> given, String key, String what, ConfigProblems problems) {
        if (kind(given, key) == Kind.TEXT) {
            problems.add(
                    key,
                    "Invalid value " + given.get(key) + " for configuration " + key + ": " + what
                            + " come as bytes, and StringConverter writes the address of their array as text; allowed: "
                            + BYTE_ARRAY);
        }
    }

    /**
     * A line for the log about each of {@code keys} that does not carry bytes, as far as this configuration says.
     *
     * @param otherwise what becomes of the bytes then
     */
    public static List<String> adviceOnBytes(Map<String, String> given, List<String> keys, String otherwise) {
        List<String> notNamed = new ArrayList<>();
        List<String> advice = new ArrayList<>();
        for (String key : keys) {
            Kind kind = kind(given, key);
            if (kind == Kind.NOT_NAMED) {
                notNamed.add(key);
            } else if (kind != Kind.BYTES && !Validators.isUnresolved(given.get(key))) {
                advice.add(key + "=" + given.get(key) + " does not carry bytes as they are: " + otherwise + "; with "
                        + BYTE_ARRAY + " they arrive byte for byte");
            }
        }
        if (!notNamed.isEmpty()) {
            advice.add("the connector's configuration does not set " + String.join(", ", notNamed)
                    + ": unless the worker's configuration sets " + BYTE_ARRAY + ", " + otherwise);
        }
        return advice;
    }

    /** Null if nobody here knows the name. */
    private static @Nullable Class<?> load(String name) {
        ClassLoader ours = ConnectConverters.class.getClassLoader();
        // Connect sets the thread's loader to one that sees the worker's plugins, and their aliases: not Class.forName,
        // which insists that a class is called what it was asked for as
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        try {
            return (context == null ? ours : context).loadClass(name);
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }
}
