package io.fenceline.connect;

import io.fenceline.s2.wire.PeerText;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Stands in for an exception whose message, or that of one behind it, is too long for a stack trace. */
final class ShortCause extends Exception {

    private static final long serialVersionUID = 1L;

    /** In characters; a stack trace has a few of them. */
    private static final int LONGEST_MESSAGE = 4_000;

    private static final int MOST_CAUSES = 16;

    private final String name;

    private ShortCause(Throwable original, @Nullable Throwable cause) {
        super(PeerText.brief(original.getMessage(), LONGEST_MESSAGE), cause, false, true);
        this.name = original.getClass().getName();
        setStackTrace(original.getStackTrace());
    }

    /** The exception itself, unless it has to be shortened. */
    static @Nullable Throwable of(@Nullable Throwable original) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return original == null || !isLong(original, seen) ? original : shortened(original, MOST_CAUSES);
    }

    private static boolean isLong(Throwable original, Set<Throwable> seen) {
        if (!seen.add(original)) {
            return false;
        }
        String message = original.getMessage();
        if (message != null && message.length() > LONGEST_MESSAGE || seen.size() > MOST_CAUSES) {
            return true;
        }
        for (Throwable suppressed : original.getSuppressed()) {
            if (isLong(suppressed, seen)) {
                return true;
            }
        }
        Throwable cause = original.getCause();
        return cause != null && isLong(cause, seen);
    }

    private static ShortCause shortened(Throwable original, int most) {
        Throwable cause = original.getCause();
        return new ShortCause(original, cause == null || most == 1 ? null : shortened(cause, most - 1));
    }

    /** As the exception it stands for would print itself. */
    @Override
    public String toString() {
        return name + ": " + getMessage();
    }
}
