package io.fenceline.connect.sink.stream;

import io.fenceline.connect.metrics.Counters;
import io.fenceline.connect.sink.claim.ClaimWatch;
import io.fenceline.s2.wire.Answer;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What one task has done to its streams since it started. Any thread. */
public final class StreamCounters extends Counters implements ClaimWatch {

    public final LongAdder recordsAcknowledged =
            counter("records-acknowledged-total", "records that S2 acknowledged as durable");
    public final LongAdder bytesAcknowledged =
            counter("bytes-acknowledged-total", "metered bytes that S2 acknowledged as durable");
    public final LongAdder reconnects =
            counter("reconnects-total", "append sessions that broke and were tried again; claims are not among them");
    public final LongAdder resends = counter(
            "resends-total", "batches sent again after a break; not those that no attempt has brought to S2 yet");
    public final LongAdder reconciledLanded =
            counter("reconciled-landed-total", "batches in doubt that were found in the stream");
    public final LongAdder reconciledLost =
            counter("reconciled-lost-total", "batches in doubt that turned out not to have been written");
    public final LongAdder claims =
            counter("claims-total", "streams claimed, or begun to be: at the start, after a rebalance, after a loss");
    public final LongAdder claimFailures = counter(
            "claim-failures-total",
            "attempts at a claim that failed: S2 was not reachable, refused, or asked for patience. Grows as long as a stream"
                    + " cannot be claimed");
    public final LongAdder throttled = counter(
            "throttled-total", "appends and attempts at claims that S2 put off because there was too much to do");
    public final LongAdder takeovers = counter(
            "takeovers-total",
            "streams taken back from another writer; stays 0 unless rebalances overlap or somebody else writes");
    public final LongAdder fenced = counter(
            "fenced-total",
            "streams lost to another writer; stays 0 unless rebalances overlap or somebody else writes");
    public final LongAdder checkpoints = counter("checkpoints-total", "idle checkpoints stored in fencing tokens");

    /** Of a claim, or of the question how a stream is set up that takes its place with at-least-once delivery. */
    @Override
    public void onFailedAttempt(@Nullable Answer answer) {
        claimFailures.increment();
        if (answer == Answer.BUSY) {
            throttled.increment();
        }
    }
}
