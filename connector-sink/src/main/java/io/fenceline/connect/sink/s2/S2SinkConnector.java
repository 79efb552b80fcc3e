package io.fenceline.connect.sink.s2;

import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigReview;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.S2ConnectionCheck;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.sink.task.TaskConfigs;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kafka to S2. Checks the configuration and hands it to the tasks; see {@link S2SinkTask} for the work. */
public final class S2SinkConnector extends SinkConnector {

    private static final Logger LOG = LoggerFactory.getLogger(S2SinkConnector.class);

    private Map<String, String> properties = Map.of();

    /** Does nothing: the plugin scan of every worker calls it. */
    public S2SinkConnector() {}

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public ConfigDef config() {
        return S2SinkConfig.configDef();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return S2SinkTask.class;
    }

    @Override
    public void start(Map<String, String> props) {
        LOG.info(Version.startOf("S2 sink connector"));
        ConfigAtStart.read(() -> new S2SinkConfig(props));
        S2SinkAdvice.on(props).forEach(LOG::warn);
        properties = Collections.unmodifiableMap(new HashMap<>(props));
    }

    /** The same for every task: Connect spreads the partitions, and each is claimed by the task that has it. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return TaskConfigs.numbered(properties, maxTasks);
    }

    @Override
    public void stop() {}

    @Override
    public Config validate(Map<String, String> given) {
        Map<String, String> props = RawValues.withoutNulls(given);
        return ConfigReview.complete(
                super.validate(props),
                S2ConnectionConfig.BASIN,
                problems -> {
                    S2SinkConfig.checkSpelling(props, problems);
                    S2SinkConfig.checkAcross(props, problems);
                },
                problems -> checkConnection(S2SinkConfig.forValidation(props), props, problems));
    }

    private static void checkConnection(S2SinkConfig config, Map<String, String> props, ConfigProblems problems) {
        if (ConnectionCheck.isMade(config, S2ConnectionCheck.isPossible(props), "S2", LOG)) {
            S2ConnectionCheck.run(config.connection(), problems);
        }
    }

    /**
     * Called by Connect on a stopped connector, before it changes the consumer group's offsets. Exactly once, the position is
     * in the streams and is set there; at least once, the group's offsets are the position. Idempotent.
     */
    @Override
    public boolean alterOffsets(Map<String, String> connectorConfig, Map<TopicPartition, Long> offsets) {
        S2SinkConfig config = new S2SinkConfig(connectorConfig);
        if (config.exactlyOnce()) {
            new OffsetAlteration(config, connectorConfig).apply(offsets);
        }
        return true;
    }
}
