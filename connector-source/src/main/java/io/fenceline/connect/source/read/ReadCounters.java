package io.fenceline.connect.source.read;

import io.fenceline.connect.metrics.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What the readers of one task have done since it started. Any thread. */
public final class ReadCounters extends Counters {

    public final LongAdder recordsRead = counter("records-read-total", "records handed to Connect");
    public final LongAdder bytesRead = counter("bytes-read-total", "metered bytes of records handed to Connect");
    public final LongAdder commandsSkipped = counter("commands-skipped-total", "command records passed over");
    public final LongAdder sessions = counter("sessions-total", "read sessions opened");
    public final LongAdder reconnects = counter("reconnects-total", "read sessions that broke and were tried again");
    public final LongAdder silences = counter("silences-total", "read sessions given up because nothing was heard");
    public final LongAdder handBacks = counter(
            "hand-backs-total", "read sessions begun anew because other streams waited for memory they did not use");
    public final LongAdder gaps = counter("gaps-total", "gaps passed over, as " + GapPolicy.KEY + " asks");
    public final LongAdder recordsMissed = counter("records-missed-total", "numbers within those gaps");
    public final LongAdder recreations =
            counter("recreated-total", "streams that were made again and read from their beginning");
    public final LongAdder heartbeats = counter("heartbeats-total", "positions of quiet streams handed to Connect");
    public final LongAdder unconfirmed =
            counter("unconfirmed-total", "records that a transform or Connect's error handling dropped");
}
