package io.fenceline.connect.config;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.jspecify.annotations.Nullable;

/** Defines keys of one group in a readable way and numbers them in the order they are added. */
public final class KeyGroup {

    private final ConfigDef def;
    private final String name;
    private int order;

    public KeyGroup(ConfigDef def, String name) {
        this.def = def;
        this.name = name;
    }

    /** {@code defaultValue} null: optional; {@link ConfigDef#NO_DEFAULT_VALUE}: required. */
    public Key key(String key, Type type, @Nullable Object defaultValue, Importance importance, String doc) {
        return new Key(key, type, defaultValue, importance, doc);
    }

    /** One key on its way into the group. */
    public final class Key {

        private final String key;
        private final Type type;
        private final @Nullable Object defaultValue;
        private final Importance importance;
        private final String doc;
        private @Nullable Validator validator;
        private @Nullable Recommender recommender;
        private Width width = Width.MEDIUM;
        private List<String> dependents = List.of();

        private Key(String key, Type type, @Nullable Object defaultValue, Importance importance, String doc) {
            this.key = key;
            this.type = type;
            this.defaultValue = defaultValue;
            this.importance = importance;
            this.doc = doc;
        }

        public Key allowed(Validator validator) {
            this.validator = validator;
            return this;
        }

        public Key recommended(List<Object> values) {
            return recommended(new Recommender() {
                @Override
                public List<Object> validValues(String name, Map<String, Object> parsedConfig) {
                    return values;
                }

                @Override
                public boolean visible(String name, Map<String, Object> parsedConfig) {
                    return true;
                }
            });
        }

        public Key recommended(Recommender recommender) {
            this.recommender = recommender;
            return this;
        }

        public Key width(Width width) {
            this.width = width;
            return this;
        }

        /** Keys whose recommended values depend on this one. */
        public Key dependents(String... keys) {
            this.dependents = List.of(keys);
            return this;
        }

        public void add(String displayName) {
            def.define(
                    key,
                    type,
                    defaultValue,
                    validator,
                    importance,
                    doc,
                    name,
                    ++order,
                    width,
                    displayName,
                    dependents,
                    recommender);
        }
    }
}
