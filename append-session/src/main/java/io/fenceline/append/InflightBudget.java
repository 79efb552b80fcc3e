package io.fenceline.append;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the sessions of one loop may have in flight together. Beyond what keeps the service busy, more only waits there: acks
 * come late, and as a service need not serve its connections in turn, some streams fall behind others. While enough is in
 * flight, sessions start one batch at a turn, first come, first served.
 *
 * <p>Enough is {@link #SLACK_BYTES}, and what arrives at the present rate in the time of the fastest ack. On a long line this
 * grows until every session has its own window; on a service that is busy it does not, as its fastest ack came when it was
 * not. What is not acknowledged in {@link #STALE} does not count: a stream that hangs takes nothing from the others.
 *
 * <p>Owned by the loop thread; times are nanoseconds of its clock.
 */
final class InflightBudget {

    /** Keeps two cores busy with S2's own server, whatever the number of streams. */
    static final long SLACK_BYTES = 16 << 20;

    static final Duration STALE = Duration.ofSeconds(1);

    private static final long RATE_INTERVAL_NANOS = Duration.ofMillis(250).toNanos();

    /** One session's part. */
    final class Account {
        private final Runnable startNext;
        private boolean inTurn;
        private long bytes;
        private long movedAt;

        private Account(Runnable startNext) {
            this.startNext = startNext;
        }

        /** Has a batch to start: it comes to its turn behind those who asked before. */
        void wants() {
            if (!inTurn) {
                inTurn = true;
                turns.addLast(this);
            }
        }

        /** Has that much in flight now. */
        void holds(long now, long inflight) {
            if (inflight < bytes || bytes == 0) {
                movedAt = now;
            }
            held += inflight - bytes;
            bytes = inflight;
            if (inflight > 0) {
                holders.add(this);
            } else {
                holders.remove(this);
            }
        }
    }

    private final ArrayDeque<Account> turns = new ArrayDeque<>();
    private final Set<Account> holders = new LinkedHashSet<>();
    private long held;
    private boolean giving;

    private long fastestAck = Long.MAX_VALUE;
    private double bytesPerNano;
    private long intervalBegan;
    private long intervalBytes;

    InflightBudget(long now) {
        this.intervalBegan = now;
    }

    /** @param startNext puts one batch in flight, and asks for another turn if there is more */
    Account open(Runnable startNext) {
        return new Account(startNext);
    }

    /** A batch was acknowledged, that long after it was started. */
    void acknowledged(long now, long bytes, long latency) {
        fastestAck = Math.min(fastestAck, latency);
        intervalBytes += bytes;
        long elapsed = now - intervalBegan;
        if (elapsed >= RATE_INTERVAL_NANOS) {
            bytesPerNano = (double) intervalBytes / elapsed;
            intervalBegan = now;
            intervalBytes = 0;
        }
    }

    /** Lets sessions start batches while there is room. Has to be called again when something has changed, or is stale. */
    void giveTurns(long now) {
        if (giving) {
            return; // by a session that starts a batch
        }
        giving = true;
        try {
            while (!turns.isEmpty() && hasRoom(now)) {
                Account next = turns.removeFirst();
                next.inTurn = false;
                next.startNext.run();
            }
        } finally {
            giving = false;
        }
    }

    boolean isAwaited() {
        return !turns.isEmpty();
    }

    private boolean hasRoom(long now) {
        long enough = enough();
        return held < enough || heldFresh(now) < enough;
    }

    private long enough() {
        return SLACK_BYTES + (long) (bytesPerNano * fastestAck);
    }

    private long heldFresh(long now) {
        long sum = 0;
        for (Account holder : holders) {
            if (now - holder.movedAt < STALE.toNanos()) {
                sum += holder.bytes;
            }
        }
        return sum;
    }
}
