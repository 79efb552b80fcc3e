package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.SequencedRecord;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server's files: a catalog of what exists, and one log per stream with its batches. A stream's token, trim point and
 * tail follow from its log. One server at a time has it open.
 *
 * <pre>
 *   lock
 *   catalog.log       JSON: a basin or a stream as it is from now on, or that it is gone
 *   streams/N.log     arrival (8) | length of the key's name (1) | key's name | ReadBatch
 * </pre>
 */
final class DataFolder implements Closeable {

    /** Takes the catalog's entries, oldest first. */
    interface CatalogReplay {
        void entry(JsonNode event) throws IOException;
    }

    private final Path root;
    private final FileChannel lockChannel;
    private final LogFile catalog;

    private DataFolder(Path root, FileChannel lockChannel, LogFile catalog) {
        this.root = root;
        this.lockChannel = lockChannel;
        this.catalog = catalog;
    }

    static DataFolder open(Path root, CatalogReplay replay) throws IOException {
        Files.createDirectories(root.resolve("streams"));
        FileChannel lockChannel =
                FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!lock(lockChannel)) {
            lockChannel.close();
            throw new IOException("another server has " + root + " open");
        }
        LogFile catalog = LogFile.open(root.resolve("catalog.log"), entry -> replay.entry(parse(entry)));
        return new DataFolder(root, lockChannel, catalog);
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // the other one is in this very process
            return false;
        }
    }

    LogFile catalog() {
        return catalog;
    }

    /** Opens or creates a stream's log and puts its batches back. */
    LogFile stream(long id, StreamModel model) {
        try {
            boolean isNew = !Files.exists(path(id));
            LogFile log = LogFile.open(path(id), entry -> model.restore(decode(entry)));
            if (isNew) {
                // the file's name has to survive as well
                try (FileChannel streams = FileChannel.open(root.resolve("streams"), StandardOpenOption.READ)) {
                    streams.force(true);
                }
            }
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void remove(LogFile stream) {
        try {
            stream.close();
            Files.deleteIfExists(stream.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] encode(ObjectNode event) {
        return event.toString().getBytes(StandardCharsets.UTF_8);
    }

    static byte[] encode(List<StreamModel.Entry> batch) {
        byte[] records = ServiceMessages.readBatch(
                batch.stream().map(StreamModel.Entry::record).toList(), null);
        // commands in a batch have none
        String named = batch.stream()
                .map(StreamModel.Entry::key)
                .filter(key -> key != null)
                .findFirst()
                .orElse("");
        byte[] key = named.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + 1 + key.length + records.length)
                .putLong(batch.get(0).arrivedAt())
                .put((byte) key.length)
                .put(key)
                .put(records)
                .array();
    }

    private static List<StreamModel.Entry> decode(byte[] bytes) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long arrivedAt = in.getLong();
        byte[] key = new byte[in.get()];
        in.get(key);
        @Nullable String named = key.length == 0 ? null : new String(key, StandardCharsets.UTF_8);
        byte[] records = new byte[in.remaining()];
        in.get(records);
        List<StreamModel.Entry> batch = new ArrayList<>();
        for (SequencedRecord record : Messages.readBatch(records).records()) {
            batch.add(new StreamModel.Entry(record, arrivedAt, record.isCommand() ? null : named));
        }
        return batch;
    }

    private static JsonNode parse(byte[] entry) throws IOException {
        try {
            return Json.parse(entry);
        } catch (Refused e) {
            throw new IOException("the catalog holds an entry that is no JSON", e);
        }
    }

    private Path path(long id) {
        return root.resolve("streams").resolve(id + ".log");
    }

    @Override
    public void close() throws IOException {
        catalog.close();
        lockChannel.close();
    }
}
