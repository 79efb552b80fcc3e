package io.fenceline.connect.sink.s2;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.HerderModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.junit.jupiter.api.Test;

/** Values that come from configuration providers: what the tasks make of them after Connect has put the placeholders back. */
class S2SinkProvidedConfigurationTest {

    private final Map<String, String> posted = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @Test
    void aTaskSeesTheConnectorsValueUnderEveryKeyAndNothingAProviderAnsweredIsStored() {
        provide("name", "to-s2");
        provide("topics", "orders,payments");
        provide("s2.basin", "basin-of-the-provider");
        provide("s2.access.token", "token-of-the-provider");
        for (ConfigKey key : S2SinkConfig.configDef().configKeys().values()) {
            if (key.hasDefault() && key.defaultValue != null) {
                provide(key.name, ConfigDef.convertToString(key.defaultValue, key.type));
            }
        }
        // beside text of its own, and beside placeholders of ours
        environment.put("STAGE", "stage-of-the-provider");
        posted.put("s2.stream", "${env:STAGE}/${topic}/${partition}");
        HerderModel herder = new HerderModel(posted);
        Map<String, ?> connectors = new S2SinkConfig(herder.connectorConfig(environment)).values();

        List<Map<String, String>> stored = herder.storedTaskConfigs(environment, config -> {
            S2SinkConnector connector = new S2SinkConnector();
            connector.start(config);
            return connector.taskConfigs(3);
        });

        assertThat(stored).hasSize(3).doesNotHaveDuplicates();
        for (Map<String, String> task : stored) {
            Map<String, String> resolved = HerderModel.resolved(task, environment);
            assertThat((Object) new S2SinkConfig(resolved).values()).isEqualTo(connectors);
            assertThat(resolved).containsEntry("topics", "orders,payments").containsEntry("name", "to-s2");
            assertThat(task.values()).allSatisfy(value -> assertThat(value).doesNotContain("of-the-provider"));
        }
    }

    private void provide(String key, String value) {
        String variable = key.replace('.', '_');
        environment.put(variable, value);
        posted.put(key, "${env:" + variable + "}");
    }
}
