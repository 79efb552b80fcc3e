package io.fenceline.append.loop;

import io.fenceline.append.AppendSession;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the sessions of one loop may have in flight, each and together. Beyond what keeps the service busy, more only waits
 * there: acks come late, and as a service need not serve its connections in turn, some streams fall behind others. While
 * enough is in flight, sessions start one batch at a turn, first come, first served.
 *
 * <p>Enough is {@link AppendSession#FIRST_WINDOW_BYTES} for one session and {@link #SLACK_BYTES} for all, or twice the capacity
 * of the line, if that is more. On a long line each batch of more in flight raises what is acknowledged in the time of the
 * fastest ack, and that what is enough, until sessions are at their limits; on a service that is busy it does not, as its
 * fastest ack came when it was not. What is not acknowledged in {@link #STALE} does not count: a stream that hangs takes
 * nothing from the others.
 *
 * <p>When somebody is held back and the fastest ack is in doubt, what is in flight runs out, and one batch goes alone.
 *
 * <p>Owned by the loop thread; times are nanoseconds of its clock.
 */
final class InflightBudget {

    /** Keeps two cores busy with S2's own server, whatever the number of streams. */
    static final long SLACK_BYTES = 16 << 20;

    static final Duration STALE = Duration.ofSeconds(1);

    /**
     * What was known when a batch was started.
     *
     * @param acknowledged      bytes of its session until then
     * @param acknowledgedOfAll bytes of all sessions until then
     * @param quiet             no more than one window was in flight, of all sessions together
     */
    record Departure(long at, long acknowledged, long acknowledgedOfAll, boolean quiet) {}

    /** One session's part. */
    final class Account {
        private final long limit;
        private final Runnable startNext;
        private final LineCapacity line;
        private boolean inTurn;
        private long bytes;
        private long movedAt;

        private Account(long now, long limit, Runnable startNext) {
            this.limit = limit;
            this.startNext = startNext;
            this.line = new LineCapacity(now);
        }

        /** Bytes it may have in flight. */
        long window() {
            return Math.min(limit, enough(AppendSession.FIRST_WINDOW_BYTES, line));
        }

        /** Has a batch to start: it comes to its turn behind those who asked before. */
        void wants() {
            if (!inTurn) {
                inTurn = true;
                turns.addLast(this);
            }
        }

        /** Has a batch to start, and its window is full. */
        void isFull(long now) {
            heldBack(now);
        }

        /** A batch is started now. */
        Departure departs(long now) {
            boolean quiet = held < AppendSession.FIRST_WINDOW_BYTES;
            return new Departure(now, line.acknowledged(), lineOfAll.acknowledged(), quiet);
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

        /** A batch was acknowledged. */
        void acknowledged(long now, long acked, Departure departure) {
            line.count(acked);
            lineOfAll.count(acked);
            long latency = now - departure.at();
            learnLatency(now, departure, latency);
            long fastest = fastestAck.nanos();
            line.learn(now, line.acknowledged() - departure.acknowledged(), latency, fastest);
            lineOfAll.learn(now, lineOfAll.acknowledged() - departure.acknowledgedOfAll(), latency, fastest);
        }
    }

    private final ArrayDeque<Account> turns = new ArrayDeque<>();
    private final Set<Account> holders = new LinkedHashSet<>();
    private long held;
    private boolean giving;

    private final FastestAck fastestAck = new FastestAck();
    private final LineCapacity lineOfAll;

    /** What is in flight runs out, and one batch goes alone. */
    private boolean asksAlone;
    /** It has run out, at {@link #aloneSince}. */
    private boolean alone;

    private long aloneSince;

    InflightBudget(long now) {
        this.lineOfAll = new LineCapacity(now);
    }

    /**
     * @param limit     most bytes in flight, whatever the line can take
     * @param startNext puts one batch in flight, and asks for another turn if there is more
     */
    Account open(long now, long limit, Runnable startNext) {
        return new Account(now, limit, startNext);
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
        if (!turns.isEmpty()) {
            heldBack(now);
        }
    }

    boolean isAwaited() {
        return !turns.isEmpty();
    }

    private boolean hasRoom(long now) {
        if (asksAlone) {
            boolean none = heldFresh(now) == 0;
            if (none && !alone) {
                alone = true;
                aloneSince = now;
            }
            return none;
        }
        long enough = enough(SLACK_BYTES, lineOfAll);
        return held < enough || heldFresh(now) < enough;
    }

    private static long enough(long atLeast, LineCapacity line) {
        return Math.max(atLeast, 2 * line.bytes());
    }

    private void heldBack(long now) {
        if (!asksAlone && fastestAck.isInDoubt(now)) {
            asksAlone = true;
            alone = false;
        }
    }

    private void learnLatency(long now, Departure departure, long latency) {
        if (asksAlone && alone && departure.at() - aloneSince >= 0) {
            fastestAck.sawAlone(latency);
        } else {
            fastestAck.saw(now, latency, departure.quiet());
        }
        if (asksAlone && !fastestAck.isInDoubt(now)) {
            asksAlone = false;
        }
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
