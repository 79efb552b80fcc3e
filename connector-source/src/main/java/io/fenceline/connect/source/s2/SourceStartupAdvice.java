package io.fenceline.connect.source.s2;

import io.fenceline.connect.config.ConnectConverters;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.source.HandOverWatch;
import io.fenceline.connect.source.ValueType;
import io.fenceline.s2.ReadStart;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What in a configuration works but is seldom meant. Said by the connector when it starts; a task says what takes a clock, and
 * nothing else.
 */
final class SourceStartupAdvice {

    private static final String ERRORS_TOLERANCE = "errors.tolerance";

    private SourceStartupAdvice() {}

    static List<String> on(S2SourceConfig config, Map<String, String> properties) {
        List<String> advice = new ArrayList<>();
        S2ConnectionConfig.advice(properties).ifPresent(advice::add);
        List<String> unknown = S2SourceConfig.unknownKeys(properties);
        if (!unknown.isEmpty()) {
            advice.add("these keys mean nothing to the S2 source connector, please check their spelling: " + unknown);
        }
        if (config.get(S2SourceConfig.POLL_MAX_BYTES) > config.get(S2SourceConfig.BUFFER_MAX_BYTES)) {
            advice.add(
                    S2SourceConfig.POLL_MAX_BYTES + "=" + config.get(S2SourceConfig.POLL_MAX_BYTES) + " is more than "
                            + S2SourceConfig.BUFFER_MAX_BYTES + "=" + config.get(S2SourceConfig.BUFFER_MAX_BYTES)
                            + ": a poll never has more than what was read ahead");
        }
        if (config.topic().restoresTopic()) {
            advice.add(S2SourceConfig.TOPIC + "=" + config.topic() + " sends records to the topics they came from: made"
                    + " for another Kafka cluster; on the one an S2 sink reads them from they would go round for ever");
        }
        if (config.get(S2SourceConfig.RESTORE_PARTITION) && !properties.containsKey(HandOverWatch.MAX_BLOCK)) {
            advice.add(S2SourceConfig.RESTORE_PARTITION + "=true without " + HandOverWatch.MAX_BLOCK
                    + ": for a partition that its topic"
                    + " does not have Kafka's producer waits without end, because that is how Connect sets it up, and"
                    + " only a warning of ours tells; with a limit, e.g. 60000, the task fails");
        }
        if (config.get(S2SourceConfig.RESTORE_PARTITION)) {
            properties.entrySet().stream()
                    .filter(setting -> isPartitionsOfOne(setting.getKey(), setting.getValue()))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .forEach(
                            key -> advice.add(
                                    S2SourceConfig.RESTORE_PARTITION + "=true with " + key
                                            + "=1: a topic that Connect creates has partition 0 alone, and Kafka's producer does not"
                                            + " get rid of a record of any other one; set as many partitions as the original topic has"));
        }
        boolean text = config.get(S2SourceConfig.VALUE_TYPE) == ValueType.STRING;
        advice.addAll(ConnectConverters.adviceOnBytes(
                properties,
                text
                        ? List.of(ConnectConverters.KEY, ConnectConverters.HEADER)
                        : List.of(ConnectConverters.KEY, ConnectConverters.VALUE, ConnectConverters.HEADER),
                "what is written to Kafka is not what is in S2: JsonConverter and Connect's default for headers write bytes"
                        + " as base64, StringConverter writes the address of their array"));
        if (text && ConnectConverters.kind(properties, ConnectConverters.VALUE) != ConnectConverters.Kind.TEXT) {
            advice.add(S2SourceConfig.VALUE_TYPE + "=string, and " + ConnectConverters.VALUE + " is not "
                    + ConnectConverters.STRING
                    + " in the connector's configuration: unless the worker sets it, values are"
                    + " not written as they are in S2");
        }
        if ("all".equals(properties.get(ERRORS_TOLERANCE))) {
            advice.add(
                    ERRORS_TOLERANCE + "=all: a record that a transform, a converter or, without exactly-once support,"
                            + " Kafka itself refuses is skipped, and no dead letter queue keeps it: Connect has none for sources");
        }
        return advice;
    }

    /** Whether a setting makes Connect create topics with one partition, by default or for a group of topics. */
    private static boolean isPartitionsOfOne(String key, @Nullable String value) {
        return key.startsWith("topic.creation.")
                && key.endsWith(".partitions")
                && value != null
                && value.strip().equals("1");
    }

    /** Why nothing may arrive for now; a task says it, for the streams that it has no offset of. */
    static Optional<String> onStart(S2SourceConfig config, Instant now) {
        return config.get(S2SourceConfig.START_FROM) instanceof ReadStart.AtTime time
                        && time.millis() > now.toEpochMilli()
                ? Optional.of(S2SourceConfig.START_FROM + "=" + Instant.ofEpochMilli(time.millis())
                        + " is in the future: of streams without a stored offset no record with an earlier S2 timestamp is"
                        + " read")
                : Optional.empty();
    }
}
