package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.s2.S2SinkConnector;
import io.fenceline.connect.sink.sqs.SqsSinkConnector;
import io.fenceline.connect.source.s2.S2SourceConnector;
import io.fenceline.connect.source.sqs.SqsSourceConnector;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.connector.Connector;
import org.apache.kafka.connect.connector.Task;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A placeholder that the worker left where it was: under whatever key, nothing is done with it. */
class PlaceholdersAtStartTest {

    static List<Connector> connectors() {
        return List.of(
                new S2SinkConnector(), new SqsSinkConnector(), new S2SourceConnector(), new SqsSourceConnector());
    }

    @ParameterizedTest
    @MethodSource("connectors")
    void underEveryKeyItStopsTheConnectorAndATaskThatNamesIt(Connector connector) throws Exception {
        for (String key : connector.config().names()) {
            Map<String, String> properties = Map.of(key, "${env:NOT_THERE}");
            String said = "[CONFIG] " + key + " is '${env:NOT_THERE}': the worker did not replace it";

            assertThatThrownBy(() -> connector.start(properties))
                    .isInstanceOf(TerminalException.class)
                    .hasMessageStartingWith(said);
            Task task = (Task) connector.taskClass().getConstructor().newInstance();
            assertThatThrownBy(() -> task.start(properties))
                    .isInstanceOf(TerminalException.class)
                    .hasMessageStartingWith(said);
        }
    }
}
