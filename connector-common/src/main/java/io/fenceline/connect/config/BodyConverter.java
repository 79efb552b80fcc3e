package io.fenceline.connect.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.storage.Converter;

/** {@code body.converter}: makes bytes of keys and values that are neither bytes nor text. */
public final class BodyConverter {

    public static final String KEY = "body.converter";
    public static final String PREFIX = KEY + ".";
    private static final String DOC =
            "Converter for keys and values that are neither bytes nor text. Keys that begin with "
                    + "body.converter. are passed to it; the default one gets schemas.enable=false unless that is set.";
    public static final String DEFAULT = "org.apache.kafka.connect.json.JsonConverter";
    private static final String DISPLAY = "Body converter";

    private static final String SCHEMAS_ENABLE = "schemas.enable";

    private BodyConverter() {}

    /** The key is text, not a class: the default must not be loaded where no record ever needs it. */
    public static void addTo(KeyGroup group) {
        group.key(KEY, Type.STRING, DEFAULT, Importance.MEDIUM, DOC)
                .width(Width.LONG)
                .recommended(List.of(
                        DEFAULT,
                        "org.apache.kafka.connect.storage.StringConverter",
                        "org.apache.kafka.connect.converters.ByteArrayConverter"))
                .add(DISPLAY);
    }

    /** Reports a class that cannot be used, or that refuses its settings. */
    public static void check(Map<String, String> given, ConfigProblems problems) {
        String className = given.get(KEY);
        if (className == null || Validators.isUnresolved(className)) {
            return;
        }
        try {
            create(className, settings(given, className), false);
        } catch (ConfigException e) {
            problems.add(KEY, String.valueOf(e.getMessage()));
        }
    }

    public static Converter forKeys(AbstractConfig config) {
        return create(config, true);
    }

    public static Converter forBodies(AbstractConfig config) {
        return create(config, false);
    }

    private static Converter create(AbstractConfig config, boolean isKey) {
        String className = config.getString(KEY);
        return create(className, settings(config.originalsStrings(), className), isKey);
    }

    private static Map<String, Object> settings(Map<String, String> given, String className) {
        Map<String, Object> settings = new HashMap<>();
        if (className.equals(DEFAULT)) {
            settings.put(SCHEMAS_ENABLE, "false");
        }
        given.forEach((key, value) -> {
            if (key.startsWith(PREFIX)) {
                settings.put(key.substring(PREFIX.length()), value);
            }
        });
        return settings;
    }

    private static Converter create(String className, Map<String, Object> settings, boolean isKey) {
        Object instance;
        try {
            instance = load(className).getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new ConfigException("Invalid value " + className + " for configuration " + KEY
                    + ": the class cannot be loaded (" + e.getClass().getSimpleName()
                    + "); allowed: a Converter on the worker's plugin path");
        }
        if (!(instance instanceof Converter converter)) {
            throw new ConfigException("Invalid value " + className + " for configuration " + KEY + ": it is not a "
                    + Converter.class.getName());
        }
        try {
            converter.configure(settings, isKey);
        } catch (RuntimeException e) {
            // what it says may quote a secret among its settings
            throw new ConfigException(
                    "Invalid value " + className + " for configuration " + KEY + ": the converter refuses its " + PREFIX
                            + "* settings (" + e.getClass().getName() + ")");
        }
        return converter;
    }

    /** Connect sets the thread's loader to the one that sees all plugins of the worker. */
    private static Class<?> load(String className) throws ClassNotFoundException {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return Class.forName(className, true, loader == null ? BodyConverter.class.getClassLoader() : loader);
    }
}
