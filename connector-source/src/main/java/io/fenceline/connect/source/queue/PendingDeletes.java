package io.fenceline.connect.source.queue;

import io.fenceline.connect.source.queue.Holding.State;
import io.fenceline.retry.Patience;
import io.fenceline.retry.RetrySettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.DoubleSupplier;

/**
 * Messages that wait for their delete. Of a FIFO group one request is open at a time, and none overtakes another, so that what
 * comes back of a group is always its end.
 */
final class PendingDeletes {

    private final RetrySettings retries;
    private final DoubleSupplier random;

    /** Of a standard queue, where each goes by itself. */
    final ArrayDeque<Holding> ready = new ArrayDeque<>();
    /** Of a FIFO queue: groups that have something to delete, and no request open. */
    final ArrayDeque<HeldGroup> groups = new ArrayDeque<>();
    /** Those SQS failed by themselves; of a group its first one. */
    final PriorityQueue<Holding> pausing =
            new PriorityQueue<>((one, other) -> Long.signum(one.deleteAt - other.deleteAt));

    /** Due or under way. */
    private int count;

    PendingDeletes(RetrySettings endless, DoubleSupplier random) {
        this.retries = endless;
        this.random = random;
    }

    /** To be deleted, with whatever handle is the newest then. */
    void add(Holding holding) {
        count++;
        holding.state = State.DELETE_DUE;
        HeldGroup group = holding.group;
        if (group == null) {
            ready.add(holding);
        } else {
            group.deletes.addLast(holding);
            list(group);
        }
    }

    /** Up to ten that are due; empty if there is none. They are under way until {@link #answered}. */
    List<Holding> take(long now) {
        endPauses(now);
        if (ready.isEmpty() && groups.isEmpty()) {
            return List.of();
        }
        List<Holding> taken = new ArrayList<>(HandleChange.MOST);
        move(ready, taken);
        for (HeldGroup group = groups.peek(); group != null && move(group.deletes, taken); group = groups.peek()) {
            groups.remove();
            group.listed = false;
            group.deleting = true;
        }
        for (Holding holding : taken) {
            holding.state = State.DELETING;
        }
        return taken;
    }

    /** As many as the request takes. @return false if it takes none */
    private static boolean move(ArrayDeque<Holding> from, List<Holding> taken) {
        int before = taken.size();
        for (Holding next = from.peek();
                next != null && taken.size() < HandleChange.MOST && next.goesWith(taken);
                next = from.peek()) {
            taken.add(from.remove());
        }
        return taken.size() > before;
    }

    /**
     * A request was answered.
     *
     * @param members what was taken for it
     * @param again   those of them that are not settled, in the same order
     */
    void answered(List<Holding> members, List<Holding> again, long now) {
        count -= members.size() - again.size();
        for (Holding holding : members) {
            if (holding.group != null) {
                holding.group.deleting = false;
            }
        }
        for (int i = again.size() - 1; i >= 0; i--) {
            goesAgain(again.get(i), now);
        }
        for (Holding holding : members) {
            if (holding.group != null) {
                list(holding.group);
            }
        }
    }

    private void goesAgain(Holding holding, long now) {
        holding.state = State.DELETE_DUE;
        HeldGroup group = holding.group;
        if (group != null) {
            group.deletes.addFirst(holding);
        }
        if (!holding.pauses) {
            if (group == null) {
                ready.addFirst(holding);
            }
            return;
        }
        holding.pauses = false;
        if (holding.patience == null) {
            holding.patience = new Patience(retries, random);
        }
        holding.deleteAt = now + holding.patience.excusedPause();
        if (group == null) {
            pausing.add(holding);
        } else {
            if (group.pausing != null) {
                // They are put back from behind.
                pausing.remove(group.pausing);
            }
            group.pausing = holding;
            pausing.add(holding);
        }
    }

    private void endPauses(long now) {
        while (!pausing.isEmpty() && pausing.peek().deleteAt - now <= 0) {
            Holding holding = pausing.remove();
            if (holding.group == null) {
                ready.add(holding);
            } else {
                holding.group.pausing = null;
                list(holding.group);
            }
        }
    }

    private void list(HeldGroup group) {
        if (!group.listed && !group.deleting && group.pausing == null && !group.deletes.isEmpty()) {
            group.listed = true;
            groups.add(group);
        }
    }

    /** Nanoseconds until {@link #take} has something, {@link Long#MAX_VALUE} if time alone does not change that. */
    long within(long now) {
        if (!ready.isEmpty() || !groups.isEmpty()) {
            return 0;
        }
        return pausing.isEmpty() ? Long.MAX_VALUE : Math.max(0, pausing.peek().deleteAt - now);
    }

    /** Due or under way. */
    int count() {
        return count;
    }
}
