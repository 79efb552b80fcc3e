package io.fenceline.connect.sink.s2;

import io.fenceline.connect.config.ConfigurationSection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Prints {@code docs/configuration.md} from the connectors' definitions, or writes it to the file named as argument. */
public final class ConfigurationPage {

    private static final String INTRODUCTION = String.join(
            "\n",
            "# Configuration reference",
            "",
            "This page is printed from the connectors' own definitions; change those, then run",
            "`mvn -pl connector-sink -am test -Dtest=ConfigurationPageTest -Dsurefire.failIfNoSpecifiedTests=false "
                    + "-Dconfiguration.page=write`.",
            "",
            "Besides these keys every connector takes Kafka Connect's own (`name`, `topics`, `tasks.max`, `transforms`, `errors.*`,",
            "`consumer.override.*`, …). Set `key.converter`, `value.converter` and `header.converter` explicitly: with Connect's",
            "`ByteArrayConverter` for all three, keys, values and headers arrive byte for byte. Set",
            "`consumer.override.isolation.level=read_committed` on sinks, otherwise records of aborted transactions are delivered",
            "too. The files in `config/` do all this.",
            "",
            "Keys that begin with a prefix of ours and are not listed here are named in a warning when the connector starts and",
            "when its configuration is validated.",
            "",
            "");

    private ConfigurationPage() {}

    public static void main(String[] args) throws IOException {
        if (args.length == 0) {
            System.out.print(markdown());
        } else {
            Files.writeString(Path.of(args[0]), markdown(), StandardCharsets.UTF_8);
        }
    }

    static String markdown() {
        return INTRODUCTION
                + new ConfigurationSection(
                                "S2 sink: Kafka to S2",
                                S2SinkConnector.class.getName(),
                                S2SinkConfig.configDef(),
                                Map.of(S2SinkConfig.RETRY_POLICY, S2SinkConfig.RETRY_POLICY_DEFAULT_TEXT))
                        .toMarkdown();
    }
}
