package io.fenceline.append.machine;

import java.time.Duration;

/**
 * What the live exchange has shown of itself, and since when it owes a sign of life. Knows times, not states; what is
 * awaited from it is told by the caller. Owned by the machine.
 */
final class ExchangeWatch {

    private final long ackTimeout;
    private final long openTimeout;
    private final long idleTimeout;

    /** Opened and not discarded yet. */
    private boolean stands;

    private boolean established;
    private boolean acked;
    private long openedAt;
    /** Last sign of life, or when the exchange began to owe one. */
    private long silentSince;
    /** When the exchange ran out of work, or its body was ended. */
    private long restingSince;

    ExchangeWatch(long ackTimeout, long openTimeout, long idleTimeout) {
        this.ackTimeout = ackTimeout;
        this.openTimeout = openTimeout;
        this.idleTimeout = idleTimeout;
    }

    void opened(long now) {
        stands = true;
        established = false;
        acked = false;
        openedAt = now;
        silentSince = now;
        restingSince = now;
    }

    /** True if there was one to discard. */
    boolean discarded() {
        boolean stood = stands;
        stands = false;
        return stood;
    }

    void signOfLife(long now) {
        established = true;
        silentSince = now;
    }

    void acked(long now) {
        signOfLife(now);
        acked = true;
    }

    /** The first batch was handed over to an exchange that owed nothing. */
    void owes(long now) {
        silentSince = now;
    }

    /** It owes nothing any more, or its body was ended. */
    void rests(long now) {
        restingSince = now;
    }

    /** It showed a sign of life. */
    boolean isEstablished() {
        return established;
    }

    boolean hasAcked() {
        return acked;
    }

    boolean isUnanswered(long now) {
        return !established && Deadline.remaining(openedAt, openTimeout, now) <= 0;
    }

    /** Until an exchange that is being fed is overdue with its consent or an ack, or has been idle for too long. */
    long untilOverdue(boolean awaiting, long now) {
        long left = awaiting
                ? Deadline.remaining(silentSince, ackTimeout, now)
                : Deadline.remaining(restingSince, idleTimeout, now);
        return established ? left : Math.min(left, Deadline.remaining(openedAt, openTimeout, now));
    }

    /** Until one whose body was ended is overdue with an ack or with its end. */
    long untilDrained(boolean awaiting, long now) {
        return Deadline.remaining(awaiting ? silentSince : restingSince, ackTimeout, now);
    }

    Duration silence(long now) {
        return Duration.ofNanos(now - silentSince);
    }

    Duration openTimeout() {
        return Duration.ofNanos(openTimeout);
    }

    Duration idleTimeout() {
        return Duration.ofNanos(idleTimeout);
    }
}
