package io.fenceline.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** The source of ready-made records as a folder for {@code plugin.path}. */
final class ReadySourcePlugin {

    static final String CONNECTOR = "io.fenceline.benchmarks.ready.ReadySourceConnector";

    private ReadySourcePlugin() {}

    static void install(Path pluginPath) {
        PluginJar.write(
                pluginPath.resolve("ready/ready-source.jar"),
                "org.apache.kafka.connect.source.SourceConnector",
                List.of(CONNECTOR, "io.fenceline.benchmarks.ready.ReadySourceTask"));
    }
}
