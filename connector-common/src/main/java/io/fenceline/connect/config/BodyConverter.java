package io.fenceline.connect.config;

import io.fenceline.connect.RecordMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.storage.Converter;

/** {@link RecordMapper#BODY_CONVERTER}: makes bytes of keys and values that are neither bytes nor text. */
public final class BodyConverter {

    public static final KeyGroup KEYS = new KeyGroup("Records");

    private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";

    /** Text, not a class: the default must not be loaded where no record ever needs it. */
    public static final Key<String> CLASS = KEYS.text(RecordMapper.BODY_CONVERTER)
            .recommended(List.of(
                    JSON,
                    "org.apache.kafka.connect.storage.StringConverter",
                    "org.apache.kafka.connect.converters.ByteArrayConverter"))
            .defaultsTo(JSON)
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Body converter")
            .doc("Converter for keys and values that are neither bytes nor text. Keys that begin with "
                    + RecordMapper.BODY_CONVERTER + ". are "
                    + "passed to it; the default one gets schemas.enable=false unless that is set.");

    private static final String PREFIX = CLASS + ".";

    private static final String SCHEMAS_ENABLE = "schemas.enable";

    private BodyConverter() {}

    /** Reports a class that cannot be used, or that refuses its settings. */
    public static void check(Map<String, String> given, ConfigProblems problems) {
        String className = given.get(CLASS.name());
        if (className == null || Validators.isUnresolved(className)) {
            return;
        }
        try {
            create(className, settings(given, className), false);
        } catch (ConfigException e) {
            problems.add(CLASS, String.valueOf(e.getMessage()));
        }
    }

    public static Converter forKeys(TypedConfig config) {
        return create(config, true);
    }

    public static Converter forBodies(TypedConfig config) {
        return create(config, false);
    }

    private static Converter create(TypedConfig config, boolean isKey) {
        String className = config.get(CLASS);
        return create(className, settings(config.originalsStrings(), className), isKey);
    }

    private static Map<String, Object> settings(Map<String, String> given, String className) {
        Map<String, Object> settings = new HashMap<>();
        if (className.equals(JSON)) {
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
            throw new ConfigException("Invalid value " + className + " for configuration " + CLASS
                    + ": the class cannot be loaded (" + e.getClass().getSimpleName()
                    + "); allowed: a Converter on the worker's plugin path");
        }
        if (!(instance instanceof Converter converter)) {
            throw new ConfigException("Invalid value " + className + " for configuration " + CLASS + ": it is not a "
                    + Converter.class.getName());
        }
        try {
            converter.configure(settings, isKey);
        } catch (RuntimeException e) {
            // what it says may quote a secret among its settings
            throw new ConfigException(
                    "Invalid value " + className + " for configuration " + CLASS + ": the converter refuses its "
                            + PREFIX + "* settings (" + e.getClass().getName() + ")");
        }
        return converter;
    }

    /** Connect sets the thread's loader to the one that sees all plugins of the worker. */
    private static Class<?> load(String className) throws ClassNotFoundException {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return Class.forName(className, true, loader == null ? BodyConverter.class.getClassLoader() : loader);
    }
}
