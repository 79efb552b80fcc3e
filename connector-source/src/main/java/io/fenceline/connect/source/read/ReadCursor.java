package io.fenceline.connect.source.read;

import io.fenceline.s2.ReadStart;

/**
 * Where the reading of one stream stands and what the next number has to be. Pure; owned by one thread.
 *
 * <p>A stream's numbers have no holes as long as nothing of it is deleted: a number that is skipped is one that was deleted
 * before we read it, and one that comes again is a mistake of the service.
 */
final class ReadCursor {

    /** What a number says about continuity. */
    enum Step {
        CONTINUES,
        /** Numbers in between are gone. */
        SKIPS,
        /** The number was read already. */
        GOES_BACK
    }

    private ReadStart start;
    private boolean known;
    private long next;
    /** Nothing was read yet, and records missing before the first one are not ours to miss. */
    private boolean anyBeginning;

    private ReadCursor(ReadStart start, boolean anyBeginning) {
        this.start = start;
        this.anyBeginning = anyBeginning;
        if (start instanceof ReadStart.At at) {
            known = true;
            next = at.seqNum();
        }
    }

    /** Goes on at a stored position: everything from there on is expected. */
    static ReadCursor at(long seqNum) {
        return new ReadCursor(new ReadStart.At(seqNum), false);
    }

    /** Nothing is stored: takes what the stream has from {@code start} on. */
    static ReadCursor from(ReadStart start) {
        return new ReadCursor(start, true);
    }

    /** Where a session has to begin to go on. */
    ReadStart start() {
        return known ? new ReadStart.At(next) : start;
    }

    /** The number expected next; meaningful once {@link #isKnown}. */
    long next() {
        return next;
    }

    /** False while the start is relative and nothing was heard. */
    boolean isKnown() {
        return known;
    }

    /** Judges the number of the next record, and moves behind it unless it goes back. */
    Step onRecord(long seqNum) {
        Step step = judge(seqNum);
        if (step != Step.GOES_BACK) {
            settle(seqNum + 1);
        }
        return step;
    }

    /** Nothing below {@code tail} comes any more. */
    Step onHeartbeat(long tail) {
        Step step = judge(tail);
        if (step != Step.GOES_BACK) {
            settle(tail);
        }
        return step;
    }

    private Step judge(long seqNum) {
        if (!known || seqNum == next) {
            return Step.CONTINUES;
        }
        if (seqNum < next) {
            return Step.GOES_BACK;
        }
        return anyBeginning ? Step.CONTINUES : Step.SKIPS;
    }

    private void settle(long position) {
        known = true;
        next = position;
        anyBeginning = false;
    }

    /** The stream is another one: begins at its beginning. */
    void restart() {
        start = new ReadStart.At(0);
        known = true;
        next = 0;
        anyBeginning = true;
    }
}
