package io.fenceline.connect;

/** {@value #KEY}: what becomes of a user header whose name begins with {@code kafka.}. */
public enum ReservedHeaderBehavior {
    /** The record is an errant record. */
    FAIL,
    /** The header is left out. */
    DROP,
    /** The header is written as {@code user.<name>}. */
    RENAME;

    /** Name of the configuration key. */
    public static final String KEY = "behavior.on.reserved.headers";
}
