package io.fenceline.connect.sink.lane;

/** Where a lane is in its life. */
public enum LaneState {
    /** Assigned, nothing asked of the stream yet. */
    NEW,
    /** Fencing the stream and looking where it stands; takes no records. */
    CLAIMING,
    /** The stream is ours; records flow. */
    OWNED,
    /** The session is finding out what became of appends whose answer was lost; records queue. */
    RESOLVING,
    /** Idle, replacing its own token by one that says where the stream stands; records queue. */
    CHECKPOINTING,
    /** Another writer fenced the stream; takes no records and commits nothing. */
    LOST,
    /** Leaving a mark of its end in the stream, for at most five seconds; takes no records. */
    STOPPING,
    /** Ended by an error that an operator has to look at; the task ends with it. */
    FAILED,
    /** Ended in the same way; the task goes on with its other lanes. */
    HELD,
    /** No longer assigned. */
    CLOSED;

    private static final boolean[][] LEGAL = new boolean[values().length][values().length];

    static {
        allow(NEW, CLAIMING, OWNED, STOPPING, FAILED, HELD, CLOSED);
        allow(CLAIMING, CLAIMING, OWNED, LOST, STOPPING, FAILED, HELD, CLOSED);
        allow(OWNED, RESOLVING, CHECKPOINTING, CLAIMING, LOST, STOPPING, FAILED, HELD, CLOSED);
        allow(RESOLVING, OWNED, CLAIMING, LOST, STOPPING, FAILED, HELD, CLOSED);
        allow(CHECKPOINTING, OWNED, CLAIMING, LOST, STOPPING, FAILED, HELD, CLOSED);
        allow(LOST, CLAIMING, STOPPING, FAILED, HELD, CLOSED);
        allow(STOPPING, FAILED, HELD, CLOSED);
        allow(FAILED, CLOSED);
        allow(HELD, CLOSED);
    }

    private static void allow(LaneState from, LaneState... to) {
        for (LaneState state : to) {
            LEGAL[from.ordinal()][state.ordinal()] = true;
        }
    }

    public boolean mayBecome(LaneState next) {
        return LEGAL[ordinal()][next.ordinal()];
    }

    /** Whether records handed over now can reach the stream without another claim. */
    public boolean takesRecords() {
        return this == OWNED || this == RESOLVING || this == CHECKPOINTING;
    }
}
