package io.fenceline.benchmarks;

import io.fenceline.testkit.ShippedConfigurations;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of {@code config/}, as users post it. */
final class ShippedFile {

    private ShippedFile() {}

    /** What it asks of Kafka's producer: its keys that begin with {@code producer.override.}. */
    static Map<String, String> producerOverrides(String file) {
        Map<String, String> overrides = new LinkedHashMap<>(ShippedConfigurations.in("config/" + file));
        overrides.keySet().removeIf(key -> !key.startsWith("producer.override."));
        return overrides;
    }
}
