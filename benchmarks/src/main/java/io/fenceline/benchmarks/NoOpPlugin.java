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
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The no-op sink as a folder for {@code plugin.path}, and the counts its tasks keep. */
final class NoOpPlugin {

    /** A name and no class: Connect's API is on the worker's class path, not on ours. */
    static final String CONNECTOR = "io.fenceline.benchmarks.noop.NoOpSinkConnector";

    private static final List<String> CLASSES = List.of(CONNECTOR, "io.fenceline.benchmarks.noop.NoOpSinkTask");

    private NoOpPlugin() {}

    /** Packs the connector's two classes into a jar of their own. */
    static void install(Path pluginPath) {
        Path jar = pluginPath.resolve("no-op/no-op-sink.jar");
        try {
            Files.createDirectories(jar.getParent());
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
                for (String type : CLASSES) {
                    String file = type.replace('.', '/') + ".class";
                    try (InputStream in =
                            Objects.requireNonNull(NoOpPlugin.class.getResourceAsStream("/" + file), file)) {
                        entry(out, file, in.readAllBytes());
                    }
                }
                entry(
                        out,
                        "META-INF/services/org.apache.kafka.connect.sink.SinkConnector",
                        CONNECTOR.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Records given to all tasks that count in this folder so far. */
    static long count(Path folder) {
        try (Stream<Path> files = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            return files.flatMapToLong(NoOpPlugin::read).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LongStream read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Long.BYTES);
            return bytes.length < Long.BYTES
                    ? LongStream.empty()
                    : LongStream.of(java.nio.ByteBuffer.wrap(bytes).getLong());
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
