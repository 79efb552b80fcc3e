package io.fenceline.append.machine;

import io.fenceline.append.RecordMatcher;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the stream between the oldest unsettled batch's position and the service's next one with what was sent there,
 * record by record, page by page. Positions are exact: our record for position p is compared with what stands at p.
 *
 * <p>Only whole batches that were read completely count as landed, and only as an unbroken run from the beginning. A command
 * record or a position that cannot be read ends that run; from there on the scan only looks for data that is not ours.
 *
 * <p>Used once. Owned by the machine.
 */
final class LandedScan {

    enum Finding {
        /** Read on at {@link #next}. */
        UNFINISHED,
        /** Everything there is ours: go on behind it. */
        ALL_OURS,
        /** Nothing foreign, but the chain is broken by commands or by positions that cannot be read. */
        NEEDS_CLAIM,
        /** There is data that is not ours, at {@link #at}. */
        FOREIGN,
        /** There is data with our identity and another content, at {@link #at}. */
        CONFLICT,
        /** The page was not an answer to the question. */
        MALFORMED
    }

    /** A batch that was found, with the positions an ack would have told. */
    record Landed(PendingAppend append, AppendAck ack) {}

    private final long to;
    private final RecordMatcher matcher;
    private final Iterator<PendingAppend> candidates;
    private final List<Landed> landed = new ArrayList<>();

    private long next;
    private boolean unbroken = true;
    private boolean commandSeen;
    private boolean holeSeen;

    private @Nullable PendingAppend candidate;
    /** The candidate's records; null until one is needed. */
    private @Nullable List<AppendRecord> records;
    /** Position inside the candidate. */
    private int index;

    private @Nullable StreamPosition candidateStart;

    private long at = -1;
    private String detail = "";

    /**
     * @param sent batches that may be in the stream, oldest first; the first one's position is {@code from}
     * @param to   the position the service says comes next
     */
    LandedScan(List<PendingAppend> sent, long from, long to, RecordMatcher matcher) {
        this.candidates = sent.iterator();
        this.next = from;
        this.to = to;
        this.matcher = matcher;
        nextCandidate();
    }

    long next() {
        return next;
    }

    long to() {
        return to;
    }

    /** What landed, oldest first; meaningful once a finding other than UNFINISHED and MALFORMED was made. */
    List<Landed> landed() {
        return landed;
    }

    /** Whether every position was read; meaningful as {@link #landed}. */
    boolean wasComplete() {
        return !holeSeen;
    }

    long at() {
        return at;
    }

    String detail() {
        return detail;
    }

    Finding accept(ReadBatch page) {
        if (page.records().isEmpty()) {
            // a bounded read below the tail comes back empty only when nothing is left there to read
            hole(to);
        }
        for (SequencedRecord theirs : page.records()) {
            if (next >= to) {
                break;
            }
            if (theirs.seqNum() < next) {
                detail = "asked for " + next + ", got " + theirs.seqNum();
                return Finding.MALFORMED;
            }
            if (theirs.seqNum() > next) {
                hole(Math.min(theirs.seqNum(), to));
            }
            if (next < to) {
                Finding finding = compare(theirs);
                if (finding != Finding.UNFINISHED) {
                    return finding;
                }
            }
        }
        return next < to ? Finding.UNFINISHED : conclude();
    }

    private Finding compare(SequencedRecord theirs) {
        if (theirs.isCommand()) {
            if (unbroken && index > 0) {
                return foreign(next, "a command record inside what would be a batch of ours");
            }
            broken("a command record at " + next);
            commandSeen = true;
            skip(1);
            return Finding.UNFINISHED;
        }
        PendingAppend ours = candidate;
        if (ours == null) {
            return foreign(next, "nothing was sent to that position");
        }
        if (commandSeen) {
            return foreign(next, "data behind a command record that took our position");
        }
        if (records == null) {
            records = ours.batch().records();
        }
        return switch (matcher.match(records.get(index), theirs)) {
            case SAME -> same(ours, theirs);
            case FOREIGN -> foreign(next, "it differs from the record we sent to that position");
            case CONFLICT -> {
                at = next;
                detail = "position " + next + " holds our record's identity";
                yield Finding.CONFLICT;
            }
        };
    }

    private Finding same(PendingAppend ours, SequencedRecord theirs) {
        StreamPosition position = new StreamPosition(theirs.seqNum(), theirs.timestamp());
        if (index == 0) {
            candidateStart = position;
        }
        index++;
        next++;
        if (index == ours.recordCount()) {
            if (unbroken && candidateStart != null) {
                StreamPosition end = new StreamPosition(next, theirs.timestamp());
                landed.add(new Landed(ours, new AppendAck(candidateStart, end, end)));
            }
            nextCandidate();
        }
        return Finding.UNFINISHED;
    }

    private Finding conclude() {
        if (!unbroken) {
            return Finding.NEEDS_CLAIM;
        }
        if (index > 0) {
            return foreign(next - index, "only a part of a batch of ours, and batches are never cut");
        }
        return Finding.ALL_OURS;
    }

    private Finding foreign(long position, String what) {
        at = position;
        detail = what;
        return Finding.FOREIGN;
    }

    private void hole(long until) {
        holeSeen = true;
        broken("positions from " + next + " below " + until + " can no longer be read");
        skip(until - next);
    }

    private void broken(String why) {
        if (unbroken) {
            unbroken = false;
            detail = why;
        }
    }

    private void skip(long positions) {
        next += positions;
        long left = positions;
        while (candidate != null && left >= candidate.recordCount() - index) {
            left -= candidate.recordCount() - index;
            nextCandidate();
        }
        if (candidate != null) {
            index += (int) left;
        }
    }

    private void nextCandidate() {
        candidate = candidates.hasNext() ? candidates.next() : null;
        records = null;
        index = 0;
        candidateStart = null;
    }
}
