package io.fenceline.connect.sink.lane;

import java.util.concurrent.atomic.LongAdder;

/** What the lanes of one task have done. Any thread may read; the task thread writes. */
public final class LaneCounters {
    public final LongAdder recordsAcknowledged = new LongAdder();
    public final LongAdder bytesAcknowledged = new LongAdder();
    public final LongAdder duplicatesDropped = new LongAdder();
    public final LongAdder nullValuesIgnored = new LongAdder();
    public final LongAdder diverted = new LongAdder();
    public final LongAdder claims = new LongAdder();
    public final LongAdder takeovers = new LongAdder();
    public final LongAdder fenced = new LongAdder();
    public final LongAdder gaps = new LongAdder();
    public final LongAdder checkpoints = new LongAdder();
    public final LongAdder seeks = new LongAdder();
}
