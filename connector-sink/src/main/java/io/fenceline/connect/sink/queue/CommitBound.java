package io.fenceline.connect.sink.queue;

import java.util.concurrent.TimeUnit;

/**
 * Which offsets of a lane may be sent, so that the next task knows which may have been: never {@link #LENGTH} or more above
 * the one last given to {@code preCommit}, before that above the first one handed over; and, as that commit may have failed,
 * never twice that above the one given before it. When to ask the worker for a commit follows from it.
 *
 * <p>Pure; belongs to the task thread.
 */
class CommitBound {

    /** Offsets, not records. A constant on purpose, see {@link DoubtRange#LENGTH}. */
    static final int LENGTH = 1_000;

    private static final long ASK_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NONE = -1;

    /** The offset last given to {@code preCommit}; before that the first one handed over. */
    private long base = NONE;
    /** What {@link #base} was before. */
    private long before = NONE;

    /** One past the highest offset that was let through. */
    private long used;

    private boolean asked;
    private long askedAt;

    void handedOver(long offset, long now) {
        if (base == NONE) {
            base = offset;
            before = offset;
            askedAt = now;
        }
    }

    /** The lane gave this offset to {@code preCommit}. */
    void given(long offset, long now) {
        if (base != NONE) {
            before = base;
        }
        base = offset;
        before = before == NONE ? offset : before;
        asked = false;
        askedAt = now;
    }

    /** Whether the record at {@code offset} may be sent, now or later; false: not before the next commit. */
    boolean admits(long offset) {
        if (offset >= Math.min(base + LENGTH, before + 2L * LENGTH)) {
            return false;
        }
        used = Math.max(used, offset + 1);
        return true;
    }

    /**
     * Whether the worker is to be asked for a commit.
     *
     * @param settledBelow what {@code preCommit} would be given now
     * @param waits        a record is not admitted
     */
    boolean wantsCommit(long settledBelow, boolean waits, long now) {
        if (base == NONE || (settledBelow <= base && !(waits && before < base))) {
            return false;
        }
        boolean urgent = (waits || used - base >= LENGTH / 2) && !asked;
        // Again after a while: the worker may have forgotten that it was asked.
        if (!urgent && now - askedAt < ASK_EVERY_NANOS) {
            return false;
        }
        asked = true;
        askedAt = now;
        return true;
    }
}
