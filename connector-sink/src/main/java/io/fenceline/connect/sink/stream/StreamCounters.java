package io.fenceline.connect.sink.stream;

import io.fenceline.connect.metrics.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What one task has done to its streams since it started. Any thread. */
public final class StreamCounters extends Counters {

    public final LongAdder recordsAcknowledged =
            counter("records-acknowledged-total", "records that S2 acknowledged as durable");
    public final LongAdder bytesAcknowledged =
            counter("bytes-acknowledged-total", "metered bytes that S2 acknowledged as durable");
    public final LongAdder reconnects = counter("reconnects-total", "append sessions that broke and were tried again");
    public final LongAdder resends = counter("resends-total", "batches handed over again after a break");
    public final LongAdder reconciledLanded =
            counter("reconciled-landed-total", "batches in doubt that were found in the stream");
    public final LongAdder reconciledLost =
            counter("reconciled-lost-total", "batches in doubt that turned out not to have been written");
    public final LongAdder claims = counter("claims-total", "times a stream was claimed");
    public final LongAdder takeovers = counter("takeovers-total", "times a stream was taken back from another writer");
    public final LongAdder fenced = counter("fenced-total", "times another writer took a stream from us");
    public final LongAdder checkpoints = counter("checkpoints-total", "idle checkpoints stored in fencing tokens");
}
