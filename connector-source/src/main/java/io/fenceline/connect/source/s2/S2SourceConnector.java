package io.fenceline.connect.source.s2;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigReview;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.S2ConnectionCheck;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.source.ForgottenOffsets;
import io.fenceline.connect.source.TaskShares;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** S2 to Kafka. Checks the configuration and spreads the streams over the tasks; see {@link S2SourceTask} for the work. */
public final class S2SourceConnector extends SourceConnector {

    private static final Logger LOG = LoggerFactory.getLogger(S2SourceConnector.class);

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
        LOG.info(Version.startOf("S2 source connector"));
        S2SourceConfig config = ConfigAtStart.read(() -> new S2SourceConfig(props));
        SourceStartupAdvice.on(config, props).forEach(LOG::warn);
        properties = Collections.unmodifiableMap(new HashMap<>(props));
    }

    /**
     * Listed streams are dealt out; streams found by prefix are found by the tasks, each keeping what it owns.
     *
     * <p>Connect puts the connector's own text back under each key that has a placeholder of a configuration provider, so a task may
     * be given the whole list instead of its share: it finds its share again by {@link S2SourceConfig#ownStreams}. The share
     * is put under the list's key all the same, for tasks on a worker with an older version of ours, which read what they
     * find there.
     */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        S2SourceConfig config = S2SourceConfig.forValidation(properties);
        String basin = config.connection().basin();
        String prefix = config.streams().prefix();
        List<Map<String, String>> configs = new ArrayList<>();
        if (prefix != null) {
            for (int task = 0; task < maxTasks; task++) {
                Map<String, String> own = new HashMap<>(properties);
                own.put(TaskKeys.SHARE, TaskShares.digest(basin, List.of(prefix)));
                configs.add(own);
            }
        } else {
            for (List<String> share : TaskShares.dealOut(config.streams().listed(), maxTasks)) {
                Map<String, String> own = new HashMap<>(properties);
                own.put(StreamSelection.STREAMS.name(), String.join(",", share));
                own.put(TaskKeys.SHARE, TaskShares.digest(basin, share));
                configs.add(own);
            }
        }
        for (int task = 0; task < configs.size(); task++) {
            configs.get(task).put(TaskKeys.NUMBER, String.valueOf(task));
            configs.get(task).put(TaskKeys.COUNT, String.valueOf(configs.size()));
        }
        return configs;
    }

    @Override
    public void stop() {}

    /** The position is in Connect's offsets alone, so a transaction around records and offsets is all it takes. */
    @Override
    public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> connectorConfig) {
        return ExactlyOnceSupport.SUPPORTED;
    }

    @Override
    public ConnectorTransactionBoundaries canDefineTransactionBoundaries(Map<String, String> connectorConfig) {
        return ConnectorTransactionBoundaries.UNSUPPORTED;
    }

    /** Called by Connect on a stopped connector; it stores the offsets itself once they are found good. */
    @Override
    public boolean alterOffsets(Map<String, String> connectorConfig, Map<Map<String, ?>, Map<String, ?>> offsets) {
        ForgottenOffsets.refuseIfImpossible(
                connectorConfig,
                offsets,
                "to read one stream from its beginning, store that: \"offset\":{\"" + OffsetRequestText.SEQ_NUM
                        + "\":0}");
        OffsetRequest.check(S2SourceConfig.forValidation(connectorConfig), offsets);
        return true;
    }

    @Override
    public Config validate(Map<String, String> given) {
        Map<String, String> props = RawValues.withoutNulls(given);
        return ConfigReview.complete(
                super.validate(props),
                S2ConnectionConfig.BASIN,
                problems -> {
                    S2SourceConfig.checkSpelling(props, problems);
                    S2SourceConfig.checkAcross(props, problems);
                },
                problems -> checkConnection(S2SourceConfig.forValidation(props), props, problems));
    }

    private static void checkConnection(S2SourceConfig config, Map<String, String> props, ConfigProblems problems) {
        boolean resolved = S2ConnectionCheck.isPossible(props)
                && !Validators.isUnresolved(props.get(StreamSelection.STREAMS.name()))
                && !Validators.isUnresolved(props.get(StreamSelection.PREFIX.name()));
        if (!ConnectionCheck.isMade(config, resolved, "S2", LOG)) {
            return;
        }
        S2ConnectionCheck.ask(config.connection(), problems, client -> new StreamSurvey(
                                config, canSeeLoops(config, props), client)
                        .run())
                .ifPresent(found -> found.forEach(problem -> problem.addTo(problems)));
    }

    /**
     * Records going back to the topic they came from are a loop only on the Kafka cluster they came from. {@code ${topic}} alone is
     * there for another cluster, and a transform or another producer may lead elsewhere: none of this can be seen from here.
     */
    private static boolean canSeeLoops(S2SourceConfig config, Map<String, String> props) {
        return !config.topic().restoresTopic()
                && props.getOrDefault("transforms", "").isBlank()
                && !props.containsKey("producer.override.bootstrap.servers");
    }
}
