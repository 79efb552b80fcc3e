package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.AssignmentLease;

/** What the outbox asks about the worker; see {@link AssignmentLease}. Moments are of one monotonic clock. Any thread. */
interface Lease {

    /** Whether the worker is proven to know what is assigned to it, so that messages may be sent. */
    boolean isProven(long now);

    /** Whether what the task was given at that moment may have been sent by another owner since. */
    default boolean isDoubtful(long givenAt) {
        return false;
    }

    /** How many pauses of the worker there were. */
    default int pauses() {
        return 0;
    }

    static Lease of(AssignmentLease assignment) {
        return new Lease() {
            @Override
            public boolean isProven(long now) {
                return assignment.isProven(now);
            }

            @Override
            public boolean isDoubtful(long givenAt) {
                return assignment.isDoubtful(givenAt);
            }

            @Override
            public int pauses() {
                return assignment.lapses();
            }
        };
    }
}
