package io.fenceline.append.machine;

import java.util.concurrent.TimeUnit;

/** Rations the moves to a new connection that a service asks for: at most one a minute. Owned by the machine. */
final class AdvisedMoves {

    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private boolean moved;
    private long movedAt;

    /** Whether advice given now is followed; if so, this is the minute's one. */
    boolean mayMove(long now) {
        if (moved && now - movedAt < INTERVAL_NANOS) {
            return false;
        }
        moved = true;
        movedAt = now;
        return true;
    }
}
