package io.fenceline.benchmarks;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;

/**
 * What a lane that has nothing to do costs in the worker's memory. A topic of many partitions with two records in each is
 * drained; once everything is durable and settled, the live heap and the buffers outside it are compared with those of the
 * same worker while the no-op sink has the same partitions: soon, when each lane still has its connection, and after the
 * time in which a lane gives it back.
 */
final class IdleLanes {

    private static final String TOPIC = "bench-idle";
    private static final Duration UNTIL_RESTING = Duration.ofSeconds(40);
    /** When the last record has arrived, the worker still has it: records, batches and acks on their way. */
    private static final Duration UNTIL_SETTLED = Duration.ofSeconds(3);

    private record Memory(long heap, long direct) {

        static Memory of(WorkerJvm worker) {
            long heap = worker.liveHeapBytes();
            return new Memory(heap, worker.directBytes());
        }

        String beside(Memory other, int lanes) {
            return String.format(
                    Locale.ROOT,
                    "%.1f KiB a lane (%.1f heap, %.1f direct)",
                    (heap - other.heap + direct - other.direct) / 1024.0 / lanes,
                    (heap - other.heap) / 1024.0 / lanes,
                    (direct - other.direct) / 1024.0 / lanes);
        }
    }

    private final Lab lab;
    private final BenchOptions options;
    private final int lanes;

    IdleLanes(Lab lab, BenchOptions options, int lanes) {
        this.lab = lab;
        this.options = options;
        this.lanes = lanes;
    }

    String measure() {
        BenchOptions shape = options.at(1024, lanes);
        try (Admin admin = lab.broker().admin()) {
            TopicFiller.fill(admin, lab.broker().bootstrapServers(), TOPIC, lanes, 2 * lanes, 1024);
        }
        Drain drain = new Drain(lab, shape, TOPIC);
        try (WorkerJvm worker = WorkerJvm.of(lab.worker().process().pid())) {
            // what classes and caches take once is not a lane's
            lab.freshS2();
            with("idle-warm-up", drain.sinkConfig(), this::durable).close();
            Memory noOp;
            String name = "idle-no-op-1";
            try (Running ignored = with(name, drain.noOpConfig(name), () -> NoOpPlugin.count(drain.counts(name)))) {
                noOp = Memory.of(worker);
            }
            lab.freshS2();
            Memory connected;
            Memory resting;
            try (Running ignored = with("idle-sink", drain.sinkConfig(), this::durable)) {
                connected = Memory.of(worker);
                Await.sleep(UNTIL_RESTING);
                resting = Memory.of(worker);
            }
            lab.stopS2();
            return String.format(
                    Locale.ROOT,
                    "%d lanes of one task, beside the no-op sink with as many partitions:%n"
                            + "  with its connection           %s%n  without                      %s%n",
                    lanes,
                    connected.beside(noOp, lanes),
                    resting.beside(noOp, lanes));
        }
    }

    private long durable() {
        S2Reader reader = lab.reader();
        return IntStream.range(0, lanes)
                .mapToLong(partition -> Math.max(0, reader.tail(TOPIC + "/" + partition) - 1))
                .sum();
    }

    private interface Arrived {
        long count();
    }

    private interface Running extends AutoCloseable {
        @Override
        void close();
    }

    /** Runs a connector until everything has arrived, and on until it is closed. */
    private Running with(String name, Map<String, String> config, Arrived arrived) {
        ConnectRest rest = lab.worker().rest();
        rest.put(name, config);
        Await.until(name + " has drained the topic", Duration.ofMinutes(2), () -> arrived.count() >= 2L * lanes);
        Await.sleep(UNTIL_SETTLED);
        return () -> {
            rest.delete(name);
            Await.until(
                    name + " is gone",
                    Duration.ofSeconds(30),
                    () -> rest.get("/connectors/" + name + "/status").status() == 404);
        };
    }
}
