package io.fenceline.connect;

/** {@code behavior.on.null.values}: what becomes of a tombstone. */
public enum NullValueBehavior {
    /** Written, and marked as {@code kafka.null}. */
    WRITE,
    /** Not written; its offset is committed as if it had been. */
    IGNORE,
    /** An errant record. */
    FAIL
}
