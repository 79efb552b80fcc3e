package io.fenceline.append;

import org.jspecify.annotations.Nullable;

/**
 * A batch was not acknowledged because its session ended. Two kinds, which call for different care: after
 * {@link NotAppendedException} the batch is not in the stream, after {@link InDoubtException} it may be, now or later.
 */
public abstract sealed class AppendException extends RuntimeException permits InDoubtException, NotAppendedException {

    private static final long serialVersionUID = 1L;

    private final transient SessionEnd end;

    AppendException(String message, SessionEnd end, @Nullable Throwable cause) {
        super(message, cause);
        this.end = end;
    }

    /** Why the session ended. */
    public SessionEnd end() {
        return end;
    }

    /** True if the batch may be in the stream or may still get there. */
    public abstract boolean inDoubt();
}
