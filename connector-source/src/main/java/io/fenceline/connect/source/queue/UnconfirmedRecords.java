package io.fenceline.connect.source.queue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages whose records Connect has, and how one is noticed that Connect says nothing about. Under exactly-once support the
 * word of a dropped record is kept back while a transaction has no other content (Connect 4.3.1, ExactlyOnceWorkerSourceTask). So
 * at the beginning of a poll, what was handed over before the last one counts as dropped if its answer has not come although
 * {@code commit} was called since that last one returned. Not what the last one handed over: a pause commits in the middle of it.
 */
final class UnconfirmedRecords {

    final LinkedHashSet<Holding> handedOver = new LinkedHashSet<>();
    long poll;
    private long polledAt;
    boolean committed;

    /** A poll begins. @return those that were dropped without a word; they stay here until they are removed */
    List<Holding> polled(long now) {
        poll++;
        polledAt = now;
        if (!committed || handedOver.isEmpty()) {
            return List.of();
        }
        List<Holding> dropped = new ArrayList<>();
        for (Holding holding : handedOver) {
            if (holding.poll > poll - 2) {
                break;
            }
            dropped.add(holding);
        }
        return dropped;
    }

    void pollReturned() {
        committed = false;
    }

    /** {@code SourceTask.commit} on the polling thread. */
    void committed() {
        committed = true;
    }

    void add(Holding holding) {
        holding.poll = poll;
        holding.handedOverAt = polledAt;
        handedOver.add(holding);
    }

    void remove(Holding holding) {
        handedOver.remove(holding);
    }

    int count() {
        return handedOver.size();
    }

    /** Nanoseconds since the poll that handed the oldest one over, 0 if there is none. */
    long oldestAge(long now) {
        Holding oldest = oldest();
        return oldest == null ? 0 : Math.max(0, now - oldest.handedOverAt);
    }

    private @Nullable Holding oldest() {
        Iterator<Holding> all = handedOver.iterator();
        return all.hasNext() ? all.next() : null;
    }
}
