package io.fenceline.connect;

/** {@code behavior.on.reserved.headers}: what becomes of a user header whose name begins with {@code kafka.}. */
public enum ReservedHeaderBehavior {
    /** The record is an errant record. */
    FAIL,
    /** The header is left out. */
    DROP,
    /** The header is written as {@code user.<name>}. */
    RENAME
}
