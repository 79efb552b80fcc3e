package io.fenceline.connect.source.queue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Slots whose messages were deleted, perhaps without effect. Such a message comes again within a visibility timeout, if somebody
 * asks: so the slot is free when twice that is over, and a receive of its second half was answered without it.
 */
final class RestingSlots {

    private final long visibility;
    /** Deleted while nobody can have received them again; only copies of a standard queue are left to come, or not. */
    private final LinkedHashSet<Holding> gone = new LinkedHashSet<>();
    /** Those that may be in the queue. */
    private final LinkedHashSet<Holding> doubtful = new LinkedHashSet<>();

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
        List<Holding> over = List.of();
        for (Holding first = first(gone); isDue(first, now); first = first(gone)) {
            over = with(over, first, gone);
        }
        for (Holding first = first(doubtful);
                isDue(first, now) && receives.haveAnswered(first.restUntil - visibility, first.restUntil);
                first = first(doubtful)) {
            over = with(over, first, doubtful);
        }
        return over;
    }

    private static List<Holding> with(List<Holding> over, @Nullable Holding holding, LinkedHashSet<Holding> from) {
        List<Holding> all = over.isEmpty() ? new ArrayList<>() : over;
        if (holding != null) {
            all.add(holding);
            from.remove(holding);
        }
        return all;
    }

    private static boolean isDue(@Nullable Holding holding, long now) {
        return holding != null && holding.restUntil - now <= 0;
    }

    private static @Nullable Holding first(LinkedHashSet<Holding> of) {
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
