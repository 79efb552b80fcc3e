package io.fenceline.connect.source.sqs;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.Version;
import io.fenceline.connect.config.ConfigAtStart;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigReview;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.SqsConnectionCheck;
import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.source.ForgottenOffsets;
import io.fenceline.connect.source.TaskShares;
import io.fenceline.sqs.QueueUrl;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SQS to Kafka. Checks the configuration and gives each queue to one task; see {@link SqsSourceTask} for the work. */
public final class SqsSourceConnector extends SourceConnector {

    private static final Logger LOG = LoggerFactory.getLogger(SqsSourceConnector.class);

    private Map<String, String> properties = Map.of();

    /** Does nothing: the plugin scan of every worker calls it. */
    public SqsSourceConnector() {}

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public ConfigDef config() {
        return SqsSourceConfig.configDef();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return SqsSourceTask.class;
    }

    @Override
    public void start(Map<String, String> props) {
        LOG.info(Version.startOf("SQS source connector"));
        SqsSourceConfig config = ConfigAtStart.read(() -> new SqsSourceConfig(props));
        SqsSourceAdvice.on(config, props).forEach(LOG::warn);
        properties = Collections.unmodifiableMap(new HashMap<>(props));
    }

    /**
     * Queues are dealt out by account and name, so that a list in another order gives the same tasks the same queues. A queue has one
     * task, so there are no more tasks than queues.
     *
     * <p>Connect puts the connector's own text back under each key that has a placeholder of a configuration provider, so a task may
     * be given the whole list instead of its share: it finds its share again by {@link SqsSourceConfig#ownQueues}.
     */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        SqsSourceConfig config = SqsSourceConfig.forValidation(properties);
        List<List<String>> shares = TaskShares.dealOut(config.queues().identities(), maxTasks);
        List<Map<String, String>> configs = new ArrayList<>();
        for (int task = 0; task < shares.size(); task++) {
            Map<String, String> own = new HashMap<>(properties);
            own.put(
                    SqsSourceConfig.QUEUES.name(),
                    config.queues().queues(shares.get(task)).stream()
                            .map(QueueUrl::text)
                            .collect(Collectors.joining(",")));
            own.put(TaskKeys.SHARE, SqsSourceConfig.shareOf(shares.get(task)));
            own.put(TaskKeys.NUMBER, String.valueOf(task));
            own.put(TaskKeys.COUNT, String.valueOf(shares.size()));
            configs.add(own);
        }
        return configs;
    }

    @Override
    public void stop() {}

    /** What was produced is in Connect's offsets, in one transaction with the records, and one task owns a queue. */
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
                "to forget one slot, overwrite it with an id that no message has: \"offset\":"
                        + OffsetRequestText.keys(SlotOffsets.NOBODYS));
        SlotRequest.check(SqsSourceConfig.forValidation(connectorConfig), offsets);
        return true;
    }

    @Override
    public Config validate(Map<String, String> given) {
        Map<String, String> props = RawValues.withoutNulls(given);
        SqsSourceAdvice.unconfirmed(props).ifPresent(LOG::warn);
        return ConfigReview.complete(
                super.validate(props),
                SqsSourceConfig.QUEUES,
                problems -> {
                    SqsSourceConfig.checkSpelling(props, problems);
                    SqsSourceConfig.checkAcross(props, problems);
                },
                problems -> checkConnection(props, problems));
    }

    private static void checkConnection(Map<String, String> props, ConfigProblems problems) {
        boolean resolved = SqsConnectionCheck.isPossible(props)
                && !Validators.isUnresolved(props.get(SqsSourceConfig.QUEUES.name()));
        if (ConnectionCheck.isMade(props, resolved, "SQS", LOG)) {
            SqsSourceConfig config = SqsSourceConfig.forValidation(props);
            SqsConnectionCheck.run(config.connection(), config.queues(), problems);
        }
    }
}
