package io.fenceline.append;

import org.jspecify.annotations.Nullable;

/** The batch is not in the stream and will not get there: its content may be submitted to another session. */
public final class NotAppendedException extends AppendException {

    private static final long serialVersionUID = 1L;

    public NotAppendedException(SessionEnd end, @Nullable Throwable cause) {
        super("not appended; " + end.describe(), end, cause);
    }

    @Override
    public boolean inDoubt() {
        return false;
    }
}
