package io.fenceline.benchmarks.noop;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/** Counts into eight bytes of a mapped file: whoever measures can look as often as they like at no cost to the task. */
public final class NoOpSinkTask extends SinkTask {

    private @Nullable MappedByteBuffer counter;
    private long count;

    @Override
    public void start(Map<String, String> properties) {
        Path folder = Path.of(Objects.requireNonNull(properties.get(NoOpSinkConnector.COUNT_FOLDER)));
        Path file = folder.resolve("count-" + properties.get(NoOpSinkConnector.TASK));
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                counter = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
            }
        } catch (IOException e) {
            throw new ConnectException("cannot count into " + file, e);
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        count += records.size();
        Objects.requireNonNull(counter).putLong(0, count);
    }

    @Override
    public void stop() {}

    @Override
    public String version() {
        return "0";
    }
}
