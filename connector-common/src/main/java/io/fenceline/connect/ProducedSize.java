package io.fenceline.connect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * How large Kafka's producer takes a record to be: a batch of this record alone before compression, every number in it at
 * its longest. That is what it compares with {@code max.request.size}. Owned by one thread.
 */
public final class ProducedSize {

    private static final int BATCH_OVERHEAD = 61;
    private static final int RECORD_OVERHEAD = 21;

    private final long keyAndValue;
    private final boolean isKnown;
    private long headerBytes;
    private int headerCount;

    private ProducedSize(long keyAndValue, boolean isKnown) {
        this.keyAndValue = keyAndValue;
        this.isKnown = isKnown;
    }

    /** Of the record as it is in Kafka, which can be told where its key and value have come through as bytes or text. */
    public static ProducedSize of(ConnectRecord<?> record) {
        int key = length(record.key());
        int value = length(record.value());
        boolean known = (record.key() == null || key >= 0) && (record.value() == null || value >= 0);
        ProducedSize size = new ProducedSize(field(key) + field(value), known);
        for (Header header : record.headers()) {
            Object content = header.value();
            int length = length(content);
            // a typed value was text before Connect's default header converter made a number or a list of it
            size.addHeader(header.key(), content == null || length >= 0 ? length : utf8(String.valueOf(content)));
        }
        return size;
    }

    /** One more header, of a value with that many bytes; negative: of no value. */
    public void addHeader(String name, int valueLength) {
        headerCount++;
        headerBytes += field(utf8(name)) + field(valueLength);
    }

    /** Empty if the record's key or value is neither bytes nor text. */
    public OptionalLong bytes() {
        return isKnown
                ? OptionalLong.of(
                        BATCH_OVERHEAD + RECORD_OVERHEAD + keyAndValue + lengthOfNumber(headerCount) + headerBytes)
                : OptionalLong.empty();
    }

    /** -1 for null and for what is neither bytes nor text. */
    private static int length(@Nullable Object content) {
        if (content instanceof byte[] bytes) {
            return bytes.length;
        }
        if (content instanceof ByteBuffer buffer) {
            return buffer.remaining();
        }
        return content instanceof String text ? utf8(text) : -1;
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static long field(int length) {
        return length < 0 ? 1 : lengthOfNumber(length) + (long) length;
    }

    /** Bytes of a number in Kafka's records: seven bits a byte, the lowest one for the sign. */
    private static int lengthOfNumber(int number) {
        int bytes = 1;
        for (long rest = ((long) number << 1) >>> 7; rest != 0; rest >>>= 7) {
            bytes++;
        }
        return bytes;
    }
}
