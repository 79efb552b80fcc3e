package io.fenceline.s2.wire;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
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
    private static final int METERED_RECORD = 8;
    private static final int METERED_HEADER = 2;

    private boolean hasTimestamp;
    private long timestamp;

    private int headerCount;
    private byte[][] names = new byte[8][];
    private byte[][] values = new byte[8][];
    private int[] valueOffsets = new int[8];
    private int[] valueLengths = new int[8];

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

    void writeTo(CodedOutputStream out) throws IOException {
        if (hasTimestamp) {
            out.writeUInt32NoTag(TAG_TIMESTAMP);
            out.writeUInt64NoTag(timestamp);
        }
        for (int i = 0; i < headerCount; i++) {
            byte[] name = names[i];
            int valueLength = valueLengths[i];
            out.writeUInt32NoTag(TAG_HEADER);
            out.writeUInt32NoTag((int) headerSize(name.length, valueLength));
            if (name.length > 0) {
                out.writeUInt32NoTag(TAG_NAME);
                out.writeUInt32NoTag(name.length);
                out.write(name, 0, name.length);
            }
            if (valueLength > 0) {
                out.writeUInt32NoTag(TAG_VALUE);
                out.writeUInt32NoTag(valueLength);
                out.write(values[i], valueOffsets[i], valueLength);
            }
        }
        if (bodyLength > 0) {
            out.writeUInt32NoTag(TAG_BODY);
            out.writeUInt32NoTag(bodyLength);
            out.write(body, bodyOffset, bodyLength);
        }
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
