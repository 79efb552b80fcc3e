package io.fenceline.connect.source;

import io.fenceline.connect.TerminalException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a source task does in each {@code poll}, whatever it reads from: runs what other threads have posted, takes what there
 * is, and waits once if that is nothing. A failure ends the task only when everything before it has been handed over.
 *
 * <p>{@link #poll} belongs to the task thread; any thread may call the others.
 */
public final class PollCycle {

    /** Without anything to hand over a poll ends after that long, so that Connect can stop or pause the task. */
    private static final long LONGEST_POLL_NANOS = Duration.ofMillis(500).toNanos();

    /** It takes Connect longer than a rest to get the first of so many records to its producer. */
    private static final int MANY_RECORDS = 500;

    /** Where the records come from. Owned by the task thread. */
    public interface Supply {

        /**
         * Begins what is due and gives up what is dead; what was posted has been run.
         *
         * @throws TerminalException nothing can be read any more
         */
        void tick();

        /**
         * Adds what there is to hand over, within the limits of a poll.
         *
         * @return true if there may be more although nothing was added, so that the poll must not wait
         * @throws TerminalException nothing can be read any more; what was added before still goes to Kafka
         */
        boolean take(List<SourceRecord> into);

        /** Adds what is handed over beside what was taken; also behind a failure. */
        void accompany(List<SourceRecord> into);

        /** Nanoseconds until {@link #tick} has something to do if nothing happens. */
        long idleFor();
    }

    private final PollInbox inbox;
    private final Supply supply;
    private final HandOverWatch handOver;
    private final TransactionWatch transactions;
    private final long restNanos;

    // the task thread only
    /** How many records the last poll handed over. */
    private int handedOver;

    private @Nullable TerminalException failure;
    /** The last look passed something over, and perhaps there is more. */
    private boolean more;

    /**
     * @param rest from the end of a transaction of few records until more are taken. Records gather meanwhile, so that there are
     *             fewer and larger transactions; and Kafka's producer, which may still be busy with the end of the last one, does
     *             not take it for the end of the next (it then refuses to go on with {@code InvalidTxnStateException})
     */
    public PollCycle(
            PollInbox inbox, Supply supply, HandOverWatch handOver, TransactionWatch transactions, Duration rest) {
        this.inbox = inbox;
        this.supply = supply;
        this.handOver = handOver;
        this.transactions = transactions;
        this.restNanos = rest.toNanos();
    }

    /**
     * The next records; null if there are none.
     *
     * @throws TerminalException nothing can be read any more, and everything before that was handed over
     */
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        handOver.back();
        transactions.onPoll();
        if (transactions.hasEnded() && handedOver < MANY_RECORDS) {
            inbox.rest(restNanos);
        }
        List<SourceRecord> records = collect();
        if (records.isEmpty() && !inbox.isClosed() && !more) {
            inbox.await(Math.min(LONGEST_POLL_NANOS, supply.idleFor()));
            records = inbox.isClosed() ? List.of() : collect();
        }
        if (records.isEmpty()) {
            return null;
        }
        handedOver = records.size();
        handOver.handedOver(records);
        return records;
    }

    private List<SourceRecord> collect() {
        if (failure != null) {
            throw failure;
        }
        inbox.drain();
        supply.tick();
        List<SourceRecord> records = new ArrayList<>();
        try {
            more = supply.take(records);
        } catch (TerminalException e) {
            if (records.isEmpty()) {
                throw e;
            }
            // What was handed over before it still goes to Kafka.
            failure = e;
        }
        supply.accompany(records);
        return records;
    }

    /** Connect is done with one record. @param written Kafka has it; else it was dropped on the way */
    public void onConfirmed(boolean written) {
        handOver.onConfirmed();
        if (written) {
            transactions.onWritten();
        }
    }

    /** Nothing more will be polled. */
    public void stop() {
        inbox.close();
        handOver.back();
    }
}
