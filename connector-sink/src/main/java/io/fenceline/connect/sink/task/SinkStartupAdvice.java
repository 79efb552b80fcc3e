package io.fenceline.connect.sink.task;

import io.fenceline.connect.config.ConnectConverters;
import io.fenceline.connect.config.RawValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What in a sink's configuration works but is seldom meant. Said by the connector when it starts and by nobody else: its
 * tasks, and every validation, have the same configuration and would only repeat it.
 */
public final class SinkStartupAdvice {

    static final String ERRORS_TOLERANCE = "errors.tolerance";
    private static final String ISOLATION = "consumer.override.isolation.level";
    private static final String COMMITTED = "read_committed";
    private static final String UNCOMMITTED = "read_uncommitted";

    private SinkStartupAdvice() {}

    /**
     * @param service     what the sink writes to, e.g. S2
     * @param unknownKeys keys under our prefixes that mean nothing to the connector
     */
    public static List<String> on(Map<String, String> properties, String service, List<String> unknownKeys) {
        List<String> advice = new ArrayList<>();
        onIsolation(properties).ifPresent(advice::add);
        String queue = RawValues.text(properties, DeadLetterQueue.TOPIC, "");
        if ("all".equals(properties.get(ERRORS_TOLERANCE))) {
            if (queue.isEmpty()) {
                advice.add(ERRORS_TOLERANCE + "=all without " + DeadLetterQueue.TOPIC
                        + ": records that cannot be written are logged and dropped");
            } else if (DeadLetterQueue.maxRequestSize(properties) <= DeadLetterQueue.DEFAULT_MAX_REQUEST_SIZE) {
                advice.add(DeadLetterQueue.TOPIC + " without " + DeadLetterQueue.MAX_REQUEST_SIZE
                        + " above its default of " + DeadLetterQueue.DEFAULT_MAX_REQUEST_SIZE
                        + ": Connect's producer does not send the dead letter queue what is too large for " + service
                        + ", so such a record stops the task with RECORD_TOO_LARGE; set it, and max.message.bytes of"
                        + " the queue's topic, to what the largest record has with its headers");
            }
        } else if (!queue.isEmpty()) {
            advice.add(DeadLetterQueue.TOPIC + "=" + queue + " with " + ERRORS_TOLERANCE + "="
                    + RawValues.text(properties, ERRORS_TOLERANCE, "none")
                    + ": the first record that cannot be written stops the task all the same; with "
                    + ERRORS_TOLERANCE + "=all it goes to the queue and the task goes on");
        }
        advice.addAll(ConnectConverters.adviceOnBytes(
                properties,
                List.of(ConnectConverters.KEY, ConnectConverters.VALUE, ConnectConverters.HEADER),
                "what is written to " + service
                        + " is not what is in Kafka: StringConverter replaces bytes that are not UTF-8, other"
                        + " converters parse them and body.converter writes the result, and Connect's default for"
                        + " headers makes numbers and lists of text that looks like them"));
        if (!unknownKeys.isEmpty()) {
            advice.add("these keys mean nothing to the " + service + " sink connector, please check their spelling: "
                    + unknownKeys);
        }
        return advice;
    }

    /** Kafka's consumer compares the text letter by letter, and what is set here comes before what the worker sets. */
    private static Optional<String> onIsolation(Map<String, String> properties) {
        String level = properties.get(ISOLATION);
        if (level == null || level.isBlank()) {
            return Optional.of(
                    ISOLATION + " is not " + COMMITTED + " in the connector's configuration: unless the worker"
                            + " sets it, records of aborted transactions are written too");
        }
        return switch (level) {
            case COMMITTED -> Optional.empty();
            case UNCOMMITTED ->
                Optional.of(ISOLATION + "=" + level + ": records of aborted transactions are written too, whatever the"
                        + " worker sets; set " + COMMITTED);
            default ->
                Optional.of(ISOLATION + "=" + level + " is none of Kafka's isolation levels, and its"
                        + " consumer refuses it: no task will start; set " + COMMITTED + ", in lower case and without"
                        + " blanks around it");
        };
    }
}
