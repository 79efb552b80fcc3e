package io.fenceline.s2.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One record about to be encoded. Reusable: fill it, hand it to {@link AppendBatch#tryAdd}, {@link #reset} it. Owned by
 * one thread.
 *
 * <pre>
 *   block:   free | record tag, length | timestamp | header ... header | body tag, length | small body
 *                  \_______ before it is written _______/ as they come \______ when it is written ______/
 * </pre>
 *
 * <p>Headers are encoded as they are added; a body of more than a few bytes is only referred to, and must not change until
 * the record is written.
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

    /** Tags and lengths of a header, its name and its value. */
    private static final int MOST_HEADER_OVERHEAD = 3 * (1 + 5);
    /** Where headers begin: room for the record's tag and length, and for the timestamp. */
    private static final int HEADERS_START = 1 + 5 + 1 + 10;
    /** Behind the headers: the body's tag and length. */
    private static final int BODY_OVERHEAD = 1 + 5;

    private static final int SMALL_BODY = 256;
    private static final int USUAL_BLOCK = 1024;
    /** A block that one record made larger than this is not kept for the next. */
    private static final int LARGEST_KEPT = 64 << 10;

    private byte[] block = new byte[USUAL_BLOCK];
    private int headersEnd = HEADERS_START;

    private boolean hasTimestamp;
    private long timestamp;

    private byte[] body = NOTHING;
    private int bodyOffset;
    private int bodyLength;

    // long, so that absurd inputs become "too big" and not negative
    private long headersMetered;
    /** More than what is in the block if that is more than any batch takes. */
    private long headersEncoded;

    /** Forgets everything, references included. */
    public RecordDraft reset() {
        if (block.length > LARGEST_KEPT) {
            block = new byte[USUAL_BLOCK];
        }
        headersEnd = HEADERS_START;
        headersMetered = 0;
        headersEncoded = 0;
        hasTimestamp = false;
        body = NOTHING;
        bodyOffset = 0;
        bodyLength = 0;
        return this;
    }

    /** Bytes of memory it keeps, filled or not. */
    int capacity() {
        return block.length;
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
        long size = fieldSize(name.length) + fieldSize(valueLength);
        headersMetered += METERED_HEADER + name.length + (long) valueLength;
        headersEncoded += Varint.lengthDelimited(size);
        if (headersEncoded > AppendBatch.MAX_RECORD_BYTES) {
            return this;
        }
        makeRoom(MOST_HEADER_OVERHEAD + name.length + valueLength);
        byte[] to = block;
        int at = headersEnd;
        to[at++] = TAG_HEADER;
        at = Varint.put(to, at, size);
        if (name.length > 0) {
            to[at++] = TAG_NAME;
            at = Varint.put(to, at, name.length);
            System.arraycopy(name, 0, to, at, name.length);
            at += name.length;
        }
        if (valueLength > 0) {
            to[at++] = TAG_VALUE;
            at = Varint.put(to, at, valueLength);
            System.arraycopy(valueBuffer, valueOffset, to, at, valueLength);
            at += valueLength;
        }
        headersEnd = at;
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
        return clamp((hasTimestamp ? 1 + Varint.size(timestamp) : 0) + headersEncoded + fieldSize(bodyLength));
    }

    /** False if no batch whatsoever can hold this record. */
    public boolean fitsInOneBatch() {
        return meteredSize() <= AppendBatch.MAX_METERED_BYTES
                && Varint.lengthDelimited(encodedSize()) <= AppendBatch.MAX_RECORD_BYTES;
    }

    /** Writes the record, which is one that fits in a batch, as a field of its batch. */
    void writeTo(ByteBuffer out, int encodedSize) {
        int start = putHead(encodedSize);
        int end = headersEnd;
        if (bodyLength > 0) {
            makeRoom(BODY_OVERHEAD + SMALL_BODY);
            block[end++] = TAG_BODY;
            end = Varint.put(block, end, bodyLength);
        }
        if (bodyLength <= SMALL_BODY) {
            System.arraycopy(body, bodyOffset, block, end, bodyLength);
            out.put(block, start, end + bodyLength - start);
        } else {
            out.put(block, start, end - start);
            out.put(body, bodyOffset, bodyLength);
        }
    }

    /** Puts what comes before the headers right before them; returns where it begins. */
    private int putHead(int encodedSize) {
        int timestampBytes = hasTimestamp ? 1 + Varint.size(timestamp) : 0;
        int start = HEADERS_START - timestampBytes - Varint.size(encodedSize) - 1;
        block[start] = AppendBatch.TAG_RECORD;
        int at = Varint.put(block, start + 1, encodedSize);
        if (hasTimestamp) {
            block[at] = TAG_TIMESTAMP;
            Varint.put(block, at + 1, timestamp);
        }
        return start;
    }

    private void makeRoom(int bytes) {
        if (block.length - headersEnd < bytes) {
            block = Arrays.copyOf(block, Math.max(2 * block.length, headersEnd + bytes));
        }
    }

    /** Size of a length-delimited field, which is left out if it is empty. */
    private static long fieldSize(int length) {
        return length > 0 ? Varint.lengthDelimited(length) : 0;
    }

    private static int clamp(long size) {
        return (int) Math.min(size, Integer.MAX_VALUE);
    }
}
