package io.fenceline.connect.sink.lane;

/** What becomes of the task when one of its lanes stops for good. The names are values of {@code on.stop}. */
public enum OnStop {
    /** The task fails. */
    FAIL,
    /** The lane's partition is held, the others go on. */
    HOLD
}
