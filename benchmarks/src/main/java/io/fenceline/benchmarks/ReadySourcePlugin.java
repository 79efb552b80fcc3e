package io.fenceline.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** The source of ready-made records as a folder for {@code plugin.path}. */
final class ReadySourcePlugin {

    /** A name and no class: Connect's API is on the worker's class path, not on ours. */
    static final String CONNECTOR = "io.fenceline.benchmarks.ready.ReadySourceConnector";

    private static final List<String> CLASSES = List.of(CONNECTOR, "io.fenceline.benchmarks.ready.ReadySourceTask");

    private ReadySourcePlugin() {}

    static void install(Path pluginPath) {
        Path jar = pluginPath.resolve("ready/ready-source.jar");
        try {
            Files.createDirectories(jar.getParent());
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
                for (String type : CLASSES) {
                    String file = type.replace('.', '/') + ".class";
                    try (InputStream in =
                            Objects.requireNonNull(ReadySourcePlugin.class.getResourceAsStream("/" + file), file)) {
                        entry(out, file, in.readAllBytes());
                    }
                }
                entry(
                        out,
                        "META-INF/services/org.apache.kafka.connect.source.SourceConnector",
                        CONNECTOR.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void entry(JarOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new JarEntry(name));
        out.write(content);
        out.closeEntry();
    }
}
