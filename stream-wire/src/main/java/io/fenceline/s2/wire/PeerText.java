package io.fenceline.s2.wire;

import org.jspecify.annotations.Nullable;

/**
 * Somebody else's words inside a message of ours: one line, and no longer than people read. A server may send megabytes where
 * a sentence belongs, and what ends up in an exception also ends up in logs and in Connect's status topic, which refuses
 * records over a megabyte. Any thread.
 */
public final class PeerText {

    /** What is kept of a text unless the caller says otherwise, in characters. */
    public static final int LONGEST = 500;

    private PeerText() {}

    /** The text on one line; of one with more than {@value #LONGEST} characters the beginning, and how many there were. */
    public static String brief(@Nullable String text) {
        return brief(text, LONGEST);
    }

    /** As {@link #brief(String)}, with at most {@code most} characters of the text. */
    public static String brief(@Nullable String text, int most) {
        if (text == null) {
            return "";
        }
        boolean whole = text.length() <= most;
        if (whole && text.chars().noneMatch(PeerText::breaksLine)) {
            return text;
        }
        int end = whole ? text.length() : most;
        if (!whole && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder line = new StringBuilder(end + 32);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            line.append(breaksLine(c) ? ' ' : c);
        }
        return whole
                ? line.toString()
                : line.append("… (")
                        .append(text.length())
                        .append(" characters)")
                        .toString();
    }

    private static boolean breaksLine(int c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
