package io.fenceline.connect.source.read;

/** {@value #KEY}: what to do when a stream was deleted and made again under its name. */
public enum RecreationPolicy {
    /** Stop the task with {@code STREAM_RESET}. */
    FAIL,
    /** Read the new stream from its beginning. */
    RESTART;

    /** Name of the configuration key. */
    public static final String KEY = "on.recreated";
}
