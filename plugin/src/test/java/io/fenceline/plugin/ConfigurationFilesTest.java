package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.connect.sink.s2.S2SinkConfig;
import io.fenceline.connect.sink.sqs.SqsSinkConfig;
import io.fenceline.connect.sink.sqs.SqsSinkConnector;
import io.fenceline.connect.source.s2.S2SourceConfig;
import io.fenceline.connect.source.sqs.SqsSourceConfig;
import io.fenceline.connect.source.sqs.SqsSourceConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in config/ can be posted as they are. */
class ConfigurationFilesTest {

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("..", "config"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void shouldBeTakenByItsConnectorWithoutAWarning(Path file) throws IOException {
        Map<String, String> properties = properties(file);

        if (properties.get("connector.class").equals(SqsSinkConnector.class.getName())) {
            assertThat(new SqsSinkConfig(properties).queue().toString()).isNotEmpty();
            assertThat(SqsSinkConfig.unknownKeys(properties)).isEmpty();
        } else if (properties.get("connector.class").equals(SqsSourceConnector.class.getName())) {
            assertThat(new SqsSourceConfig(properties).ownQueues()).isNotEmpty();
            assertThat(SqsSourceConfig.unknownKeys(properties)).isEmpty();
        } else if (isSource(properties)) {
            assertThat(new S2SourceConfig(properties).connection().basin()).isNotEmpty();
            assertThat(S2SourceConfig.unknownKeys(properties)).isEmpty();
        } else {
            assertThat(new S2SinkConfig(properties).connection().basin()).isNotEmpty();
            assertThat(S2SinkConfig.unknownKeys(properties)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void noKeyIsMistyped(Path file) throws IOException {
        Map<String, String> properties = properties(file);
        Map<String, String> problems = new HashMap<>();
        if (properties.get("connector.class").equals(SqsSinkConnector.class.getName())) {
            SqsSinkConfig.checkSpelling(properties, problems::put);
        } else if (properties.get("connector.class").equals(SqsSourceConnector.class.getName())) {
            SqsSourceConfig.checkSpelling(properties, problems::put);
        } else if (isSource(properties)) {
            S2SourceConfig.checkSpelling(properties, problems::put);
        } else {
            S2SinkConfig.checkSpelling(properties, problems::put);
        }
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("files")
    void shouldSayHowBytesStayBytesAndOrderStaysOrder(Path file) throws IOException {
        Map<String, String> properties = properties(file);

        assertThat(properties)
                .containsEntry("key.converter", BYTES)
                .containsEntry("value.converter", BYTES)
                .containsEntry("header.converter", BYTES);
        if (isSource(properties)) {
            assertThat(properties)
                    .as("records without a key keep their order in one partition")
                    .containsEntry("topic.creation.default.partitions", "1");
        } else {
            assertThat(properties).containsEntry("consumer.override.isolation.level", "read_committed");
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void shouldSendADeadLetterQueueWhatIsTooLargeForS2(Path file) throws IOException {
        Map<String, String> properties = properties(file);

        if (properties.containsKey("errors.deadletterqueue.topic.name")) {
            assertThat(properties.get("producer.override.max.request.size"))
                    .asLong()
                    .isGreaterThan(2 << 20);
            assertThat(Files.readString(Path.of("..", "config", "README.md")))
                    .contains("producer.override.max.request.size", "max.message.bytes");
        }
    }

    private static boolean isSource(Map<String, String> properties) {
        return properties.get("connector.class").endsWith("SourceConnector");
    }

    private static Map<String, String> properties(Path file) throws IOException {
        var json = new ObjectMapper();
        JsonNode connector = json.readTree(file.toFile());
        assertThat(connector.get("name").asText()).isNotEmpty();
        Map<String, String> properties = json.convertValue(connector.get("config"), new TypeReference<>() {});
        // as a worker does that has the provider
        properties.replaceAll((key, value) -> value.replaceAll("\\$\\{env:[A-Z0-9_]+}", "provided"));
        return properties;
    }
}
