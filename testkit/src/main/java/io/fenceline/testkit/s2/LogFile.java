package io.fenceline.testkit.s2;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * An append-only file of entries. Opening it hands over every whole entry and cuts off what a crash left of a torn one.
 * Owned by one thread at a time.
 *
 * <pre>
 *   length (4) | CRC-32 of the entry (4) | entry (length)
 * </pre>
 */
final class LogFile implements Closeable {

    private static final int HEAD_BYTES = 8;

    /** Takes the entries that were found, in order. */
    interface Replay {
        void entry(byte[] bytes) throws IOException;
    }

    private final Path path;
    private final FileChannel channel;

    private LogFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static LogFile open(Path path, Replay replay) throws IOException {
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        long whole = 0;
        for (byte[] entry = read(channel, whole); entry != null; entry = read(channel, whole)) {
            replay.entry(entry);
            whole += HEAD_BYTES + entry.length;
        }
        channel.truncate(whole);
        channel.position(whole);
        return new LogFile(path, channel);
    }

    /** Durable only after {@link #force}. */
    void append(byte[] entry) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + entry.length)
                .putInt(entry.length)
                .putInt(checksum(entry))
                .put(entry)
                .flip();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void force() throws IOException {
        channel.force(false);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static byte @org.jspecify.annotations.Nullable [] read(FileChannel channel, long at) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        if (!fill(channel, head, at)) {
            return null;
        }
        int length = head.flip().getInt();
        int checksum = head.getInt();
        if (length < 0 || length > channel.size() - at - HEAD_BYTES) {
            return null;
        }
        ByteBuffer entry = ByteBuffer.allocate(length);
        return fill(channel, entry, at + HEAD_BYTES) && checksum(entry.array()) == checksum ? entry.array() : null;
    }

    private static boolean fill(FileChannel channel, ByteBuffer buffer, long at) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                return false;
            }
        }
        return true;
    }

    private static int checksum(byte[] entry) {
        CRC32 crc = new CRC32();
        crc.update(entry);
        return (int) crc.getValue();
    }
}
