package io.fenceline.connect.source.s2;

import io.fenceline.connect.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/** S2 to Kafka. Checks the configuration and spreads the streams over the tasks; see {@link S2SourceTask} for the work. */
public final class S2SourceConnector extends SourceConnector {

    private Map<String, String> properties = Map.of();

    /** Does nothing: the plugin scan of every worker calls it. */
    public S2SourceConnector() {}

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public ConfigDef config() {
        return S2SourceConfig.configDef();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return S2SourceTask.class;
    }

    @Override
    public void start(Map<String, String> props) {
        new S2SourceConfig(props);
        properties = Collections.unmodifiableMap(new HashMap<>(props));
    }

    /** Listed streams are dealt out; streams found by prefix are found by the tasks, each keeping what it owns. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        S2SourceConfig config = S2SourceConfig.forValidation(properties);
        List<Map<String, String>> configs = new ArrayList<>();
        if (config.streamPrefix() != null) {
            for (int task = 0; task < maxTasks; task++) {
                configs.add(new HashMap<>(properties));
            }
        } else {
            for (List<String> share : StreamShares.dealOut(config.streams(), maxTasks)) {
                Map<String, String> own = new HashMap<>(properties);
                own.put(S2SourceConfig.STREAMS, String.join(",", share));
                configs.add(own);
            }
        }
        for (int task = 0; task < configs.size(); task++) {
            configs.get(task).put(S2SourceConfig.TASK_NUMBER, String.valueOf(task));
            configs.get(task).put(S2SourceConfig.TASK_COUNT, String.valueOf(configs.size()));
        }
        return configs;
    }

    @Override
    public void stop() {}
}
