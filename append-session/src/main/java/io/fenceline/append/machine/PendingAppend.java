package io.fenceline.append.machine;

import io.fenceline.s2.wire.AppendBatch;
import java.util.OptionalLong;

/**
 * One batch on its way: what it is, which position it was given, and what is known of its fate. Owned by the machine, which
 * is owned by the session loop; a subclass carries whatever its submitter waits for.
 */
public class PendingAppend {

    private static final long NO_EXCHANGE = 0;

    private final AppendBatch batch;
    private final int recordCount;
    private final int bytes;

    /** -1 without a guard, and before the batch was given a position. */
    private long expectedSeq = -1;

    private boolean handedOver;
    private long firstHandedOverAt;

    /** An earlier exchange took this batch and nothing has told since what became of it. Only its settlement ends that. */
    private boolean inDoubt;

    /** An earlier exchange may have brought this batch to the service, whatever became of it. */
    private boolean mayHaveReached;

    /** The live exchange that has this batch. */
    private long exchange = NO_EXCHANGE;

    public PendingAppend(AppendBatch batch) {
        this.batch = batch;
        this.recordCount = batch.recordCount();
        this.bytes = batch.meteredBytes();
    }

    public final AppendBatch batch() {
        return batch;
    }

    final int recordCount() {
        return recordCount;
    }

    final int bytes() {
        return bytes;
    }

    final long expectedSeq() {
        return expectedSeq;
    }

    /**
     * Whether bytes of this batch may have had an effect, or may still have one (MAYBE_SENT). It is true from just before
     * the first hand-over until an answer to this very batch says otherwise.
     */
    final boolean maybeSent() {
        return inDoubt || exchange != NO_EXCHANGE;
    }

    final boolean inDoubt() {
        return inDoubt;
    }

    /** Whether any exchange was ever given this batch, whatever became of it. */
    final boolean wasHandedOver() {
        return handedOver;
    }

    final boolean mayHaveReached() {
        return mayHaveReached;
    }

    final long firstHandedOverAt() {
        return firstHandedOverAt;
    }

    /** From here on the batch is the same bytes at every attempt. */
    final void freeze(Conditions conditions) {
        OptionalLong position = conditions.nextPosition();
        batch.freeze(position, conditions.token());
        if (position.isPresent()) {
            expectedSeq = position.getAsLong();
        }
    }

    /** Called before the transport is. */
    final void handOver(long generation, long now) {
        if (!handedOver) {
            handedOver = true;
            firstHandedOverAt = now;
        }
        exchange = generation;
    }

    /** The exchange that has it is gone without a word about it. */
    final void leaveInDoubt() {
        inDoubt = true;
        mayHaveReached = true;
        exchange = NO_EXCHANGE;
    }

    /** The exchange that had it certainly did not write it. Says nothing about earlier ones. */
    final void notWrittenByThisExchange() {
        mayHaveReached |= exchange != NO_EXCHANGE;
        exchange = NO_EXCHANGE;
    }

    /** There was no connection for the exchange that had it. Says nothing about earlier ones. */
    final void notConnected() {
        exchange = NO_EXCHANGE;
    }

    @Override
    public final String toString() {
        return batch + (inDoubt ? " in doubt" : "") + (exchange == NO_EXCHANGE ? "" : " with exchange " + exchange);
    }
}
