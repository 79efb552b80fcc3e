package io.fenceline.connect.source.read;

import io.fenceline.s2.http.ReadExchange;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Divides a task's memory between its streams. What a stream has reserved is what was granted to its session and has not
 * been handed to Connect yet: on its way, arrived, or decoded. All streams have the same part of it; beside the parts there
 * is a reserve, lent for records that are larger than a part. The sum does not exceed the limit by more than what a single
 * record of each stream takes beside its bytes.
 *
 * <p>A loan that is known to be enough for its record is granted whole or not at all, so whoever has one can pay it back: as
 * soon as Connect takes the record. Where nobody knows how much is enough, one stream at a time borrows step by step, up to
 * all there is. So there is always one that can go on, without a session having to be given up for it. Who has to wait is
 * served in turn.
 *
 * <p>Owned by the task thread, except for {@link #reserved}.
 */
final class ReadBudget {

    private static final int LARGEST_RESERVE = 8 << 20;
    private static final int LARGEST_STEP = 512 << 10;

    private final long limit;
    private final long reserve;
    private final long largestShare;

    private int streams;
    private long reserved;
    /** For operators, who look on threads of theirs. */
    private volatile long shownReserved;

    private final Map<Object, Long> loans = new HashMap<>();
    /** Sum of the loans. */
    private long lent;
    /** The stream that borrows step by step. */
    private @Nullable Object borrower;
    /** Those to whom nothing could be lent, in the order in which they asked first. */
    private final Set<Object> waiting = new LinkedHashSet<>();

    /** A session, or one that has less than its part. */
    private boolean sessionWaits;

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

    /** What belongs to one stream; what it has reserved above that is owed. */
    long part() {
        return Math.max(ReadExchange.INITIAL_GRANT, (limit - reserve) / Math.max(1, streams));
    }

    /**
     * What one stream may reserve without borrowing: less than its part, so that it does not owe what is left when the last
     * step of a loan was more than it needed. That cannot be taken back.
     */
    long share() {
        long part = part();
        return Math.max(ReadExchange.INITIAL_GRANT, Math.min(largestShare, part - step(part)));
    }

    private static long step(long part) {
        return Math.min(LARGEST_STEP, part / 4);
    }

    /**
     * What nobody has of all parts together. It lacks where parts have become smaller and some streams have more than theirs
     * from before.
     */
    long spare() {
        return Math.max(0, limit - reserve - (reserved - lent));
    }

    /** A stream waits for what lacks of its part. */
    void waitsForItsPart() {
        sessionWaits = true;
    }

    /** Whether another session fits beside what is reserved; if not, others have to give back first. */
    boolean hasRoomForSession() {
        boolean room = reserved - lent + ReadExchange.INITIAL_GRANT <= limit - reserve;
        sessionWaits |= !room;
        return room;
    }

    void reserve(long bytes) {
        reserved += bytes;
        shownReserved = reserved;
    }

    void release(long bytes) {
        reserved -= bytes;
        shownReserved = reserved;
    }

    /** Any thread. */
    long reserved() {
        return shownReserved;
    }

    /**
     * More than the share, for something that does not fit it and needs nobody knows how much.
     *
     * @param likely bytes it will need, as far as can be guessed
     * @return bytes lent now; 0 if it is another stream's turn, or all of the reserve is lent
     */
    long lend(Object stream, long likely) {
        long step = Math.min(Math.max(likely, Math.max(step(part()), ReadExchange.INITIAL_GRANT / 4)), reserve - lent);
        if (borrower != null && borrower != stream || !isNext(stream) || step <= 0) {
            waiting.add(stream);
            return 0;
        }
        borrower = stream;
        lend(stream, step, loans.getOrDefault(stream, 0L));
        return step;
    }

    /**
     * More than the share, for something that does not fit it and needs so much and no more.
     *
     * @return all of it or 0
     */
    long lendWhole(Object stream, long bytes) {
        if (!isNext(stream) || bytes > reserve - lent) {
            waiting.add(stream);
            return 0;
        }
        lend(stream, bytes, loans.getOrDefault(stream, 0L));
        return bytes;
    }

    private void lend(Object stream, long bytes, long before) {
        waiting.remove(stream);
        loans.put(stream, before + bytes);
        lent += bytes;
    }

    /** Who borrows already comes first: the others wait for what it has. */
    private boolean isNext(Object stream) {
        return loans.containsKey(stream)
                || waiting.isEmpty()
                || waiting.iterator().next() == stream;
    }

    /** It does not need what it was waiting for any more. */
    void withdraw(Object stream) {
        waiting.remove(stream);
    }

    /** Whether a stream or a session waits for what others have and may not need; of sessions, since the last time this was asked. */
    boolean isShort() {
        boolean someoneWaits = sessionWaits || !waiting.isEmpty();
        sessionWaits = false;
        return someoneWaits;
    }

    /** Whether this stream needs more than there is to be lent, so that nothing can help it any more. */
    boolean isTooMuch(Object stream, long bytes) {
        return loans.getOrDefault(stream, 0L) + bytes > reserve;
    }

    /** By how much the stream is above its part now: it owes no more than that. */
    void limitLoan(Object stream, long excess) {
        Long before = loans.get(stream);
        if (before == null || before <= excess) {
            return;
        }
        lent -= before - Math.max(0, excess);
        if (excess > 0) {
            loans.put(stream, excess);
            return;
        }
        loans.remove(stream);
        waiting.remove(stream);
        if (borrower == stream) {
            borrower = null;
        }
    }

    /** It has what it borrowed for, and what it still owes is paid back when that is taken: the next one may borrow. */
    void complete(Object stream) {
        if (borrower == stream) {
            borrower = null;
        }
    }

    /** The stream's session is over, and with it what was lent for it. */
    void settle(Object stream) {
        limitLoan(stream, 0);
        withdraw(stream);
    }
}
