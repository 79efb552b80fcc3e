package io.fenceline.connect.sink.stream;

import io.fenceline.connect.sink.lane.LaneTarget.Readiness;

/** Where a stream that a lane writes to stands. */
enum StreamState {
    /** Nothing asked of it yet. */
    NEW,
    /** Fencing it and looking where it stands; takes no records. */
    CLAIMING,
    /** It is ours; records flow. */
    OWNED,
    /** The session is finding out what became of appends whose answer was lost; records queue. */
    RESOLVING,
    /** Idle, replacing our own token by one that says where the stream stands; records queue. */
    CHECKPOINTING,
    /** Another writer fenced it; takes no records and settles nothing. */
    LOST;

    boolean mayBecome(StreamState next) {
        return switch (this) {
            case NEW -> next == CLAIMING;
            case CLAIMING -> next == CLAIMING || next == OWNED || next == LOST;
            case OWNED -> next == CLAIMING || next == RESOLVING || next == CHECKPOINTING || next == LOST;
            case RESOLVING, CHECKPOINTING -> next == CLAIMING || next == OWNED || next == LOST;
            case LOST -> next == CLAIMING;
        };
    }

    Readiness readiness() {
        return switch (this) {
            case NEW, CLAIMING -> Readiness.PREPARING;
            case OWNED, RESOLVING, CHECKPOINTING -> Readiness.READY;
            case LOST -> Readiness.LOST;
        };
    }
}
