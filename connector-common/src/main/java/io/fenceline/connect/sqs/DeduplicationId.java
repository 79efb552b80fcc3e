package io.fenceline.connect.sqs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The identity by which a FIFO queue tells a message that is sent again from a new one: base64url without padding of SHA-256 over
 * namespace, topic, partition, offset and timestamp of the record, each as UTF-8 or decimal text behind its length in bytes (four
 * bytes, the highest first). 43 characters of the 128 that SQS allows.
 *
 * <p>The timestamp tells the records of a topic that was made again from those of the one before, which SQS would otherwise answer
 * with success and not keep. A record without one has an empty field there. The namespace tells apart connectors that write
 * records of one name to one queue.
 *
 * <p>A pure function: any process gives the same id. Any thread; about a microsecond.
 */
public final class DeduplicationId {

    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

    private DeduplicationId() {}

    /**
     * @param topic     as the record was read from Kafka, before any transform; so are partition and offset
     * @param timestamp in milliseconds; null or negative if the record has none
     */
    public static String of(String namespace, String topic, int partition, long offset, @Nullable Long timestamp) {
        byte[] space = namespace.getBytes(StandardCharsets.UTF_8);
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] partitionDigits = digits(partition);
        byte[] offsetDigits = digits(offset);
        byte[] timestampDigits = timestamp == null || timestamp < 0 ? new byte[0] : digits(timestamp);
        ByteBuffer fields = ByteBuffer.allocate(5 * Integer.BYTES
                + space.length
                + name.length
                + partitionDigits.length
                + offsetDigits.length
                + timestampDigits.length);
        put(fields, space);
        put(fields, name);
        put(fields, partitionDigits);
        put(fields, offsetDigits);
        put(fields, timestampDigits);
        return hash(fields.array());
    }

    /** SHA-256 in base64url without padding. */
    static String hash(byte[] bytes) {
        return new String(BASE64URL.encode(sha256().digest(bytes)), StandardCharsets.ISO_8859_1);
    }

    private static void put(ByteBuffer fields, byte[] field) {
        fields.putInt(field.length).put(field);
    }

    /** {@link Long#toString(long)} does not look at the locale. */
    private static byte[] digits(long number) {
        return Long.toString(number).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
