package io.fenceline.connect.sink.lane;

import io.fenceline.connect.metrics.MetricRegistry;
import java.util.function.LongSupplier;

/**
 * What all lanes of a task share.
 *
 * @param port     the worker; task thread only
 * @param inbox    how other threads reach the task thread
 * @param nanoTime monotonic clock
 * @param counters what the lanes have done so far
 * @param summary  what the task shows of the lanes as a whole
 * @param metrics  where lanes publish their figures
 */
public record LaneServices(
        TaskPort port,
        TaskInbox inbox,
        LongSupplier nanoTime,
        LaneCounters counters,
        LaneSummary summary,
        MetricRegistry metrics) {}
