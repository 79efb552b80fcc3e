package io.fenceline.connect.sink.stream;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * How often a target may take its stream back from another writer: two owners that fence each other without end would
 * look busy and do harm. Belongs to the task thread.
 */
final class TakeoverRation {

    private static final long WINDOW_NANOS = Duration.ofMinutes(10).toNanos();

    private final int limit;
    private final ArrayDeque<Long> taken = new ArrayDeque<>();

    TakeoverRation(int limit) {
        this.limit = limit;
    }

    /** Takes one of the allowed takeovers; false if there is none left within the last ten minutes. */
    boolean tryTake(long now) {
        while (!taken.isEmpty() && now - taken.peekFirst() > WINDOW_NANOS) {
            taken.removeFirst();
        }
        if (taken.size() >= limit) {
            return false;
        }
        taken.addLast(now);
        return true;
    }
}
