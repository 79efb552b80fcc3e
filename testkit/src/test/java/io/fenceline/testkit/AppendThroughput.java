package io.fenceline.testkit;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.ServerError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Appends 1 KiB records through append exchanges as fast as the window lets them, every batch with position and token,
 * and prints throughput and ack latency. Run it against a server of your own, beside {@code s2 bench}:
 *
 * <pre>AppendThroughput &lt;endpoint&gt; &lt;basin&gt; [seconds=10] [sessions=1] [window bytes=5242880]</pre>
 */
public final class AppendThroughput {

    private static final FencingToken TOKEN = new FencingToken("throughput");
    private static final int BODY_BYTES = 1024;

    private record Sent(AppendBatch batch, long nanos) {}

    private AppendThroughput() {}

    public static void main(String[] args) throws Exception {
        String endpoint = args[0];
        String basin = args[1];
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 10;
        int sessions = args.length > 3 ? Integer.parseInt(args[3]) : 1;
        int window = args.length > 4 ? Integer.parseInt(args[4]) : 5 << 20;
        try (S2Client client = new S2Client(S2ClientConfig.forBasin(basin).withEndpoint(endpoint))) {
            Session[] all = IntStream.range(0, sessions)
                    .mapToObj(i -> new Session(client, "throughput/" + System.nanoTime() + "/" + i, window))
                    .toArray(Session[]::new);
            long start = System.nanoTime();
            for (Session session : all) {
                session.deadline = start + TimeUnit.SECONDS.toNanos(seconds);
                session.thread.start();
            }
            for (Session session : all) {
                session.thread.join();
            }
            double elapsed = (System.nanoTime() - start) / 1e9;
            long bytes =
                    Arrays.stream(all).mapToLong(session -> session.ackedBytes).sum();
            long[] latencies = Arrays.stream(all)
                    .flatMapToLong(session -> session.latencies.stream().mapToLong(Long::longValue))
                    .sorted()
                    .toArray();
            System.out.printf(
                    "%.1f MiB/s, %d acks, p50 %.1f ms, p99 %.1f ms, CPU %.2f s/GiB%n",
                    bytes / elapsed / (1 << 20),
                    latencies.length,
                    latencies[latencies.length / 2] / 1e6,
                    latencies[latencies.length * 99 / 100] / 1e6,
                    cpuSeconds() / (bytes / (double) (1 << 30)));
        }
    }

    private static double cpuSeconds() {
        return ((com.sun.management.OperatingSystemMXBean)
                                java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }

    private static final class Session implements AppendExchange.Listener {

        private final LinkedBlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private final AppendExchange exchange;
        private final int window;
        private final Thread thread = new Thread(this::run);
        private final java.util.ArrayList<Long> latencies = new java.util.ArrayList<>();
        private long deadline;
        private long ackedBytes;

        Session(S2Client client, String stream, int window) {
            this.window = window;
            client.createStream(stream).join();
            client.append(stream, AppendBatch.fence(TOKEN, 0).freeze(OptionalLong.of(0), FencingToken.NONE))
                    .join();
            this.exchange = client.openAppend(stream, this);
        }

        private void run() {
            try {
                append();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void append() throws InterruptedException {
            byte[] body = new byte[BODY_BYTES];
            Arrays.fill(body, (byte) 'x');
            byte[] name = "kafka.id".getBytes(StandardCharsets.US_ASCII);
            RecordDraft draft = new RecordDraft();
            Deque<Sent> inflight = new ArrayDeque<>();
            long inflightBytes = 0;
            long position = 1;
            long acked = 1;
            while (true) {
                while (inflightBytes + AppendBatch.MAX_METERED_BYTES <= window && System.nanoTime() < deadline) {
                    AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 1 << 20);
                    byte[] id = ("topic/0/" + position).getBytes(StandardCharsets.US_ASCII);
                    do {
                        draft.reset().timestamp(1).header(name, id).body(body, 0, body.length);
                    } while (batch.tryAdd(draft));
                    batch.freeze(OptionalLong.of(position), TOKEN);
                    position += batch.recordCount();
                    inflightBytes += batch.meteredBytes();
                    inflight.add(new Sent(batch, System.nanoTime()));
                    exchange.send(batch);
                }
                if (inflight.isEmpty()) {
                    exchange.end();
                    if (!events.take().equals("ended")) {
                        throw new AssertionError("no clean end");
                    }
                    return;
                }
                Object event = events.take();
                if (!(event instanceof AppendAck ack)) {
                    throw new AssertionError(event);
                }
                Sent head = inflight.remove();
                if (ack.start().seqNum() != acked
                        || ack.recordCount() != head.batch().recordCount()) {
                    throw new AssertionError("wrong ack " + ack);
                }
                acked = ack.end().seqNum();
                latencies.add(System.nanoTime() - head.nanos());
                inflightBytes -= head.batch().meteredBytes();
                ackedBytes += head.batch().meteredBytes();
            }
        }

        @Override
        public void onEstablished() {}

        @Override
        public void onAck(AppendAck ack, boolean reconnectAdvised) {
            events.add(ack);
        }

        @Override
        public void onReconnectAdvised() {}

        @Override
        public void onRejected(ServerError error) {
            events.add(error);
        }

        @Override
        public void onEnded() {
            events.add("ended");
        }

        @Override
        public void onBroken(TransportFailure failure) {
            events.add(failure);
        }
    }
}
