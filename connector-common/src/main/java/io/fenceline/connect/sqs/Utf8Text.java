package io.fenceline.connect.sqs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Which bytes are text that SQS takes unchanged: well-formed UTF-8 (Unicode 15, table 3-7) of the characters that
 * {@link io.fenceline.sqs.MessageText} allows. Looks at the bytes themselves, eight at a time where they are ASCII, and makes no
 * object. Any thread.
 */
final class Utf8Text {

    /** What bytes are. */
    enum Kind {
        /** Text of ASCII alone, which is one byte a character. */
        ASCII,
        /** Other text. */
        UTF8,
        /** Not UTF-8, or with characters that SQS does not take. Zero bytes are none of its text either. */
        NONE
    }

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long SPACES = 0x2020202020202020L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8Text() {}

    static Kind kindOf(byte[] bytes, int offset, int length) {
        int end = offset + length;
        boolean ascii = true;
        int i = offset;
        while (i < end) {
            if (i + Long.BYTES <= end) {
                long word = (long) WORDS.get(bytes, i);
                // a byte below 0x20 borrows and so gets its high bit; one above 0x7F has it
                if (((word | (word - SPACES)) & HIGH_BITS) == 0) {
                    i += Long.BYTES;
                    continue;
                }
            }
            int b = bytes[i];
            if (b >= 0) {
                if (b < 0x20 && b != '\t' && b != '\n' && b != '\r') {
                    return Kind.NONE;
                }
                i++;
            } else {
                int more = lengthOfCharacter(bytes, i, end);
                if (more == 0) {
                    return Kind.NONE;
                }
                ascii = false;
                i += more;
            }
        }
        if (length == 0) {
            return Kind.NONE;
        }
        return ascii ? Kind.ASCII : Kind.UTF8;
    }

    static String decode(byte[] bytes, int offset, int length, Kind kind) {
        return new String(
                bytes, offset, length, kind == Kind.ASCII ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    }

    /** Of the character of two bytes or more that begins at {@code i}; 0 if it is none, or one that SQS does not take. */
    private static int lengthOfCharacter(byte[] bytes, int i, int end) {
        int first = bytes[i] & 0xFF;
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        if (first < 0xE0) {
            return hasMore(bytes, i, end, 1) ? 2 : 0;
        }
        if (first < 0xF0) {
            if (!hasMore(bytes, i, end, 2)) {
                return 0;
            }
            int second = bytes[i + 1] & 0xFF;
            boolean overlong = first == 0xE0 && second < 0xA0;
            boolean surrogate = first == 0xED && second > 0x9F;
            boolean notCharacter = first == 0xEF && second == 0xBF && (bytes[i + 2] & 0xFF) > 0xBD;
            return overlong || surrogate || notCharacter ? 0 : 3;
        }
        if (!hasMore(bytes, i, end, 3)) {
            return 0;
        }
        int second = bytes[i + 1] & 0xFF;
        boolean overlong = first == 0xF0 && second < 0x90;
        boolean tooLarge = first == 0xF4 && second > 0x8F;
        return overlong || tooLarge ? 0 : 4;
    }

    /** Whether so many continuation bytes follow. */
    private static boolean hasMore(byte[] bytes, int i, int end, int count) {
        if (i + count >= end) {
            return false;
        }
        for (int k = 1; k <= count; k++) {
            if ((bytes[i + k] & 0xC0) != 0x80) {
                return false;
            }
        }
        return true;
    }
}
