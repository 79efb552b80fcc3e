package io.fenceline.connect.sink.lane;

/** What becomes of the task when one of its lanes stops for good. The names are values of {@value #KEY}. */
public enum OnStop {
    /** The task fails. */
    FAIL,
    /** The lane's partition is held, the others go on. */
    HOLD;

    /** Name of the configuration key. */
    public static final String KEY = "on.stop";
}
