package io.fenceline.connect.sink.lane;

/** Where a lane is in its life. While it is open, {@link LaneTarget.Readiness} says whether it takes records. */
public enum LaneState {
    /** Assigned; what happens is up to its target. */
    OPEN,
    /** Leaving a mark of its end in the target, for at most five seconds; takes no records. */
    STOPPING,
    /** Ended by an error that an operator has to look at; the task ends with it. */
    FAILED,
    /** Ended in the same way; the task goes on with its other lanes. */
    HELD,
    /** No longer assigned. */
    CLOSED;

    boolean mayBecome(LaneState next) {
        return switch (this) {
            case OPEN -> next != OPEN;
            case STOPPING -> next == FAILED || next == HELD || next == CLOSED;
            case FAILED, HELD -> next == CLOSED;
            case CLOSED -> false;
        };
    }
}
