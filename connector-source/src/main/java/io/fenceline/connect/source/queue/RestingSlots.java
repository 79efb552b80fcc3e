package io.fenceline.connect.source.queue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Slots whose messages were deleted, perhaps without effect. Such a message comes again within a visibility timeout, if somebody
 * asks: so the slot is free when twice that is over, and a receive of its second half was answered without it.
 */
final class RestingSlots {

    private final long visibility;
    /** Deleted while nobody can have received them again; only copies of a standard queue are left to come, or not. */
    final LinkedHashSet<Holding> gone = new LinkedHashSet<>();
    /** Those that may be in the queue. */
    final LinkedHashSet<Holding> doubtful = new LinkedHashSet<>();

    /** @param visibility nanoseconds */
    RestingSlots(long visibility) {
        this.visibility = visibility;
    }

    void add(Holding holding, boolean mayComeAgain, long now) {
        holding.restUntil = now + 2 * visibility;
        (mayComeAgain ? doubtful : gone).add(holding);
    }

    /** It has come again. */
    void remove(Holding holding) {
        gone.remove(holding);
        doubtful.remove(holding);
    }

    /** Those whose rest is over; empty if there is none. They are no longer here. */
    List<Holding> take(ReceivePlan receives, long now) {
        if (count() == 0) {
            return List.of();
        }
        List<Holding> over = new ArrayList<>(0);
        move(gone, over, holding -> isDue(holding, now));
        move(
                doubtful,
                over,
                holding -> isDue(holding, now)
                        && receives.haveAnswered(holding.restUntil - visibility, holding.restUntil));
        return over;
    }

    /** All began to rest in this order, so the first that goes on ends it. */
    private static void move(Set<Holding> from, List<Holding> over, Predicate<Holding> isOver) {
        for (Iterator<Holding> each = from.iterator(); each.hasNext(); ) {
            Holding holding = each.next();
            if (!isOver.test(holding)) {
                return;
            }
            each.remove();
            over.add(holding);
        }
    }

    private static boolean isDue(Holding holding, long now) {
        return holding.restUntil - now <= 0;
    }

    private static @Nullable Holding first(Set<Holding> of) {
        return of.isEmpty() ? null : of.iterator().next();
    }

    /** Nanoseconds until a rest can be over by time; {@link Long#MAX_VALUE} if none ends by time alone. */
    long within(long now) {
        Holding sure = first(gone);
        Holding other = first(doubtful);
        long within = sure == null ? Long.MAX_VALUE : Math.max(0, sure.restUntil - now);
        // One that is due waits for an answer.
        return other == null || isDue(other, now) ? within : Math.min(within, other.restUntil - now);
    }

    /** Some may be in the queue, so that receiving helps. */
    boolean waitForReceives() {
        return !doubtful.isEmpty();
    }

    int count() {
        return gone.size() + doubtful.size();
    }
}
