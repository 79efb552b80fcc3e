package io.fenceline.append.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batches that have been frozen and not settled, oldest first. They leave only at the head and join only at the end, so
 * their order is that of their positions for ever. Each keeps its own mark of what may have become of it; no mark is shared.
 *
 * <pre>
 *   head                                        end
 *   | with the live exchange ... | not handed over yet |
 * </pre>
 *
 * Owned by the machine.
 */
final class InflightAppends {

    private final ArrayDeque<PendingAppend> appends = new ArrayDeque<>();
    private long bytes;

    /** How many, from the head, the live exchange has been given. */
    private int handedOver;

    boolean isEmpty() {
        return appends.isEmpty();
    }

    int size() {
        return appends.size();
    }

    long bytes() {
        return bytes;
    }

    @Nullable
    PendingAppend head() {
        return appends.peekFirst();
    }

    /** How many batches the live exchange owes an answer for. */
    int awaited() {
        return handedOver;
    }

    boolean hasUnsent() {
        return handedOver < appends.size();
    }

    /** Freezes a fresh batch, gives it the next position, and takes it in; one step, so that no position is lost or used twice. */
    void add(PendingAppend append, Conditions conditions) {
        append.freeze(conditions);
        appends.addLast(append);
        conditions.advance(append.recordCount());
        bytes += append.bytes();
    }

    /** Marks up to {@code limit} batches the live exchange has not been given as handed over, in order, and returns them. */
    List<PendingAppend> handOver(long generation, int limit, long now) {
        int count = Math.min(limit, appends.size() - handedOver);
        List<PendingAppend> batches = new ArrayList<>(count);
        Iterator<PendingAppend> all = appends.iterator();
        for (int i = 0; i < handedOver; i++) {
            all.next();
        }
        for (int i = 0; i < count; i++) {
            PendingAppend append = all.next();
            append.handOver(generation, now);
            batches.add(append);
        }
        handedOver += count;
        return batches;
    }

    /** The same for the one batch that was just added behind others that are handed over already. */
    PendingAppend handOverLast(long generation, long now) {
        if (handedOver != appends.size() - 1) {
            throw new IllegalStateException("older batches have to go first");
        }
        PendingAppend append = appends.getLast();
        append.handOver(generation, now);
        handedOver++;
        return append;
    }

    /** Takes the head out: its fate is known. */
    PendingAppend settleHead() {
        PendingAppend head = appends.removeFirst();
        bytes -= head.bytes();
        if (handedOver > 0) {
            handedOver--;
        }
        return head;
    }

    /** The live exchange certainly did not write the head; all others it was given stay open. */
    void headNotWritten() {
        PendingAppend head = appends.peekFirst();
        if (head != null && handedOver > 0) {
            head.notWrittenByThisExchange();
        }
        exchangeLost();
    }

    /** The live exchange certainly wrote nothing it still owes an answer for. */
    void nothingWritten() {
        for (PendingAppend append : appends) {
            append.notWrittenByThisExchange();
        }
        handedOver = 0;
    }

    /** There was no connection for the live exchange: nothing that it was given has left. */
    void notConnected() {
        for (PendingAppend append : appends) {
            append.notConnected();
        }
        handedOver = 0;
    }

    /** The live exchange is gone, and what it still owed an answer for may have been written or may be yet. */
    void exchangeLost() {
        for (PendingAppend append : appends) {
            if (append.maybeSent()) {
                append.leaveInDoubt();
            }
        }
        handedOver = 0;
    }

    boolean anyInDoubt() {
        for (PendingAppend append : appends) {
            if (append.inDoubt()) {
                return true;
            }
        }
        return false;
    }

    int countInDoubt() {
        int count = 0;
        for (PendingAppend append : appends) {
            if (append.inDoubt()) {
                count++;
            }
        }
        return count;
    }

    /**
     * The lowest position that a batch in doubt was sent to, of those at or above {@code from}; Long.MAX_VALUE if there is none.
     * A batch lands at its position or not at all, and batches stand in the order of their positions.
     */
    long doubtFrom(long from) {
        for (PendingAppend append : appends) {
            if (append.inDoubt() && append.expectedSeq() >= from) {
                return append.expectedSeq();
            }
        }
        return Long.MAX_VALUE;
    }

    /** Those that any exchange was ever given, oldest first: only they can be in the stream. */
    List<PendingAppend> everHandedOver() {
        List<PendingAppend> result = new ArrayList<>();
        for (PendingAppend append : appends) {
            if (!append.wasHandedOver()) {
                break;
            }
            result.add(append);
        }
        return result;
    }
}
