package io.fenceline.connect.source.queue;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/** What we hold of one message group of a FIFO queue. Belongs to the {@link QueueCustody}. */
final class HeldGroup {

    final String name;
    final LinkedHashSet<Holding> members = new LinkedHashSet<>();

    /** Those that wait for their delete, in order. */
    final ArrayDeque<Holding> deletes = new ArrayDeque<>();
    /** A delete of it is open. */
    boolean deleting;
    /** The first of those that wait for the end of a pause, and the others behind it; null if none does. */
    @Nullable
    Holding pausing;

    /** In {@link PendingDeletes}' list of groups that have something to delete. */
    boolean listed;

    /** Until then its members are extended when each of them is due, and not because another one is. */
    long notDueBefore;

    HeldGroup(String name, long now) {
        this.name = name;
        this.notDueBefore = now;
    }
}
