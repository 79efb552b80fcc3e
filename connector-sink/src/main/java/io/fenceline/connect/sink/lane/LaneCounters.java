package io.fenceline.connect.sink.lane;

import io.fenceline.connect.metrics.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What the lanes of one task have done since it started. Any thread. */
public final class LaneCounters extends Counters {

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
    public final LongAdder duplicatesDropped =
            counter("duplicates-dropped-total", "records handed over again that were in the stream already");
    public final LongAdder nullValuesIgnored =
            counter("null-values-ignored-total", "tombstones not written, as behavior.on.null.values asks");
    public final LongAdder diverted = counter("diverted-total", "records handed to Connect's error handling");
    public final LongAdder claims = counter("claims-total", "times a stream was claimed");
    public final LongAdder takeovers = counter("takeovers-total", "times a stream was taken back from another writer");
    public final LongAdder fenced = counter("fenced-total", "times another writer took a stream from us");
    public final LongAdder gaps = counter("gaps-total", "jumps in the offsets handed over");
    public final LongAdder checkpoints = counter("checkpoints-total", "idle checkpoints stored in fencing tokens");
    /** Goes down again, when a lane is closed. */
    public final LongAdder lanesHeld =
            counter("lanes-held", "partitions that are held because they stopped, with on.stop=hold");

    public final LongAdder seeks = counter("seeks-total", "times the consumer was moved to where a stream stands");
}
