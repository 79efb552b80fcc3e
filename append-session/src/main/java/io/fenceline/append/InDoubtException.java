package io.fenceline.append;

import org.jspecify.annotations.Nullable;

/** The batch may be in the stream, now or later. Only a fence with a new token, and a read below it, can tell. */
public final class InDoubtException extends AppendException {

    private static final long serialVersionUID = 1L;

    public InDoubtException(SessionEnd end, @Nullable Throwable cause) {
        super("outcome of this append is open; " + end.describe(), end, cause);
    }

    @Override
    public boolean inDoubt() {
        return true;
    }
}
