package io.fenceline.connect;

/** {@value #KEY}: what becomes of a tombstone. */
public enum NullValueBehavior {
    /** Written, and marked as {@code kafka.null}. */
    WRITE,
    /** Not written; its offset is committed as if it had been. */
    IGNORE,
    /** An errant record. */
    FAIL;

    /** Name of the configuration key. */
    public static final String KEY = "behavior.on.null.values";
}
