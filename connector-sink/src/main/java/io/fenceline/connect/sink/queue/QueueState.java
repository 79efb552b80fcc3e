package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.LaneTarget.Readiness;

/** Where the queue of a lane stands. */
enum QueueState {
    /** It is not known yet how it is set up; takes no records. */
    ASKING,
    /** The question was not answered, and is asked again; takes no records. */
    UNREACHED,
    /** Records flow. */
    OPEN;

    boolean mayBecome(QueueState next) {
        return this != OPEN;
    }

    Readiness readiness() {
        return this == OPEN ? Readiness.READY : Readiness.PREPARING;
    }
}
