package io.fenceline.connect.sink.claim;

import io.fenceline.s2.wire.FencingToken;
import java.util.random.RandomGenerator;

/** Numbers and random parts as our fencing tokens spell them: digits {@code A-Z a-z 0-9 - _}, in this order. */
final class TokenText {

    static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private TokenText() {}

    /** {@code prefix}, as many random digits as there is room for, {@code rest}: 36 bytes. */
    static FencingToken fill(String prefix, CharSequence rest, RandomGenerator random) {
        StringBuilder token = new StringBuilder(FencingToken.MAX_BYTES).append(prefix);
        while (token.length() + rest.length() < FencingToken.MAX_BYTES) {
            token.append(DIGITS.charAt(random.nextInt(64)));
        }
        return new FencingToken(token.append(rest).toString());
    }

    /** Most significant digit first, shortest form. */
    static void appendNumber(StringBuilder out, long number) {
        int digits = Math.max(1, (64 - Long.numberOfLeadingZeros(number) + 5) / 6);
        for (int i = digits - 1; i >= 0; i--) {
            out.append(DIGITS.charAt((int) (number >>> (6 * i)) & 63));
        }
    }

    /** The number, or -1 if the text is empty, not in shortest form, or does not fit. */
    static long parseNumber(String text) {
        if (text.isEmpty() || text.length() > 11 || (text.length() > 1 && text.charAt(0) == 'A')) {
            return -1;
        }
        if (text.length() == 11 && DIGITS.indexOf(text.charAt(0)) > 7) {
            return -1; // above 2^63 - 1
        }
        return parseDigits(text);
    }

    static long parseDigits(String text) {
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            number = number << 6 | DIGITS.indexOf(text.charAt(i));
        }
        return number;
    }
}
