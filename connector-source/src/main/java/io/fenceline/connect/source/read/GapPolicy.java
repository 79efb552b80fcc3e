package io.fenceline.connect.source.read;

/** {@value #KEY}: what to do when records were trimmed before they were read. */
public enum GapPolicy {
    /** Stop the task with {@code STREAM_GAP}. */
    FAIL,
    /** Go on at the first record there is; the gap is counted and logged with both numbers. */
    CONTINUE;

    /** Name of the configuration key. */
    public static final String KEY = "on.gap";
}
