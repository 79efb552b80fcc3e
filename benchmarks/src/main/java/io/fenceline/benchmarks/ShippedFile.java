package io.fenceline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.testkit.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of {@code config/}, as users post it. */
final class ShippedFile {

    private ShippedFile() {}

    /** What it asks of Kafka's producer: its keys that begin with {@code producer.override.}. */
    static Map<String, String> producerOverrides(String file) {
        Path path = ProjectRoot.find().resolve("config").resolve(file);
        Map<String, String> overrides = new LinkedHashMap<>();
        try {
            JsonNode config = new ObjectMapper().readTree(path.toFile()).path("config");
            config.fields().forEachRemaining(entry -> {
                if (entry.getKey().startsWith("producer.override.")) {
                    overrides.put(entry.getKey(), entry.getValue().asText());
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return overrides;
    }
}
