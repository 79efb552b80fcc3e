package io.fenceline.connect.sink.sqs;

import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigReview;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.SqsConnectionCheck;
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

/** Kafka to SQS. Checks the configuration and hands it to the tasks; see {@link SqsSinkTask} for the work. */
public final class SqsSinkConnector extends SinkConnector {

    private static final Logger LOG = LoggerFactory.getLogger(SqsSinkConnector.class);

    private Map<String, String> properties = Map.of();

    /** Does nothing: the plugin scan of every worker calls it. */
    public SqsSinkConnector() {}

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public ConfigDef config() {
        return SqsSinkConfig.configDef();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return SqsSinkTask.class;
    }

    @Override
    public void start(Map<String, String> props) {
        LOG.info(Version.startOf("SQS sink connector"));
        ConfigAtStart.read(() -> new SqsSinkConfig(props));
        SqsSinkAdvice.on(props).forEach(LOG::warn);
        properties = Collections.unmodifiableMap(new HashMap<>(props));
    }

    /** The same for every task: Connect spreads the partitions, and their queues are shared by all who write to them. */
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
                SqsSinkConfig.QUEUE,
                problems -> {
                    SqsSinkConfig.checkSpelling(props, problems);
                    SqsSinkConfig.checkAcross(props, problems);
                },
                problems -> checkConnection(props, problems));
    }

    private static void checkConnection(Map<String, String> props, ConfigProblems problems) {
        if (ConnectionCheck.isMade(props, SqsConnectionCheck.isPossible(props), "SQS", LOG)) {
            SqsSinkConfig config = SqsSinkConfig.forValidation(props);
            SqsConnectionCheck.run(config.connection(), config.queue(), SqsSinkConfig.topics(props), problems);
        }
    }

    /**
     * Called by Connect on a stopped connector, before it changes the consumer group's offsets: they are the whole position, a
     * queue knows none. Nothing has to be done, but what comes of it is said.
     */
    @Override
    public boolean alterOffsets(Map<String, String> connectorConfig, Map<TopicPartition, Long> offsets) {
        SqsSinkConfig config = new SqsSinkConfig(connectorConfig);
        LOG.info(
                "the consumer group's offsets are set, to {}; records that were sent before and are read again are sent"
                        + " again{}",
                offsets,
                config.queue().isFifo()
                        ? ", and for five minutes after they were sent the queue drops them unless "
                                + SqsSinkConfig.DEDUPLICATION_NAMESPACE + " is changed"
                        : "");
        return true;
    }
}
