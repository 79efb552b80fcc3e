package io.fenceline.connect.source.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Which messages are to stay hidden for longer, and when: at half of their visibility timeout. Those of a FIFO group are extended
 * together, since SQS hands the first one out again while later ones are still held.
 */
final class VisibilityExtensions {

    /** From a receive on a message can be hidden for that long, all extensions together (API reference, ChangeMessageVisibility). */
    private static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(12);

    private final long visibility;
    private final TreeSet<Holding> watched = new TreeSet<>(VisibilityExtensions::compare);

    /** @param visibility nanoseconds */
    VisibilityExtensions(long visibility) {
        this.visibility = visibility;
    }

    /** Moments of a clock that may wrap. */
    private static int compare(Holding one, Holding other) {
        int byMoment = Long.signum(one.extendAt - other.extendAt);
        return byMoment != 0 ? byMoment : Long.compare(one.number, other.number);
    }

    /** A newer handle has come. */
    void renew(Holding holding, long now) {
        watchFrom(holding, now + visibility / 2);
    }

    /** Its handle is as it was, and it was not to be extended for a while. */
    void resume(Holding holding) {
        watchFrom(holding, holding.extendAt);
    }

    /** It is not to be extended for now. */
    void suspend(Holding holding) {
        if (holding.watched) {
            watched.remove(holding);
            holding.watched = false;
        }
    }

    /** Up to ten that are due; empty if there is none. They are under way until {@link #done} or {@link #failed}. */
    List<Holding> take(long now) {
        if (within(now) > 0) {
            return List.of();
        }
        List<Holding> taken = new ArrayList<>(HandleChange.MOST);
        while (taken.size() < HandleChange.MOST && within(now) == 0) {
            Holding holding = watched.first();
            if (!holding.goesWith(taken)) {
                break;
            }
            suspend(holding);
            if (now + visibility - (holding.handleSince + LONGEST_NANOS) > 0) {
                continue;
            }
            holding.extending = true;
            taken.add(holding);
            if (holding.group != null) {
                makeDue(holding.group, now);
            }
        }
        return taken;
    }

    /**
     * Not twice within a quarter of the visibility timeout: those that are extended by now would be due again with the rest of a
     * group that fills several requests, and the rest with them, without end.
     */
    private void makeDue(HeldGroup group, long now) {
        if (now - group.notDueBefore < 0) {
            return;
        }
        group.notDueBefore = now + visibility / 4;
        for (Holding member : group.members) {
            if (member.watched && member.extendAt - now > 0) {
                suspend(member);
                watchFrom(member, now);
            }
        }
    }

    /** SQS has done it, for the newest handle. */
    void done(Holding holding, long begun, long now) {
        // What was not hidden any more by our clock may have been received again, and that handle's extension done for
        // nothing.
        if (holding.hiddenUntil - now > 0) {
            holding.hiddenUntil = begun + visibility;
        }
        watchFrom(holding, begun + visibility / 2);
    }

    /** Asked again after that pause. */
    void failed(Holding holding, long pause, long now) {
        watchFrom(holding, now + pause);
    }

    private void watchFrom(Holding holding, long at) {
        suspend(holding);
        holding.extendAt = at;
        if (!holding.extendable || holding.extending) {
            return;
        }
        switch (holding.state) {
            case WAITING, HANDED_OVER, DELETE_DUE -> {
                holding.watched = true;
                watched.add(holding);
            }
            case DROPPED, DELETING, AWAITING_HANDLE, RESTING, GONE -> {}
        }
    }

    /** Nanoseconds until one is due, {@link Long#MAX_VALUE} if none is watched. */
    long within(long now) {
        return watched.isEmpty() ? Long.MAX_VALUE : Math.max(0, watched.first().extendAt - now);
    }
}
