package io.fenceline.connect.sink.s2;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once, at start, what in a configuration works but is seldom meant. */
final class StartupAdvice {

    static final String ERRORS_TOLERANCE = "errors.tolerance";
    private static final String DEAD_LETTER_QUEUE = "errors.deadletterqueue.topic.name";
    private static final String ISOLATION = "consumer.override.isolation.level";

    private static final Logger log = LoggerFactory.getLogger(StartupAdvice.class);

    private StartupAdvice() {}

    static void log(Map<String, String> properties) {
        if (!"read_committed".equals(properties.get(ISOLATION))) {
            log.warn(
                    "{} is not read_committed in the connector's configuration: unless the worker sets it, records of"
                            + " aborted transactions are written too",
                    ISOLATION);
        }
        if ("all".equals(properties.get(ERRORS_TOLERANCE))
                && properties.getOrDefault(DEAD_LETTER_QUEUE, "").isEmpty()) {
            log.warn(
                    "{}=all without {}: records that cannot be written are logged and dropped",
                    ERRORS_TOLERANCE,
                    DEAD_LETTER_QUEUE);
        }
        for (String key : S2SinkConfig.unknownKeys(properties)) {
            log.warn("configuration key {} is not known to this connector and has no effect", key);
        }
    }
}
