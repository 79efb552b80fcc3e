package io.fenceline.connect.sink.lane;

/**
 * The offset below which everything of a lane is surely settled, for the times when the lane can vouch for nothing newer:
 * while its target gets ready, after that was lost or it failed, between a seek and the next {@code put}.
 *
 * <p>A partition that is left out of what {@code preCommit} answers is committed all the same: Connect takes the target of
 * a seek for its last committed offset ({@code WorkerSinkTask.rewind}), and commits that with the first partition of the
 * task that has something new. What was accepted before the seek, and is not durable, would be skipped after a restart.
 *
 * <p>Owned by the task thread.
 */
final class SettledOffset {

    private static final long NONE = -1;

    private long below = NONE;

    /** Everything below {@code offset} is settled or not wanted; newer knowledge replaces older, also a lower offset. */
    void is(long offset) {
        below = offset;
    }

    /**
     * The record at {@code offset} contradicts what was known of the topic: what was settled below a higher offset was
     * settled in another one.
     */
    void isNotAbove(long offset) {
        below = below == NONE ? offset : Math.min(below, offset);
    }

    /** What may be committed, -1 if nothing is known: never above {@code given}, which is where Connect stands. */
    long upTo(long given) {
        return below == NONE ? NONE : Math.min(below, given);
    }
}
