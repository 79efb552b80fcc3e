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
