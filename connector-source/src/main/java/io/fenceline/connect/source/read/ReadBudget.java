package io.fenceline.connect.source.read;

import io.fenceline.s2.http.ReadExchange;
import org.jspecify.annotations.Nullable;

/**
 * Divides a task's memory between its streams. What a stream has reserved is what was granted to its session and has not
 * been handed to Connect yet, arrived or not. All streams have the same share; beside the shares there is a reserve, lent to
 * one stream at a time, for a record that is larger than a share. The sum never exceeds the limit.
 *
 * <p>Owned by the task thread, except for {@link #shownReserved}.
 */
final class ReadBudget {

    private static final int LARGEST_RESERVE = 8 << 20;
    private static final int LOAN_STEP = 512 << 10;

    private final long limit;
    private final long reserve;
    private final long largestShare;

    private int streams;
    private long reserved;
    /** For operators, who look on threads of theirs. */
    private volatile long shownReserved;

    private @Nullable Object borrower;
    private long lent;
    private boolean refused;

    /**
     * @param limit        bytes in all
     * @param largestShare more than that is of no use to a stream
     */
    ReadBudget(long limit, long largestShare) {
        this.limit = limit;
        this.reserve = Math.min(LARGEST_RESERVE, limit / 2);
        this.largestShare = Math.max(ReadExchange.INITIAL_GRANT, largestShare);
    }

    /** How many streams can be read at all. */
    int mostStreams() {
        return (int) Math.min(Integer.MAX_VALUE, (limit - reserve) / ReadExchange.INITIAL_GRANT);
    }

    void setStreams(int count) {
        streams = count;
    }

    /** What one stream may reserve. */
    long share() {
        long equal = (limit - reserve) / Math.max(1, streams);
        return Math.max(ReadExchange.INITIAL_GRANT, Math.min(largestShare, equal));
    }

    /** Whether another session fits beside what is reserved; if not, others have to give back first. */
    boolean hasRoomForSession() {
        return reserved - lent + ReadExchange.INITIAL_GRANT <= limit - reserve;
    }

    void reserve(long bytes) {
        reserved += bytes;
        shownReserved = reserved;
    }

    void release(long bytes) {
        reserved -= bytes;
        shownReserved = reserved;
    }

    long reserved() {
        return reserved;
    }

    /** The same for any thread. */
    long shownReserved() {
        return shownReserved;
    }

    /**
     * More than the share, for a record that does not fit it.
     *
     * @return bytes lent now, 0 if another stream has the reserve or all of it is lent
     */
    int lend(Object stream) {
        if (borrower != null && borrower != stream) {
            refused = true;
            return 0;
        }
        int step = (int) Math.min(LOAN_STEP, reserve - lent);
        if (step > 0) {
            borrower = stream;
            lent += step;
        }
        return step;
    }

    /** Whether a stream or a session waits for what others have and may not need, since the last time this was asked. */
    boolean isShort() {
        boolean someoneWaits = refused || !hasRoomForSession();
        refused = false;
        return someoneWaits;
    }

    /** Whether this stream has the whole reserve, so that nothing can help it any more. */
    boolean isExhaustedBy(Object stream) {
        return borrower == stream && lent == reserve;
    }

    /** By how much the stream is above its share now: it owes no more than that. */
    void owes(Object stream, long excess) {
        if (borrower == stream) {
            lent = Math.max(0, Math.min(lent, excess));
            borrower = lent == 0 ? null : stream;
        }
    }

    /** The stream's session is over, and with it what was lent for it. */
    void settle(Object stream) {
        owes(stream, 0);
    }
}
