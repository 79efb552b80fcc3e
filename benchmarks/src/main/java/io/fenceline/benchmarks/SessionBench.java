package io.fenceline.benchmarks;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Guard;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.S2StreamAccess;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.loop.LoopThread;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The append session alone, in a JVM of its own: fenced, 5 MiB window, batches of up to 1000 records, every ack checked
 * against the position it must have. One line of result on stdout.
 *
 * <pre>SessionBench &lt;endpoint&gt; &lt;basin&gt; [metered bytes of a record=1024] [seconds=10] [warm-up seconds=3]</pre>
 */
public final class SessionBench {

    static final String RESULT = "session:";

    private static final FencingToken TOKEN = new FencingToken("bench-session");
    private static final int POOL_BYTES = 4 << 20;
    /** Of frames: what is out and what is being filled, twice. */
    private static final int FRAME_BYTES = 16 << 20;
    /** A record as S2's own benchmark writes it: one header of 4 + 8 bytes. */
    private static final byte[] HEADER_NAME = "hash".getBytes(StandardCharsets.US_ASCII);

    private static final int HEADER_VALUE_BYTES = 8;
    private static final int OVERHEAD_BYTES = 8 + 2 + HEADER_NAME.length + HEADER_VALUE_BYTES;
    /** What the window admits, and one batch that waits for its place. */
    private static final int OUTSTANDING = 6;

    private final AppendSession session;
    private final CompletableFuture<SessionEnd> end;
    private final int size;
    private final Semaphore outstanding = new Semaphore(OUTSTANDING);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    // loop thread
    private long acked = 1;
    private boolean measuring;
    private long firstAckNanos;
    private long lastAckNanos;
    private long firstAckRecords;
    private double firstCpu;
    private double lastCpu;
    private final List<Long> latencies = new ArrayList<>();

    private SessionBench(AppendSession session, CompletableFuture<SessionEnd> end, int size) {
        this.session = session;
        this.end = end;
        this.size = size;
    }

    public static void main(String[] args) throws Exception {
        String endpoint = args[0];
        String basin = args[1];
        int size = args.length > 2 ? Integer.parseInt(args[2]) : 1024;
        int seconds = args.length > 3 ? Integer.parseInt(args[3]) : 10;
        int warmUp = args.length > 4 ? Integer.parseInt(args[4]) : 3;
        String stream = "session-bench/" + System.nanoTime();
        try (S2Client client = new S2Client(
                        S2ClientConfig.forBasin(basin).withEndpoint(endpoint).withAccessToken("bench"));
                LoopThread sessions = new LoopThread("bench")) {
            client.createStream(stream).join();
            client.append(stream, AppendBatch.fence(TOKEN, 0).freeze(OptionalLong.of(0), FencingToken.NONE))
                    .join();
            CompletableFuture<SessionEnd> end = new CompletableFuture<>();
            AppendSessionListener listener = end::complete;
            AppendSession session = sessions.loop()
                    .open(
                            new S2StreamAccess(client, stream),
                            AppendSessionConfig.fenced(new Guard(TOKEN, 1)),
                            RecordMatcher.exact(),
                            listener);
            SessionBench bench = new SessionBench(session, end, size);
            bench.write(warmUp, seconds);
            long tail = client.checkTail(stream).join().seqNum();
            if (tail != bench.acked) {
                throw new IllegalStateException("acknowledged up to " + bench.acked + ", but the tail is " + tail);
            }
            bench.print();
        }
    }

    private void write(int warmUp, int seconds) throws Exception {
        long start = System.nanoTime();
        long measureFrom = start + TimeUnit.SECONDS.toNanos(warmUp);
        long deadline = measureFrom + TimeUnit.SECONDS.toNanos(seconds);
        byte[] pool = new byte[POOL_BYTES + size];
        new Random(1).nextBytes(pool);
        RecordDraft draft = new RecordDraft();
        FramePool frames = new FramePool(FRAME_BYTES, Long.MAX_VALUE);
        int bodyBytes = size - OVERHEAD_BYTES;
        int at = 0;
        while (System.nanoTime() < deadline && failure.get() == null) {
            boolean measured = System.nanoTime() >= measureFrom;
            AppendBatch batch =
                    new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, AppendBatch.MAX_METERED_BYTES, frames);
            do {
                at = (at + 31) % POOL_BYTES;
                draft.reset()
                        .timestamp(1)
                        .header(HEADER_NAME, pool, at, HEADER_VALUE_BYTES)
                        .body(pool, at, bodyBytes);
            } while (batch.tryAdd(draft));
            int records = batch.recordCount();
            outstanding.acquire();
            long submitted = System.nanoTime();
            session.submit(batch).whenComplete((ack, problem) -> settled(ack, problem, records, submitted, measured));
        }
        session.close();
        SessionEnd how = end.get(60, TimeUnit.SECONDS);
        Throwable problem = failure.get();
        if (problem != null || !(how instanceof SessionEnd.Closed)) {
            throw new IllegalStateException("the session ended: " + how.describe(), problem);
        }
    }

    private void settled(
            @Nullable AppendAck ack, @Nullable Throwable problem, int records, long submitted, boolean measured) {
        outstanding.release();
        if (problem != null) {
            failure.compareAndSet(null, problem);
            return;
        }
        if (ack == null || ack.start().seqNum() != acked || ack.recordCount() != records) {
            failure.compareAndSet(
                    null, new IllegalStateException("expected " + records + " at " + acked + ", not " + ack));
            return;
        }
        acked += records;
        if (!measured) {
            return;
        }
        lastAckNanos = System.nanoTime();
        lastCpu = CpuClock.seconds(ProcessHandle.current().pid());
        if (measuring) {
            latencies.add(lastAckNanos - submitted);
        } else {
            measuring = true;
            firstAckNanos = lastAckNanos;
            firstAckRecords = acked;
            firstCpu = lastCpu;
        }
    }

    private void print() {
        long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalStateException("nothing was acknowledged in the time measured");
        }
        System.out.printf(
                Locale.ROOT,
                RESULT + " %d %.6f %.3f %.3f %.3f %d%n",
                acked - firstAckRecords,
                (lastAckNanos - firstAckNanos) / 1e9,
                lastCpu - firstCpu,
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                acked - 1);
    }

    /**
     * Reads the line another JVM printed.
     *
     * @param whole what was seen of server and machine while that JVM ran, its warm-up included
     */
    static Measurement parse(String output, Measurement whole) {
        String line = Arrays.stream(output.split("\n"))
                .filter(text -> text.startsWith(RESULT))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the session printed no result:\n" + output));
        String[] words = line.split("\\s+");
        long measured = Long.parseLong(words[1]);
        return new Measurement(
                measured,
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.NaN,
                whole.serverCpu() * measured / Long.parseLong(words[6]),
                Double.NaN,
                whole.elsewhere(),
                Double.parseDouble(words[4]),
                Double.parseDouble(words[5]));
    }
}
