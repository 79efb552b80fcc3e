package io.fenceline.benchmarks.ready;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

/** What a worker costs by itself on the way into Kafka: converters, producer, transactions, and nothing in front of them. */
public final class ReadySourceConnector extends SourceConnector {

    /** Separated by commas; the records go to them in turn. */
    public static final String TOPICS = "ready.topics";

    public static final String RECORDS = "ready.records";
    public static final String SIZE = "ready.size";
    public static final String POLL_RECORDS = "ready.poll.records";

    private static final ConfigDef CONFIG = new ConfigDef()
            .define(TOPICS, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where the records go.")
            .define(RECORDS, ConfigDef.Type.LONG, ConfigDef.Importance.HIGH, "How many.")
            .define(SIZE, ConfigDef.Type.INT, ConfigDef.Importance.HIGH, "Bytes of a value.")
            .define(POLL_RECORDS, ConfigDef.Type.INT, ConfigDef.Importance.HIGH, "Records handed over at once.");

    private Map<String, String> config = Map.of();

    @Override
    public void start(Map<String, String> properties) {
        config = Map.copyOf(properties);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return ReadySourceTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return List.of(config);
    }

    @Override
    public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> connectorConfig) {
        return ExactlyOnceSupport.SUPPORTED;
    }

    @Override
    public void stop() {}

    @Override
    public ConfigDef config() {
        return CONFIG;
    }

    @Override
    public String version() {
        return "0";
    }
}
