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
            "A key that is not listed here and cannot be Connect's is refused when the configuration is posted, with an error on"
                    + " the key itself: one",
            "within two letters of a key of the connector, one that begins with `s2.` or `sqs.` (on the SQS connectors also `aws.`,"
                    + " unless",
            "`aws.credentials.provider.class` is set, which may have keys of its own), and a key of another connector of"
                    + " these. Other keys that",
            "mean nothing to the connector, nor to Connect as far as it knows, are named in one warning when it starts.",
            "",
            "A placeholder of a configuration provider (`${env:…}`, `${file:…}`) that the worker leaves in a key of this page"
                    + " stops connector and",
            "tasks at their start with [`CONFIG`](operations.md#when-the-configuration-cannot-be-used). `validate` says nothing of"
                    + " it, since it may be asked where nobody fills",
            "placeholders in.",
            "",
            "");

    private ConfigurationPage() {}

    static String markdown() {
        return INTRODUCTION
                + SECTIONS.stream().map(ConfigurationSection::toMarkdown).collect(Collectors.joining("\n"));
    }
}
