package io.fenceline.connect.config;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;

/** Values of {@link Keys}, read by key. Immutable. */
public class TypedConfig extends AbstractConfig {

    /**
     * @param logValues whether the values are logged, secrets hidden
     * @throws org.apache.kafka.common.config.ConfigException naming the key whose value cannot be
     */
    public TypedConfig(Keys keys, Map<String, String> properties, boolean logValues) {
        super(keys.def(), properties, logValues);
    }

    /** @throws org.apache.kafka.common.config.ConfigException if the key is not one of this configuration's */
    public final <T> T get(Key<T> key) {
        return key.read(get(key.name()));
    }
}
