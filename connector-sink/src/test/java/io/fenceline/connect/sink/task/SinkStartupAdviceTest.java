package io.fenceline.connect.sink.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
}
