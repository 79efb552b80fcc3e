package io.fenceline.plugin;

import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.sink.s2.S2SinkConfig;
import io.fenceline.connect.sink.sqs.SqsSinkConfig;
import io.fenceline.connect.source.s2.S2SourceConfig;
import io.fenceline.connect.source.sqs.SqsSourceConfig;
import java.util.List;
import java.util.stream.Collectors;

/** {@code docs/configuration.md} as the connectors' definitions make it. */
final class ConfigurationPage {

    static final List<ConfigurationSection> SECTIONS = List.of(
            S2SinkConfig.reference(),
            S2SourceConfig.reference(),
            SqsSinkConfig.reference(),
            SqsSourceConfig.reference());

    private static final String INTRODUCTION = String.join(
            "\n",
            "# Configuration reference",
            "",
            "This page is printed from the connectors' own definitions; change those, then run",
            "`mvn -pl plugin -am test -Dtest=ConfigurationPageTest -Dsurefire.failIfNoSpecifiedTests=false "
                    + "-Dconfiguration.page=write`.",
            "",
            "Besides these keys every connector takes Kafka Connect's own (`name`, `tasks.max`, `transforms`,"
                    + " `errors.*`, a sink",
            "`topics` and `consumer.override.*`, a source `topic.creation.*` and `producer.override.*`, …). Set"
                    + " `key.converter`, `value.converter` and `header.converter` explicitly: with Connect's",
            "`ByteArrayConverter` for all three, keys, values and headers arrive byte for byte. Set",
            "`consumer.override.isolation.level=read_committed` on sinks, otherwise records of aborted transactions"
                    + " are delivered",
            "too. The files in `config/` do all this.",
            "",
            "Keys that begin with a prefix of ours and are not listed here are named in a warning when the connector"
                    + " starts.",
            "",
            "");

    private ConfigurationPage() {}

    static String markdown() {
        return INTRODUCTION
                + SECTIONS.stream().map(ConfigurationSection::toMarkdown).collect(Collectors.joining("\n"));
    }
}
