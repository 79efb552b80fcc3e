package io.fenceline.append.machine;

/** When a limited time is over, on any monotonic clock. */
final class Deadline {

    private Deadline() {}

    /** Nanoseconds left of a limit, zero or less once it is over; Long.MAX_VALUE if the limit is that, for never. */
    static long remaining(long since, long limit, long now) {
        return limit == Long.MAX_VALUE ? Long.MAX_VALUE : limit - (now - since);
    }
}
