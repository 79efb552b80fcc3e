package io.fenceline.connect.sink.queue;

import org.jspecify.annotations.Nullable;

/**
 * The offsets of a lane that an earlier task may have sent: {@link #LENGTH} of them from the first one handed over. Sending
 * them is harmless while SQS remembers the first time; who finds one that may be older than that says so here, before it is
 * sent, and tells the operator what is answered.
 *
 * <p>Twice what {@link CommitBound} allows: Connect does not tell a task that a commit has failed, so the offset this start
 * began with may be the last but one that was to be committed. Two failed commits in a row are not covered. Offsets are
 * counted, not records: the next task may be handed records that the last one was not.
 *
 * <p>Pure; one owner at a time.
 */
final class DoubtRange {

    /** A constant on purpose: one that followed the configuration would be wrong after a change of it. */
    static final int LENGTH = 2 * CommitBound.LENGTH;

    private static final long NONE = -1;

    private final String lane;
    private long first = NONE;
    private boolean told;
    private int toldPauses;

    DoubtRange(String lane) {
        this.lane = lane;
    }

    /** A record was handed over; the first one after the start counts. */
    void handedOver(long offset) {
        if (first == NONE) {
            first = offset;
        }
    }

    boolean contains(long offset) {
        return first != NONE && offset - first < LENGTH;
    }

    /**
     * A record within is about to be sent and may be in the queue for too long already.
     *
     * @return the warning, null if it was given before
     */
    @Nullable
    String sendsAgain() {
        if (told) {
            return null;
        }
        told = true;
        return lane + ": offsets " + first + " to " + last()
                + " may have been sent by an earlier task; those of them whose records are older than SQS's"
                + " deduplication window of five minutes are sent again and may be in the queue twice"
                + " (in.doubt.on.restart=resend; on a first start none of them is)";
    }

    /**
     * The record at {@code offset} is about to be sent. It was given to this task before a pause of the worker, or too soon after
     * it, and may be in the queue for too long already.
     *
     * @param pauses how many pauses there were; each is told once
     * @return the warning, null if it was given before
     */
    @Nullable
    String sendsAfterPause(long offset, int pauses) {
        if (toldPauses == pauses) {
            return null;
        }
        toldPauses = pauses;
        return lane + ": the worker did not call this task for more than 30 s, and another task may have had the"
                + " partition meanwhile; records from offset " + offset
                + " on that were fetched before then, and are"
                + " older than SQS's deduplication window of five minutes, are sent and may be in the queue twice"
                + " (in.doubt.on.restart=resend; if the worker is slow, lower consumer.override.max.poll.records)";
    }

    /** The last offset that may have been sent before. */
    long last() {
        return first + LENGTH - 1;
    }
}
