package io.fenceline.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The no-op sink as a folder for {@code plugin.path}, and the counts its tasks keep. */
final class NoOpPlugin {

    static final String CONNECTOR = "io.fenceline.benchmarks.noop.NoOpSinkConnector";

    private NoOpPlugin() {}

    static void install(Path pluginPath) {
        PluginJar.write(
                pluginPath.resolve("no-op/no-op-sink.jar"),
                "org.apache.kafka.connect.sink.SinkConnector",
                List.of(CONNECTOR, "io.fenceline.benchmarks.noop.NoOpSinkTask"));
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
}
