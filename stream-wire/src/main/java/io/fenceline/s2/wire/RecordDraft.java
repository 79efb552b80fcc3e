package io.fenceline.s2.wire;

import com.google.protobuf.CodedOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One record about to be encoded, described by references to its bytes. Reusable: fill it, hand it to
 * {@link AppendBatch#tryAdd}, {@link #reset} it. The bytes must not change in between. Owned by one thread.
 */
public final class RecordDraft {

    static final int TAG_TIMESTAMP = 0x08;
    static final int TAG_HEADER = 0x12;
    static final int TAG_BODY = 0x1a;
    static final int TAG_NAME = 0x0a;
    static final int TAG_VALUE = 0x12;

    private static final byte[] NOTHING = new byte[0];
    private static final int SMALL_BYTES = 1024;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int METERED_RECORD = 8;
    private static final int METERED_HEADER = 2;

    private boolean hasTimestamp;
    private long timestamp;

    private int headerCount;
    private byte[][] names = new byte[8][];
    private byte[][] values = new byte[8][];
    private int[] valueOffsets = new int[8];
    private int[] valueLengths = new int[8];

    /** Gathers the many small parts of a record; what does not fit goes past it. */
    private final byte[] small = new byte[SMALL_BYTES];

    private int smallUsed;

    private byte[] body = NOTHING;
    private int bodyOffset;
    private int bodyLength;

    // long, so that absurd inputs become "too big" and not negative
    private long headersMetered;
    private long headersEncoded;

    /** Forgets everything, references included. */
    public RecordDraft reset() {
        Arrays.fill(names, 0, headerCount, null);
        Arrays.fill(values, 0, headerCount, null);
        headerCount = 0;
        headersMetered = 0;
        headersEncoded = 0;
        hasTimestamp = false;
        body = NOTHING;
        bodyOffset = 0;
        bodyLength = 0;
        return this;
    }

    public RecordDraft timestamp(long millis) {
        this.hasTimestamp = true;
        this.timestamp = millis;
        return this;
    }

    public RecordDraft header(byte[] name, byte[] value) {
        return header(name, value, 0, value.length);
    }

    /** Adds a header behind those already there. */
    public RecordDraft header(byte[] name, byte[] valueBuffer, int valueOffset, int valueLength) {
        if (headerCount == names.length) {
            int capacity = headerCount * 2;
            names = Arrays.copyOf(names, capacity);
            values = Arrays.copyOf(values, capacity);
            valueOffsets = Arrays.copyOf(valueOffsets, capacity);
            valueLengths = Arrays.copyOf(valueLengths, capacity);
        }
        names[headerCount] = name;
        values[headerCount] = valueBuffer;
        valueOffsets[headerCount] = valueOffset;
        valueLengths[headerCount] = valueLength;
        headerCount++;
        headersMetered += METERED_HEADER + name.length + (long) valueLength;
        headersEncoded += lengthDelimited(headerSize(name.length, valueLength));
        return this;
    }

    public RecordDraft body(byte[] buffer, int offset, int length) {
        this.body = buffer;
        this.bodyOffset = offset;
        this.bodyLength = length;
        return this;
    }

    /** What the service counts for this record: 8 + 2 per header + names, values and body. */
    public int meteredSize() {
        return clamp(METERED_RECORD + headersMetered + bodyLength);
    }

    /** Bytes of the encoded message, without the tag and length it gets inside a batch. */
    public int encodedSize() {
        long size = headersEncoded;
        if (hasTimestamp) {
            size += 1 + CodedOutputStream.computeUInt64SizeNoTag(timestamp);
        }
        if (bodyLength > 0) {
            size += lengthDelimited(bodyLength);
        }
        return clamp(size);
    }

    /** False if no batch whatsoever can hold this record. */
    public boolean fitsInOneBatch() {
        return meteredSize() <= AppendBatch.MAX_METERED_BYTES
                && lengthDelimited(encodedSize()) <= AppendBatch.MAX_RECORD_BYTES;
    }

    /** Writes the record as a field of its batch. */
    void writeTo(ByteBuffer out, int encodedSize) {
        smallUsed = 0;
        number(out, AppendBatch.TAG_RECORD, encodedSize);
        if (hasTimestamp) {
            number(out, TAG_TIMESTAMP, timestamp);
        }
        for (int i = 0; i < headerCount; i++) {
            byte[] name = names[i];
            int valueLength = valueLengths[i];
            number(out, TAG_HEADER, headerSize(name.length, valueLength));
            if (name.length > 0) {
                number(out, TAG_NAME, name.length);
                bytes(out, name, 0, name.length);
            }
            if (valueLength > 0) {
                number(out, TAG_VALUE, valueLength);
                bytes(out, values[i], valueOffsets[i], valueLength);
            }
        }
        if (bodyLength > 0) {
            number(out, TAG_BODY, bodyLength);
        }
        flushSmall(out);
        out.put(body, bodyOffset, bodyLength);
    }

    private void number(ByteBuffer out, int tag, long value) {
        if (small.length - smallUsed <= MAX_VARINT_BYTES) {
            flushSmall(out);
        }
        small[smallUsed++] = (byte) tag;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            small[smallUsed++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        small[smallUsed++] = (byte) rest;
    }

    private void bytes(ByteBuffer out, byte[] source, int offset, int length) {
        if (length > small.length - smallUsed) {
            flushSmall(out);
            if (length > small.length) {
                out.put(source, offset, length);
                return;
            }
        }
        System.arraycopy(source, offset, small, smallUsed, length);
        smallUsed += length;
    }

    private void flushSmall(ByteBuffer out) {
        out.put(small, 0, smallUsed);
        smallUsed = 0;
    }

    static void putVarint(ByteBuffer out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long headerSize(int nameLength, int valueLength) {
        return (nameLength > 0 ? lengthDelimited(nameLength) : 0)
                + (valueLength > 0 ? lengthDelimited(valueLength) : 0);
    }

    /** Size of a length-delimited field with a one-byte tag. */
    static long lengthDelimited(long length) {
        return 1 + CodedOutputStream.computeUInt64SizeNoTag(length) + length;
    }

    private static int clamp(long size) {
        return (int) Math.min(size, Integer.MAX_VALUE);
    }
}
