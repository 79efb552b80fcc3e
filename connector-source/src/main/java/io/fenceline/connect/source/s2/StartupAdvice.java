package io.fenceline.connect.source.s2;

import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once, when the connector starts, what in a configuration works but is seldom meant. */
final class StartupAdvice {

    static final String STRING_CONVERTER = "org.apache.kafka.connect.storage.StringConverter";
    static final String BYTE_ARRAY_CONVERTER = "org.apache.kafka.connect.converters.ByteArrayConverter";

    private static final Logger LOG = LoggerFactory.getLogger(StartupAdvice.class);

    private StartupAdvice() {}

    static void log(S2SourceConfig config, Map<String, String> properties) {
        List<String> unknown = S2SourceConfig.unknownKeys(properties);
        if (!unknown.isEmpty()) {
            LOG.warn("These keys mean nothing to the S2 source connector, please check their spelling: {}", unknown);
        }
        if (config.topic().restoresTopic()) {
            LOG.warn(
                    "{}={} sends records to the topics they came from: made for another Kafka cluster; on the one an S2"
                            + " sink reads them from they would go round for ever",
                    S2SourceConfig.TOPIC,
                    config.topic());
        }
        if (STRING_CONVERTER.equals(properties.get("key.converter"))) {
            LOG.warn(
                    "key.converter is StringConverter, but keys are bytes, which it does not write as they are; use {}",
                    BYTE_ARRAY_CONVERTER);
        }
        if (!BYTE_ARRAY_CONVERTER.equals(properties.get("header.converter"))) {
            LOG.warn(
                    "header.converter is not {} in the connector's configuration: unless the worker sets it, header values"
                            + " are rewritten as text",
                    BYTE_ARRAY_CONVERTER);
        }
    }
}
