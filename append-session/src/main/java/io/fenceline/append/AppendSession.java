package io.fenceline.append;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Appends batches to one stream, in order, each once (with a guard), through breaks of all kinds. Every method may be called
 * from any thread; order is the order of {@link #submit} calls.
 */
public interface AppendSession {

    /** Bytes a session may have in flight before it knows how long its acks take, and while they are fast. */
    int FIRST_WINDOW_BYTES = 5 << 20;

    /**
     * Hands a batch over; it must hold at least one record, must not be frozen, and belongs to the session from now on. The
     * queue behind the window is not bounded: the caller bounds it, by {@link #queuedBytes}.
     *
     * <p>The ticket completes on the loop thread, in submit order: with the batch's positions once it is durable, or with an
     * {@link AppendException} that tells whether it may be in the stream.
     */
    CompletableFuture<AppendAck> submit(AppendBatch batch);

    /** Metered bytes handed to the transport at least once and not settled. */
    long inflightBytes();

    /** Batches handed to the transport at least once and not settled. */
    int inflightBatches();

    /**
     * Metered bytes it may have in flight at present: grows while acks are slow, up to
     * {@link AppendSessionConfig#inflightMaxBytes}, and shrinks when they are not.
     */
    long windowBytes();

    /** Metered bytes submitted and waiting for the window, or for their turn among the sessions of the loop. */
    long queuedBytes();

    /** Batches submitted and waiting for the window, or for their turn. */
    int queuedBatches();

    /** How long the oldest unsettled batch has been in flight; zero if there is none. */
    Duration oldestInflightAge();

    SessionState state();

    /** Takes no more batches, gets everything submitted acknowledged, then ends; {@link AppendSessionListener#onFinished} tells when. */
    void close();

    /** Ends at once; open tickets fail. */
    void abort();
}
