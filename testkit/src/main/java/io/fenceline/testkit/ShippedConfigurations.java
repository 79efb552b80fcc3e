package io.fenceline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The connector configurations that people are given in {@code config/} and {@code deploy/}, each as a worker is sent it. */
public final class ShippedConfigurations {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();

    private ShippedConfigurations() {}

    /** File and name of the connector, to its properties, the name among them. */
    public static Map<String, Map<String, String>> all() {
        var all = new TreeMap<String, Map<String, String>>();
        for (Path file : files("config", "deploy")) {
            for (JsonNode document : documents(file)) {
                Map<String, String> properties = connector(document);
                if (!properties.isEmpty()) {
                    all.put(ProjectRoot.find().relativize(file) + " " + properties.get("name"), properties);
                }
            }
        }
        return all;
    }

    /** Of the connector in this file of the project, e.g. {@code config/sqs-source.json}. */
    public static Map<String, String> in(String file) {
        return connector(documents(ProjectRoot.find().resolve(file)).get(0));
    }

    /** JSON and YAML below these folders of the project. */
    public static List<Path> files(String... folders) {
        var files = new ArrayList<Path>();
        for (String folder : folders) {
            try (Stream<Path> below = Files.walk(ProjectRoot.find().resolve(folder))) {
                below.filter(file -> isYaml(file) || file.toString().endsWith(".json"))
                        .sorted()
                        .forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    /** What is in a file: one document of JSON, or those of YAML. Fails, naming the file, if it cannot be read. */
    public static List<JsonNode> documents(Path file) {
        try (var documents =
                (isYaml(file) ? YAML : JSON).readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
            return documents.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static boolean isYaml(Path file) {
        return file.toString().endsWith(".yaml") || file.toString().endsWith(".yml");
    }

    /** In the form of Connect's REST, of MSK Connect or of Strimzi; empty for what is no connector. */
    private static Map<String, String> connector(JsonNode document) {
        var properties = new LinkedHashMap<String, String>();
        if (document.at("/config/connector.class").isTextual()) {
            put(properties, document.get("config"));
            properties.put("name", document.get("name").asText());
        } else if (document.has("connectorConfiguration")) {
            put(properties, document.get("connectorConfiguration"));
            properties.put("name", document.get("connectorName").asText());
        } else if (document.path("kind").asText().equals("KafkaConnector")) {
            put(properties, document.at("/spec/config"));
            properties.put("connector.class", document.at("/spec/class").asText());
            properties.put("tasks.max", document.at("/spec/tasksMax").asText());
            properties.put("name", document.at("/metadata/name").asText());
        }
        return properties;
    }

    private static void put(Map<String, String> properties, JsonNode object) {
        object.properties()
                .forEach(property ->
                        properties.put(property.getKey(), property.getValue().asText()));
    }
}
