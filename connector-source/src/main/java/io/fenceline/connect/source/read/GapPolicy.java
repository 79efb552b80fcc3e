package io.fenceline.connect.source.read;

/** {@code on.gap}: what to do when records were trimmed before they were read. */
public enum GapPolicy {
    /** Stop the task with {@code STREAM_GAP}. */
    FAIL,
    /** Go on at the first record there is; the gap is counted and logged with both numbers. */
    CONTINUE
}
