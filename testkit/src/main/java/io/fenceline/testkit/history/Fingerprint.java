package io.fenceline.testkit.history;

import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.sqs.QueuedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * A hash over everything of a record that must arrive on S2: body and all headers in order, ours included. Kept instead
 * of the record, so that a history of gigabytes fits into a small heap.
 */
record Fingerprint(long high, long low) {

    /** The form design gives a Kafka record on S2, written down here a second time. */
    static Fingerprint of(ConsumerRecord<byte[], byte[]> record) {
        Digest digest = new Digest();
        digest.header("kafka.id", bytes(record.topic() + "/" + record.partition() + "/" + record.offset()));
        if (record.timestampType() != TimestampType.NO_TIMESTAMP_TYPE) {
            digest.header("kafka.ts", bytes(Long.toString(record.timestamp())));
        }
        if (record.key() != null) {
            digest.header("kafka.key", record.key());
        }
        if (record.value() == null) {
            digest.header("kafka.null", new byte[0]);
        }
        for (Header header : record.headers()) {
            byte @Nullable [] value = header.value();
            if (value == null) {
                digest.header("kafka.null.header", bytes(header.key()));
            } else {
                digest.header(header.key(), value);
            }
        }
        return digest.end(record.value() == null ? new byte[0] : record.value());
    }

    /** The form design gives a Kafka record in a queue, whose attributes have no order: headers by name. */
    static Fingerprint inQueue(ConsumerRecord<byte[], byte[]> record) {
        Digest digest = new Digest();
        digest.header("kafka.id", bytes(record.topic() + "/" + record.partition() + "/" + record.offset()));
        if (record.timestampType() != TimestampType.NO_TIMESTAMP_TYPE) {
            digest.header("kafka.ts", bytes(Long.toString(record.timestamp())));
        }
        if (record.key() != null) {
            digest.header("kafka.key", record.key().length == 0 ? bytes("empty") : record.key());
        }
        if (record.value() == null) {
            digest.header("kafka.null", bytes("1"));
        }
        Map<String, byte[]> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), header.value());
        }
        headers.forEach(digest::header);
        return digest.end(record.value() == null ? bytes("null") : record.value());
    }

    /** What its consumer makes of a message. */
    static Fingerprint of(QueuedMessage message) {
        Digest digest = new Digest();
        Map<String, byte[]> headers = new TreeMap<>();
        message.attributes().forEach((name, value) -> headers.put(name, value.bytes()));
        for (String ours : List.of("kafka.id", "kafka.ts", "kafka.key", "kafka.null")) {
            byte @Nullable [] value = headers.remove(ours);
            if (value != null) {
                digest.header(ours, value);
            }
        }
        byte @Nullable [] encoding = headers.remove("kafka.encoding");
        headers.forEach(digest::header);
        String how = encoding == null ? "" : new String(encoding, StandardCharsets.UTF_8);
        return digest.end(
                switch (how) {
                    case "" -> bytes(message.body());
                    case "base64" -> Base64.getDecoder().decode(message.body());
                    case "empty" -> new byte[0];
                    default -> bytes("unknown encoding " + how);
                });
    }

    static Fingerprint of(S2Reader.Stored record) {
        Digest digest = new Digest();
        for (byte[][] header : record.headers()) {
            digest.header(header[0], header[1]);
        }
        return digest.end(record.body());
    }

    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Lengths are hashed too: moving a byte from a name into a value is a different record. */
    private static final class Digest {

        private final MessageDigest hash;

        Digest() {
            try {
                hash = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        void header(String name, byte[] value) {
            header(bytes(name), value);
        }

        void header(byte[] name, byte[] value) {
            part('h', name);
            part('v', value);
        }

        Fingerprint end(byte[] body) {
            part('b', body);
            ByteBuffer result = ByteBuffer.wrap(Arrays.copyOf(hash.digest(), 16));
            return new Fingerprint(result.getLong(), result.getLong());
        }

        private void part(char kind, byte[] bytes) {
            hash.update((byte) kind);
            hash.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            hash.update(bytes);
        }
    }
}
