package io.fenceline.append.machine;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.StreamPosition;
import org.jspecify.annotations.Nullable;

/**
 * Which ack can come next: one for the oldest batch in flight, for all of it, at its own position, and above every earlier ack,
 * also across exchanges. Owned by the machine.
 */
final class AckOrder {

    private final InflightAppends inflight;
    private final Conditions conditions;

    /** Behind the last record known durable. */
    private long lastEnd;

    AckOrder(InflightAppends inflight, Conditions conditions) {
        this.inflight = inflight;
        this.conditions = conditions;
        this.lastEnd = Math.max(0, conditions.next());
    }

    @Nullable
    String whatIsWrongWith(AppendAck ack) {
        PendingAppend head = inflight.head();
        if (head == null || inflight.awaited() == 0) {
            return "an ack, and nothing is in flight";
        }
        if (ack.recordCount() != head.recordCount()) {
            return "an ack for " + ack.recordCount() + " records where " + head.recordCount() + " were sent";
        }
        if (conditions.guarded() && ack.start().seqNum() != head.expectedSeq()) {
            return "an ack from position " + ack.start().seqNum() + " where " + head.expectedSeq() + " was asked for";
        }
        if (ack.end().seqNum() <= lastEnd) {
            return "an ack up to " + ack.end().seqNum() + " after one up to " + lastEnd;
        }
        return null;
    }

    void durableUpTo(StreamPosition end) {
        lastEnd = end.seqNum();
    }
}
