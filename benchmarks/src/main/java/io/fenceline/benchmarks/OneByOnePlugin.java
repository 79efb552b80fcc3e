package io.fenceline.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The sink that sends one message a request, as a folder for {@code plugin.path}, with the SDK's jars of the connectors' archive. */
final class OneByOnePlugin {

    static final String CONNECTOR = "io.fenceline.benchmarks.onebyone.OneByOneSinkConnector";

    private static final String FOLDER = "one-by-one";
    /** What the modules of the archive are called. */
    private static final List<String> OURS =
            List.of("append-session", "connector-", "queue-wire", "stream-wire", "fenceline");

    private OneByOnePlugin() {}

    static void install(Path pluginPath) {
        Path folder = pluginPath.resolve(FOLDER);
        PluginJar.write(
                folder.resolve("one-by-one-sink.jar"),
                "org.apache.kafka.connect.sink.SinkConnector",
                List.of(CONNECTOR, "io.fenceline.benchmarks.onebyone.OneByOneSinkTask"));
        try (Stream<Path> files = Files.walk(pluginPath)) {
            for (Path jar : files.filter(OneByOnePlugin::isOfTheSdk).toList()) {
                Files.copy(jar, folder.resolve(jar.getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOfTheSdk(Path file) {
        Path folder = file.getParent();
        String name = file.getFileName().toString();
        return folder != null
                && folder.endsWith("lib")
                && name.endsWith(".jar")
                && OURS.stream().noneMatch(name::startsWith);
    }

    /** Messages of all tasks that count in this folder so far. */
    static long count(Path folder) {
        return NoOpPlugin.count(folder);
    }
}
