package io.fenceline.connect.sink.lane;

/**
 * Whether the task is handed records as fast as it can take them. Full batches count then, as records wait in any case;
 * otherwise it counts that each record leaves soon. A small poll between two fetches is no end of the load.
 *
 * <p>Owned by the task thread.
 */
final class TaskLoad {

    /** A {@code put} with that much is followed by another at once: half of what a poll brings by default, and as bytes. */
    private static final int MANY_RECORDS = 250;

    private static final long MANY_BYTES = 256 << 10;

    static final long LASTS_NANOS = 20_000_000;

    private boolean high;
    private long confirmedAt;

    /** A {@code put} handed over that much. */
    void onPut(int records, long bytes, long now) {
        if (records >= MANY_RECORDS || bytes >= MANY_BYTES) {
            high = true;
            confirmedAt = now;
        } else if (now - confirmedAt >= LASTS_NANOS) {
            high = false;
        }
    }

    boolean isHigh() {
        return high;
    }
}
