package io.fenceline.s2.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A record as the stream holds it.
 *
 * @param seqNum    unsigned position in the stream
 * @param timestamp unsigned; what the service made of the writer's timestamp
 * @param headers   in order, names may repeat
 * @param body      not copied: do not modify
 */
public record SequencedRecord(long seqNum, long timestamp, List<Header> headers, byte[] body) {

    private static final int REFERENCE_BYTES = 4;
    private static final int ARRAY_BYTES = 16;
    /** Itself and its place in the list it came with. */
    private static final int RECORD_BYTES = 40 + REFERENCE_BYTES;

    private static final int HEADER_BYTES = 24;
    /** An immutable list of one or two. */
    private static final int SMALL_LIST_BYTES = 24;
    /** One of more, with its empty array. */
    private static final int LIST_BYTES = 24 + ARRAY_BYTES;

    public SequencedRecord {
        headers = List.copyOf(headers);
    }

    /** True for a record the service interprets (a fence or a trim): exactly one header, and that one without a name. */
    public boolean isCommand() {
        return isCommand(headers);
    }

    /** Bytes as S2 counts them for limits and billing: 8, 2 for each header, names, values and body. */
    public int meteredSize() {
        int size = 8 + 2 * headers.size() + body.length;
        for (Header header : headers) {
            size += header.name().length + header.value().length;
        }
        return size;
    }

    /**
     * Bytes of heap that the record takes, within a few, in a JVM with compressed references: its objects, arrays and places
     * in lists. A small record takes several times its metered size.
     */
    public int retainedBytes() {
        int bytes = RECORD_BYTES + array(body);
        int n = headers.size();
        if (n > 0) {
            bytes += n <= 2 ? SMALL_LIST_BYTES : LIST_BYTES + (REFERENCE_BYTES * n + 7 & ~7);
            for (Header header : headers) {
                bytes += HEADER_BYTES + array(header.name()) + array(header.value());
            }
        }
        return bytes;
    }

    private static int array(byte[] bytes) {
        return ARRAY_BYTES + (bytes.length + 7 & ~7);
    }

    static boolean isCommand(List<Header> headers) {
        return headers.size() == 1 && headers.get(0).name().length == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SequencedRecord that
                && seqNum == that.seqNum
                && timestamp == that.timestamp
                && headers.equals(that.headers)
                && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return Objects.hash(seqNum, timestamp, headers, Arrays.hashCode(body));
    }

    /** Sizes only: records can be confidential. */
    @Override
    public String toString() {
        return "SequencedRecord[seqNum=" + Long.toUnsignedString(seqNum) + ", timestamp="
                + Long.toUnsignedString(timestamp) + ", headers=" + headers + ", body=" + body.length + " bytes]";
    }
}
