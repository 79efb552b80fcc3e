package io.fenceline.connect.sink.lane;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.metrics.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What the lanes of one task have done since it started, wherever their records go. Any thread. */
public final class LaneCounters extends Counters {

    public final LongAdder duplicatesDropped = counter(
            "duplicates-dropped-total",
            "records handed over again that were in the stream already: normal after a restart. 0 for a queue, which does"
                    + " not say what it holds");
    public final LongAdder nullValuesIgnored =
            counter("null-values-ignored-total", "tombstones not written, as `" + NullValueBehavior.KEY + "` asks");
    public final LongAdder diverted = counter("diverted-total", "records handed to Connect's error handling");
    public final LongAdder gaps =
            counter("gaps-total", "jumps in the offsets handed over: compaction, transactions, filters, or retention");
    /** Goes down again, when a lane is closed. */
    public final LongAdder lanesHeld = counter(
            "lanes-held", "of the task's partitions, those that stopped and are held, with `" + OnStop.KEY + "=hold`");

    public final LongAdder seeks = counter(
            "seeks-total",
            "times the consumer was moved: to where a stream stands, or back for a record that could not be converted at the"
                    + " moment");
}
