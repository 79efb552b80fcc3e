package io.fenceline.connect.sink.queue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long a message may be sent again without a second copy. SQS forgets a deduplication id five minutes after it accepted
 * the id first, and sending it again does not prolong that (developer guide, "Using the message deduplication ID"). It
 * accepts no earlier than an attempt begins, so five minutes from the first attempt that may have been accepted are safe, less
 * the time the last attempt takes and {@link #MARGIN}. Pure.
 */
final class SendDeadline {

    static final Duration WINDOW = Duration.ofMinutes(5);

    /** For what an attempt may take beyond its timeouts, and for clocks that do not run alike. */
    static final Duration MARGIN = Duration.ofSeconds(30);

    /** Enough for a thread to wake up, to find a connection, and to ask whether the attempt may go. */
    static final Duration LAST_CALL = Duration.ofSeconds(1);

    private static final long LAST_CALL_NANOS = LAST_CALL.toNanos();

    private final long spanNanos;

    /** @param attempt how long one attempt takes at most */
    SendDeadline(Duration attempt) {
        this.spanNanos = WINDOW.minus(MARGIN).minus(attempt).toNanos();
    }

    /** Whether one more attempt surely ends in time. Both are nanoseconds of one monotonic clock. */
    boolean isOpen(long firstAttempt, long now) {
        return now - firstAttempt < spanNanos;
    }

    /**
     * A pause before the next attempt does not outlast the time there is: it ends {@link #LAST_CALL} before that, so that there
     * is one more attempt; or, if the last one was about then, with it, so that what becomes of the message is decided at once.
     *
     * @param pause nanoseconds
     * @return nanoseconds, at most {@code pause}
     */
    long cut(long pause, long firstAttempt, long now) {
        long left = spanNanos - (now - firstAttempt);
        if (pause < left) {
            return pause;
        }
        return left >= 2 * LAST_CALL_NANOS ? left - LAST_CALL_NANOS : left;
    }

    /**
     * For a record that may have been sent before, nobody knows when: no earlier than its timestamp.
     *
     * @param timestamp Kafka's, in milliseconds; negative if there is none
     * @param wallNow   milliseconds of the wall clock
     * @return the record's age in nanoseconds, -1 if that is none, or one that leaves no time for an attempt
     */
    long usableAge(long timestamp, long wallNow) {
        long age = wallNow - timestamp;
        boolean usable = timestamp >= 0 && age >= 0 && age < TimeUnit.NANOSECONDS.toMillis(spanNanos);
        return usable ? TimeUnit.MILLISECONDS.toNanos(age) : -1;
    }
}
