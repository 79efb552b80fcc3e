package io.fenceline.connect.sink.s2;

import io.fenceline.connect.config.S2ConnectionConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What in a configuration works but is seldom meant. Said by the connector when it starts and by nobody else: its tasks,
 * and every validation, have the same configuration and would only repeat it.
 */
final class StartupAdvice {

    static final String ERRORS_TOLERANCE = "errors.tolerance";
    private static final String DEAD_LETTER_QUEUE = "errors.deadletterqueue.topic.name";
    private static final String ISOLATION = "consumer.override.isolation.level";

    private StartupAdvice() {}

    static List<String> on(Map<String, String> properties) {
        List<String> advice = new ArrayList<>();
        S2ConnectionConfig.advice(properties).ifPresent(advice::add);
        if (!"read_committed".equals(properties.get(ISOLATION))) {
            advice.add(ISOLATION + " is not read_committed in the connector's configuration: unless the worker sets it,"
                    + " records of aborted transactions are written too");
        }
        if ("all".equals(properties.get(ERRORS_TOLERANCE))
                && properties.getOrDefault(DEAD_LETTER_QUEUE, "").isEmpty()) {
            advice.add(ERRORS_TOLERANCE + "=all without " + DEAD_LETTER_QUEUE
                    + ": records that cannot be written are logged and dropped");
        }
        List<String> unknown = S2SinkConfig.unknownKeys(properties);
        if (!unknown.isEmpty()) {
            advice.add("these keys mean nothing to the S2 sink connector, please check their spelling: " + unknown);
        }
        return advice;
    }
}
