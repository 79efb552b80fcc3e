package io.fenceline.connect.source;

/**
 * How much may be handed over in one turn, and how much of that is used up. The first record is admitted whatever its size: one
 * that is larger than the bound would never come through. Owned by the task thread.
 */
public final class Allowance {

    private final int maxRecords;
    private final long maxBytes;
    private int records;
    private long bytes;

    public Allowance(int maxRecords, long maxBytes) {
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    /** Nothing more is admitted, however small. */
    public boolean isSpent() {
        return records >= maxRecords || records > 0 && bytes >= maxBytes;
    }

    /** Whether a record of that size may be handed over; not to be asked when {@link #isSpent}. */
    public boolean admits(int size) {
        return records == 0 || bytes + size <= maxBytes;
    }

    /** A record of that size has been handed over. */
    public void use(int size) {
        records++;
        bytes += size;
    }

    /** Handed over so far. */
    public int records() {
        return records;
    }

    /** Of what was handed over so far. */
    public long bytes() {
        return bytes;
    }
}
