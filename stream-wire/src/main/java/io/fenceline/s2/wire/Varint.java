package io.fenceline.s2.wire;

import java.nio.ByteBuffer;

/** Protocol Buffers' numbers: seven bits a byte, the lowest first, at most ten bytes; negative numbers are unsigned. */
final class Varint {

    private static final int MOST_BYTES = 10;

    private Varint() {}

    static int size(long value) {
        // one byte for each seven bits begun: ceil(bits / 7), without a division
        int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
        return (bits * 9 + 64) >>> 6;
    }

    /** Size of a field with a tag of one byte, a length and that many bytes. */
    static long lengthDelimited(long length) {
        return 1 + size(length) + length;
    }

    /** Returns the index behind it. */
    static int put(byte[] to, int at, long value) {
        int next = at;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            to[next++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        to[next++] = (byte) rest;
        return next;
    }

    static void put(ByteBuffer to, long value) {
        byte[] bytes = new byte[MOST_BYTES];
        to.put(bytes, 0, put(bytes, 0, value));
    }
}
