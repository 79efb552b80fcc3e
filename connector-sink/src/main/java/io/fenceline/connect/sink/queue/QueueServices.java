package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.ClaimTroubles;
import io.fenceline.connect.sink.lane.TaskPort;
import io.fenceline.connect.sink.lane.TopicEnds;
import java.util.function.LongSupplier;

/**
 * What all queues of a task share.
 *
 * @param port     the worker; task thread only
 * @param messages makes messages of records; task thread only
 * @param queues   what is known of the queues; task thread only
 * @param ends     how far each of them is settled; task thread only
 * @param troubles tells the operator of queues that cannot be asked; task thread only
 * @param dispatch the outbox, where messages wait and are sent
 * @param nanoTime monotonic clock
 * @param counters what was sent so far
 */
record QueueServices(
        TaskPort port,
        MessageMaker.Factory messages,
        QueueKnowledge queues,
        TopicEnds ends,
        ClaimTroubles troubles,
        Dispatch dispatch,
        LongSupplier nanoTime,
        QueueCounters counters) {}
