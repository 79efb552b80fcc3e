package io.fenceline.sqs;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Somebody else's words inside a message of ours: one line, and no longer than people read. */
final class ErrorText {

    private static final int LONGEST = 500;

    private ErrorText() {}

    static String brief(@Nullable String text) {
        if (text == null) {
            return "";
        }
        StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST) + 1);
        text.codePoints()
                .limit(LONGEST)
                .map(c -> Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? ' ' : c)
                .forEach(line::appendCodePoint);
        return line.length() < text.length() ? line.append('…').toString() : line.toString();
    }

    /** Whether a connection is what failed. */
    static boolean hasNetworkCause(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return true;
            }
        }
        return false;
    }

    /** The innermost failure that says something, with its kind. */
    static String cause(Throwable failure) {
        Throwable told = failure;
        for (Throwable cause = failure; cause != null && cause != cause.getCause(); cause = cause.getCause()) {
            if (cause.getMessage() != null) {
                told = cause;
            }
        }
        return told.getClass().getSimpleName() + ": " + brief(told.getMessage());
    }
}
