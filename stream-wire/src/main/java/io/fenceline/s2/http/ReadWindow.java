package io.fenceline.s2.http;

/**
 * The memory that one read session was granted, and how much of it its peer may fill. What is granted is, at any time,
 * divided into what the peer may still send, what has arrived and is not decoded, and room for what decoding adds to it:
 * decoded records take more memory than their bytes on the wire, compressed or small ones many times more. So a window is
 * not opened as far as memory goes, but as far as it goes at the expansion seen so far.
 *
 * <p>Pure. Owned by whoever holds its exchange's turn.
 */
final class ReadWindow {

    /** However much what arrived expands, no peer sends less than that at a time. */
    private static final int LEAST_WINDOW = 4 << 10;

    /** Less than that says nothing about how much records expand. */
    private static final int LEAST_SAMPLE = 256;

    /** In all. */
    private long granted;
    /** Granted and not used up. */
    private long memory;
    /** What the peer may still send. */
    private long open;
    /** What has arrived and was not used up. */
    private long undecoded;
    /** Bytes of memory for each byte of the body, as seen lately; before that what records of a kilobyte or so take. */
    private double expansion = 1.25;
    /** What the largest of the last units took that have to be whole to be decoded; fades. */
    private long largestUnit;

    /** @param initial granted and open from the beginning */
    ReadWindow(int initial) {
        granted = initial;
        memory = initial;
        open = initial;
    }

    void grant(int bytes) {
        granted += bytes;
        memory += bytes;
    }

    void arrived(int bytes) {
        open -= bytes;
        undecoded += bytes;
    }

    /**
     * Of what has arrived so many bytes were decoded.
     *
     * @param retained bytes of memory they take now
     * @return what they use up of the grant: no less than they did before
     */
    long decoded(long wireBytes, long retained) {
        long used = Math.max(wireBytes, retained);
        undecoded -= wireBytes;
        memory -= used;
        if (wireBytes >= LEAST_SAMPLE) {
            double seen = (double) used / wireBytes;
            expansion += (seen - expansion) / (seen > expansion ? 2 : 8);
        }
        return used;
    }

    /** A unit that had to be whole to be decoded took that much. */
    void unit(long used) {
        largestUnit = Math.max(used, largestUnit - largestUnit / 8);
    }

    /** By how much decoding may expand what has arrived; negative if it has taken more than that. */
    long room() {
        return memory - open - undecoded;
    }

    long granted() {
        return granted;
    }

    /** Bytes that can arrive before there is another grant. */
    int reach() {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(open, memory - undecoded));
    }

    /**
     * By how much the window is to be opened now; counts as done.
     *
     * @param missing bytes until what was begun is complete, 0 if nothing was begun, -1 if that is not known
     * @param now     also by a little, which costs a frame as well
     */
    int widen(int missing, boolean now) {
        long wanted = Math.max(LEAST_WINDOW, (long) (memory / expansion) - undecoded);
        if (missing < 0) {
            wanted = Long.MAX_VALUE;
        } else if (missing > wanted) {
            wanted = missing;
        }
        long widest = Math.min(wanted, memory - undecoded);
        long more = Math.min(widest - open, Integer.MAX_VALUE);
        if (more <= 0 || !now && open > 0 && more < widest / 4) {
            return 0;
        }
        open += more;
        return (int) more;
    }

    /**
     * Whether what was begun does not become complete without another grant.
     *
     * @param missing as above
     */
    boolean isShortOf(int missing) {
        return open == 0 || missing > open + Math.max(0, room());
    }

    /**
     * How much more memory what was begun needs at least, if it is short of it.
     *
     * @param missing as above
     * @param mayExpand whether it may take more than its bytes
     */
    long lacking(int missing, boolean mayExpand) {
        long bytes = missing < 0 ? 1 : missing;
        long known = Math.max(1, bytes - open - room());
        return missing < 0 || mayExpand ? Math.max(known, largestUnit + largestUnit / 16 - memory) : known;
    }
}
