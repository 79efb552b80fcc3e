package io.fenceline.connect.sink.stream;

import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.s2.StreamRecordForm;
import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.lane.ClaimTroubles;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.lane.TopicEnds;
import io.fenceline.s2.wire.FramePool;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What all streams of a task share.
 *
 * @param inbox    how other threads reach the task thread
 * @param mapper   task thread only
 * @param form     the record being encoded; task thread only
 * @param frames   memory for batches
 * @param basin    S2: unary calls and exchanges
 * @param loop     drives the append sessions
 * @param claims   drives the claims, and leaves marks of lanes that stop
 * @param left     tokens that streams no longer written to may hold; task thread only
 * @param ends     how far each of them holds its partition's records; task thread only
 * @param gone     which of them have stopped because their streams are gone; task thread only
 * @param troubles tells the operator of claims that fail; task thread only
 * @param nanoTime monotonic clock
 * @param wallMillis wall clock, for messages that are compared with other logs
 * @param random   for tokens; must not be predictable across processes
 * @param counters what was done to the streams so far
 * @param appends  how long the appends took: from the moment a batch is given to its session until S2's ack of it, so with the
 *                 wait for room in flight and with everything a broken session costs
 */
public record StreamServices(
        TaskInbox inbox,
        RecordMapper mapper,
        StreamRecordForm form,
        FramePool frames,
        BasinAccess basin,
        SessionLoop loop,
        ClaimRunner claims,
        TokensLeft left,
        TopicEnds ends,
        GoneStreams gone,
        ClaimTroubles troubles,
        LongSupplier nanoTime,
        LongSupplier wallMillis,
        RandomGenerator random,
        StreamCounters counters,
        RecentLatencies appends) {}
