package io.fenceline.connect.source.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Handles of messages that are to be visible again at once. One that waits for too long is left alone: its message becomes visible
 * by itself, is received again, and a standard queue may take a change by the older handle for one of the newer receive's, which
 * ends before its time then. Belongs to the {@link QueueCustody}.
 */
final class GiveBacks {

    /** @param hiddenUntil by our clock; never later than by SQS's */
    record GiveBack(String handle, long hiddenUntil) {}

    /** What a request may need on its way: it is no use much earlier, and does harm if it lands later. */
    private final long margin;

    final ArrayDeque<GiveBack> waiting = new ArrayDeque<>();

    /** @param visibility nanoseconds */
    GiveBacks(long visibility) {
        this.margin = visibility / 4;
    }

    void add(String handle, long hiddenUntil) {
        waiting.add(new GiveBack(handle, hiddenUntil));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Up to ten that are in time, in order; empty if there is none. They are no longer here, and neither are those that are late. */
    List<String> take(long now) {
        List<String> handles = new ArrayList<>(HandleChange.MOST);
        while (handles.size() < HandleChange.MOST && !waiting.isEmpty()) {
            GiveBack next = waiting.remove();
            if (!isLate(next, now)) {
                handles.add(next.handle());
            }
        }
        return handles;
    }

    boolean isLate(GiveBack one, long now) {
        return one.hiddenUntil() - now <= margin;
    }
}
