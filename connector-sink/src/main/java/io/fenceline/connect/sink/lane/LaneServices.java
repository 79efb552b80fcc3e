package io.fenceline.connect.sink.lane;

import io.fenceline.append.SessionLoop;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.MarkRunner;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What all lanes of a task share.
 *
 * @param port     the worker; task thread only
 * @param inbox    how other threads reach the task thread
 * @param mapper   task thread only
 * @param draft    the record being encoded; task thread only
 * @param frames  memory for batches
 * @param basin    S2: unary calls and exchanges
 * @param loop     drives the append sessions
 * @param claims   drives the claims
 * @param marks    leaves marks of lanes that stop
 * @param nanoTime monotonic clock
 * @param random   for tokens; must not be predictable across processes
 * @param counters what the task has done so far
 * @param appends  how long its appends took
 * @param metrics  where lanes publish their figures
 */
public record LaneServices(
        TaskPort port,
        TaskInbox inbox,
        RecordMapper mapper,
        RecordDraft draft,
        FramePool frames,
        BasinAccess basin,
        SessionLoop loop,
        ClaimRunner claims,
        MarkRunner marks,
        LongSupplier nanoTime,
        RandomGenerator random,
        LaneCounters counters,
        AppendLatencies appends,
        MetricRegistry metrics) {}
