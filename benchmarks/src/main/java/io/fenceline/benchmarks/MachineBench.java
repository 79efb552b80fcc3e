package io.fenceline.benchmarks;

import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.machine.AppendSessionMachine;
import io.fenceline.append.machine.PendingAppend;
import io.fenceline.append.machine.SessionEffect;
import io.fenceline.append.machine.SessionEvent;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the session machine costs per batch: a batch is submitted and handed over, and the oldest one in flight is
 * acknowledged. No threads and no sockets; making and freezing a batch of one small record is in it, and measured alone
 * beside it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Xmx512m"})
public class MachineBench {

    private static final FencingToken TOKEN = new FencingToken("f1.bench-token");

    /** Batches in flight all the time. */
    @Param({"1", "5"})
    public int window;

    private final RecordDraft draft = new RecordDraft().timestamp(1).body(new byte[16], 0, 16);
    private final AppendSessionMachine machine =
            new AppendSessionMachine(AppendSessionConfig.fenced(new Guard(TOKEN, 0)), RecordMatcher.exact(), () -> 0.5);

    private long generation;
    private long acked;
    private long now;

    @Setup
    public void open() {
        for (SessionEffect effect : machine.on(new SessionEvent.Submitted(append()), now)) {
            if (effect instanceof SessionEffect.OpenExchange opened) {
                generation = opened.generation();
            }
        }
        machine.on(new SessionEvent.Established(generation), now);
        for (int i = 1; i < window; i++) {
            machine.on(new SessionEvent.Submitted(append()), now);
        }
        if (machine.inflightBatches() != window) {
            throw new AssertionError("in flight are " + machine.inflightBatches());
        }
    }

    @Benchmark
    public List<SessionEffect> submitAndAck() {
        now += 1000;
        machine.on(new SessionEvent.Submitted(append()), now);
        StreamPosition start = new StreamPosition(acked, 1);
        StreamPosition end = new StreamPosition(++acked, 1);
        return machine.on(new SessionEvent.Acked(generation, new AppendAck(start, end, end), false), now);
    }

    @Benchmark
    public PendingAppend batchAlone() {
        return append();
    }

    private PendingAppend append() {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 128);
        if (!batch.tryAdd(draft)) {
            throw new AssertionError("a small record fits in one batch");
        }
        return new PendingAppend(batch);
    }
}
