package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.TaskPort;
import java.util.function.LongSupplier;

/**
 * What all queues of a task share.
 *
 * @param port     the worker; task thread only
 * @param messages makes messages of records; task thread only
 * @param queues   what is known of the queues; task thread only
 * @param dispatch the outbox, where messages wait and are sent
 * @param nanoTime monotonic clock
 * @param counters what was sent so far
 */
record QueueServices(
        TaskPort port,
        MessageMaker.Factory messages,
        QueueKnowledge queues,
        Dispatch dispatch,
        LongSupplier nanoTime,
        QueueCounters counters) {}
