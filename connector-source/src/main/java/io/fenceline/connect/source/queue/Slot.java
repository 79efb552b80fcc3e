package io.fenceline.connect.source.queue;

/**
 * A place in the ledger, which is Connect's source offsets: it names one message, the last one that was written there. Immutable.
 *
 * @param area   start number modulo {@link #AREAS}, so that what a start found stays until the fourth after it
 * @param number 0 to {@link #MOST} - 1
 */
public record Slot(int area, int number) {

    public static final int AREAS = 4;

    /** Where a start writes whose entries are no proof: nobody reads it. */
    static final int UNREAD_AREA = AREAS;

    /** In one area, whatever the configuration says. */
    public static final int MOST = 10_000;
}
