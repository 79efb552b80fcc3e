package io.fenceline.connect;

/** {@code behavior.on.null.values}: what becomes of a tombstone. */
public enum NullValueBehavior {
    /** Written with an empty body and a {@code kafka.null} header. */
    WRITE,
    /** Not written; its offset is committed as if it had been. */
    IGNORE,
    /** An errant record. */
    FAIL
}
