package io.fenceline.connect.source.read;

import io.fenceline.connect.metrics.Counters;
import io.fenceline.connect.metrics.NewestMoment;
import java.util.concurrent.atomic.LongAdder;

/** What the readers of one task have done since it started. Any thread. */
public final class ReadCounters extends Counters {

    /** Timestamps of what was handed over, as S2 has them. */
    public final NewestMoment newestRecord = new NewestMoment();

    public final LongAdder recordsRead = counter("records-read-total", "records handed to Connect");
    public final LongAdder bytesRead = counter("bytes-read-total", "metered bytes of records handed to Connect");
    public final LongAdder commandsSkipped =
            counter("commands-skipped-total", "command records passed over: fences and trims of those who write");
    public final LongAdder sessions =
            counter("sessions-total", "read sessions opened; one per stream, and one more after each break");
    public final LongAdder reconnects =
            counter("reconnects-total", "read sessions that broke, or could not be opened, and were tried again");
    public final LongAdder silences = counter(
            "silences-total", "of these, sessions in which nothing was heard for 20 s, or less than 1 KiB of a record");
    public final LongAdder handBacks = counter(
            "hand-backs-total",
            "sessions begun anew because another stream waited for memory that they did not use. A few when"
                    + " streams join; if it keeps growing raise `buffer.max.bytes` or `tasks.max`");
    public final LongAdder discoveryFailures = counter(
            "discovery-failures-total",
            "listings of the streams with `s2.stream.prefix` that failed: S2 was not reachable, refused, or asked for patience");
    public final LongAdder throttled = counter(
            "throttled-total", "requests that S2 put off because there was too much to do, listings among them");
    public final LongAdder gaps = counter("gaps-total", "gaps passed over with `" + GapPolicy.KEY + "=continue`");
    public final LongAdder recordsMissed = counter("records-missed-total", "numbers in these gaps");
    public final LongAdder recreations =
            counter("recreated-total", "streams read from their beginning with `" + RecreationPolicy.KEY + "=restart`");
    public final LongAdder heartbeats = counter("heartbeats-total", "records written to `heartbeat.topic`");
    public final LongAdder unconfirmed = counter(
            "unconfirmed-total",
            "records that reached Kafka not at all: dropped by a transform or by `errors.tolerance`");
}
