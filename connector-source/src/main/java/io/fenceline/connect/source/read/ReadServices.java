package io.fenceline.connect.source.read;

import io.fenceline.connect.source.PollInbox;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What all readers of a task share.
 *
 * @param connector the connector's name, for messages
 * @param basinName for messages
 * @param basin     S2
 * @param inbox     how other threads reach the task thread
 * @param budget    task thread only
 * @param counters  what the task has done so far
 * @param nanoTime  monotonic clock
 * @param random    for pauses
 */
record ReadServices(
        String connector,
        String basinName,
        SourceBasin basin,
        PollInbox inbox,
        ReadBudget budget,
        ReadCounters counters,
        LongSupplier nanoTime,
        RandomGenerator random) {}
