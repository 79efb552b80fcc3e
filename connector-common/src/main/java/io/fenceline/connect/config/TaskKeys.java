package io.fenceline.connect.config;

/** Keys that a connector of ours adds to the configurations of its tasks. No user sets them. */
public final class TaskKeys {

    /** Which task it is, from 0; Connect does not tell. */
    public static final String NUMBER = "fenceline.task";

    /** How many tasks were configured together. */
    public static final String COUNT = "fenceline.tasks";

    /** What the connector wants the task to read, as a digest. An older version of ours did not say. */
    public static final String SHARE = "fenceline.share";

    private TaskKeys() {}
}
