package io.fenceline.connect.sink.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SinkStartupAdviceTest {

    @Test
    void everyLineThatNamesTheServiceNamesTheOneThatIsWrittenTo() {
        Map<String, String> properties = Map.of(
                "errors.tolerance", "all",
                "errors.deadletterqueue.topic.name", "dlq",
                "value.converter", "org.apache.kafka.connect.storage.StringConverter");

        List<String> advice = SinkStartupAdvice.on(properties, "the moon", List.of("moon.fase"));

        assertThat(advice)
                .hasSize(5)
                .anySatisfy(line -> assertThat(line).contains("too large for the moon"))
                .anySatisfy(line -> assertThat(line).contains("what is written to the moon is not what is in Kafka"))
                .anySatisfy(line -> assertThat(line).contains("the moon sink connector", "moon.fase"))
                .noneSatisfy(line -> assertThat(line).containsAnyOf("S2", "SQS"));
    }

    @Test
    void aConfigurationThatIsMeantAsItIsGetsNoAdvice() {
        Map<String, String> properties = Map.of(
                "consumer.override.isolation.level", "read_committed",
                "key.converter", "ByteArrayConverter",
                "value.converter", "ByteArrayConverter",
                "header.converter", "ByteArrayConverter");

        assertThat(SinkStartupAdvice.on(properties, "S2", List.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "read_uncommitted,   aborted transactions are written too",
        "READ_COMMITTED,     no task will start",
        "'read_committed ',  no task will start",
        "read-committed,     no task will start",
    })
    void anIsolationLevelIsNamedWithWhatComesOfIt(String level, String consequence) {
        assertThat(SinkStartupAdvice.on(meant("consumer.override.isolation.level", level), "S2", List.of()))
                .singleElement()
                .asString()
                .startsWith("consumer.override.isolation.level=" + level.strip())
                .contains(consequence, "set read_committed");
    }

    @ParameterizedTest
    @CsvSource({"none", "''"})
    void aDeadLetterQueueThatKeepsNoTaskAliveIsNamed(String tolerance) {
        Map<String, String> properties = meant("errors.deadletterqueue.topic.name", "dlq");
        if (!tolerance.isEmpty()) {
            properties.put("errors.tolerance", tolerance);
        }
        assertThat(SinkStartupAdvice.on(properties, "S2", List.of()))
                .singleElement()
                .asString()
                .startsWith("errors.deadletterqueue.topic.name=dlq with errors.tolerance=none")
                .contains("stops the task");
    }

    private static Map<String, String> meant(String key, String value) {
        Map<String, String> properties = new HashMap<>(Map.of(
                "consumer.override.isolation.level", "read_committed",
                "key.converter", "ByteArrayConverter",
                "value.converter", "ByteArrayConverter",
                "header.converter", "ByteArrayConverter"));
        properties.put(key, value);
        return properties;
    }
}
