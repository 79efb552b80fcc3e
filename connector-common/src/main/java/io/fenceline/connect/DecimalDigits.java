package io.fenceline.connect;

/**
 * The decimal digits of a number that changes little from one time to the next, as offsets and timestamps do: only its
 * last four digits are written again while the others stay. Keeps them in a buffer, behind what may stand there before.
 * Owned by one thread.
 */
public final class DecimalDigits {

    /** Digits of the largest number. */
    public static final int MOST = 19;

    private static final int LOW_DIGITS = 4;
    private static final int LOW = 10_000;

    private final byte[] buffer;
    private final int start;
    private int end;
    private long value = -1;
    /** What the digits before the last four stand for; no number begins with these before the first is shown. */
    private long base = Long.MIN_VALUE;

    /** @param start where the digits begin; at least {@link #MOST} bytes follow */
    public DecimalDigits(byte[] buffer, int start) {
        this.buffer = buffer;
        this.start = start;
        this.end = start;
    }

    /** Makes the digits those of {@code next}, which is not negative, and returns the index behind them. */
    public int show(long next) {
        if (next != value) {
            long low = next - base;
            if (low >= 0 && low < LOW) {
                putLow((int) low);
            } else {
                putAll(next);
            }
            value = next;
        }
        return end;
    }

    /**
     * The number that {@code text} has from one place up to another. Digits only, shortest form, no sign: {@link Long#parseLong}
     * would take {@code +1}, {@code 007} and other scripts' digits, and two spellings of one id would then compare as equal. -1
     * if the text is not of that form or the number is too large. Any thread.
     */
    public static long read(String text, int from, int to) {
        if (from >= to || to - from > MOST || (text.charAt(from) == '0' && to - from > 1)) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
            if (value < 0) {
                return -1;
            }
        }
        return value;
    }

    private void putLow(int low) {
        int rest = low;
        for (int i = end - 1; i >= end - LOW_DIGITS; i--) {
            buffer[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    private void putAll(long next) {
        int digits = 1;
        for (long rest = next; rest >= 10; rest /= 10) {
            digits++;
        }
        end = start + digits;
        long rest = next;
        for (int i = end - 1; i >= start; i--) {
            buffer[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        // a number with fewer digits has no room for leading zeros
        base = next >= LOW ? next - next % LOW : Long.MIN_VALUE;
    }
}
