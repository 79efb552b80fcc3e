package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.sink.s2.S2SinkConnector;
import io.fenceline.connect.sink.sqs.SqsSinkConnector;
import io.fenceline.connect.source.s2.S2SourceConnector;
import io.fenceline.connect.source.sqs.SqsSourceConnector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.Connector;
import org.apache.kafka.connect.connector.Task;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A configuration that cannot be used stopped connectors and tasks with one long line, without a code and what to do. */
class UnusableConfigurationAtStartTest {

    static Stream<Arguments> connectors() {
        Map<String, String> s2 = Map.of("s2.basin", "my-basin", "s2.access.token", "secret");
        return Stream.of(
                Arguments.of(new S2SinkConnector(), s2, Map.of("linger.ms", "soon")),
                Arguments.of(new S2SinkConnector(), s2, Map.of("retry.policy", "all")),
                Arguments.of(new SqsSinkConnector(), Map.of(), Map.of("sqs.queue.url", "nonsense")),
                Arguments.of(new S2SourceConnector(), s2, Map.of("poll.max.bytes", "many")),
                Arguments.of(new SqsSourceConnector(), Map.of(), Map.of("sqs.queue.urls", "nonsense")));
    }

    @ParameterizedTest
    @MethodSource("connectors")
    void theConnectorAndItsTaskStopWithTheFormOfEveryStop(
            Connector connector, Map<String, String> right, Map<String, String> wrong) throws Exception {
        Map<String, String> properties = new HashMap<>(right);
        properties.putAll(wrong);
        Task task = (Task) connector.taskClass().getConstructor().newInstance();

        for (Runnable start : List.<Runnable>of(() -> connector.start(properties), () -> task.start(properties))) {
            assertThatThrownBy(start::run).isInstanceOfSatisfying(ConfigException.class, stop -> assertThat(
                            String.valueOf(stop.getMessage()).lines())
                    .satisfiesExactly(
                            seen -> assertThat(seen)
                                    .startsWith("[CONFIG] ")
                                    .contains("onfiguration "
                                            + wrong.keySet().iterator().next()),
                            safe -> assertThat(safe).isEqualTo("safe: nothing was read or written"),
                            now -> assertThat(now).startsWith("now: correct what is named"),
                            line -> assertThat(line).endsWith(": POST /connectors/<name>/restart?includeTasks=true")));
        }
    }
}
