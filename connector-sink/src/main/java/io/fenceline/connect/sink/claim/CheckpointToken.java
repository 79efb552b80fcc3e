package io.fenceline.connect.sink.claim;

import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.s2.wire.FencingToken;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text form of a {@link Checkpoint} as a fencing token:
 *
 * <pre>
 *   f1.&lt;random&gt;.&lt;W&gt;.&lt;P&gt;.&lt;A&gt;      exactly 36 bytes
 *
 *   W  watermark, P  position   base 64, most significant digit first, shortest form, 0 is "A", empty: not known
 *   A  anchor                   low 18 bits of the watermark record's Kafka timestamp, three digits, or empty
 *   random                      fills up the 36 bytes: at least 30 bits, 66 for W and P below 2^48
 * </pre>
 *
 * Digits are {@code A-Z a-z 0-9 - _} in this order. Every claim attempt and every checkpoint draws a new random part, so
 * a token is never used twice and never stored (INV-10).
 */
public final class CheckpointToken {

    /** The version this code writes, and the highest it can read. */
    public static final int VERSION = 1;

    private static final int ANCHOR_DIGITS = 3;
    private static final String PREFIX = "f" + VERSION + ".";
    private static final Pattern VERSIONED = Pattern.compile("f0*([0-9]+)\\..*", Pattern.DOTALL);
    private static final Pattern FORM =
            Pattern.compile("f1\\.[A-Za-z0-9_-]+\\.([A-Za-z0-9_-]*)\\.([A-Za-z0-9_-]*)\\.((?:[A-Za-z0-9_-]{3})?)");

    private CheckpointToken() {}

    /** A fresh token that carries {@code checkpoint}. */
    public static FencingToken fresh(Checkpoint checkpoint, RandomGenerator random) {
        StringBuilder tail = new StringBuilder(FencingToken.MAX_BYTES);
        tail.append('.');
        if (checkpoint.watermark() != null) {
            TokenText.appendNumber(tail, checkpoint.watermark());
        }
        tail.append('.');
        if (checkpoint.position() != null) {
            TokenText.appendNumber(tail, checkpoint.position());
        }
        tail.append('.');
        int anchor = checkpoint.anchor().tokenBits();
        if (anchor >= 0) {
            for (int shift = 6 * (ANCHOR_DIGITS - 1); shift >= 0; shift -= 6) {
                tail.append(TokenText.DIGITS.charAt(anchor >>> shift & 63));
            }
        }
        return TokenText.fill(PREFIX, tail, random);
    }

    /**
     * What the token in force says. A token in another form than ours says nothing.
     *
     * @throws NewerTokenException if a newer version of this connector wrote it
     */
    public static Checkpoint read(FencingToken token) {
        Matcher version = VERSIONED.matcher(token.value());
        if (!version.matches()) {
            return Checkpoint.NOTHING;
        }
        String found = version.group(1);
        if (found.length() > 1 || found.charAt(0) - '0' > VERSION) {
            throw new NewerTokenException("fencing token", found, VERSION);
        }
        Matcher form = FORM.matcher(token.value());
        if (token.value().length() != FencingToken.MAX_BYTES || !form.matches()) {
            return Checkpoint.NOTHING;
        }
        long watermark = TokenText.parseNumber(form.group(1));
        long position = TokenText.parseNumber(form.group(2));
        if (position < 0) {
            // Also a watermark without a position: it is not said what it holds for, so it says nothing.
            return Checkpoint.NOTHING;
        }
        if (watermark < 0) {
            // An unreadable watermark must not turn into "start at the group's position".
            return form.group(1).isEmpty() ? Checkpoint.groupPositionFrom(position) : Checkpoint.NOTHING;
        }
        String anchor = form.group(3);
        return Checkpoint.of(
                watermark,
                position,
                anchor.isEmpty() ? Anchor.UNKNOWN : Anchor.lowBits((int) TokenText.parseDigits(anchor)));
    }

    /** The stream is held by a token in a form that only a newer version of the connector understands. */
    public static final class NewerTokenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NewerTokenException(String what, String found, int known) {
            super("the stream's " + what + " has version " + found + ", this connector reads versions up to " + known);
        }
    }
}
