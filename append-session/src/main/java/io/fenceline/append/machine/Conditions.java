package io.fenceline.append.machine;

import io.fenceline.append.Guard;
import io.fenceline.s2.wire.FencingToken;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The conditions of the next fresh batch: the guard's token and the position chain. Owned by the machine. */
final class Conditions {

    private final @Nullable Guard guard;
    private long next;

    Conditions(@Nullable Guard guard) {
        this.guard = guard;
        this.next = guard == null ? -1 : guard.nextSeqNum();
    }

    boolean guarded() {
        return guard != null;
    }

    OptionalLong nextPosition() {
        return guard == null ? OptionalLong.empty() : OptionalLong.of(next);
    }

    @Nullable
    FencingToken token() {
        return guard == null ? null : guard.token();
    }

    /** The position behind everything that was given one; -1 without a guard. */
    long next() {
        return next;
    }

    void advance(int records) {
        if (guard != null) {
            next += records;
        }
    }
}
