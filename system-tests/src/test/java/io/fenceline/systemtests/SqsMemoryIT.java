package io.fenceline.systemtests;

import static io.fenceline.systemtests.QueueSink.SEND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy.Fault;
import io.fenceline.testkit.Ports;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A small worker, messages of the largest size, and a queue that takes none for a while. */
final class SqsMemoryIT {

    /** More than requests may be open, so that as many as may be are under way, each with one message. */
    private static final int PARTITIONS = 20;

    private static final int EACH = 8;
    /** A mebibyte less room for attributes. */
    private static final int BYTES = (1 << 20) - 2048;

    private static final int BUFFER = 32 << 20;

    /** Ten minutes with {@code -Daway=600}. */
    private static final int AWAY_SECONDS = Integer.getInteger("away", 30);

    /** Errors leave messages in doubt, which a task bears for four minutes. */
    private static final int ERROR_SECONDS = Math.min(AWAY_SECONDS / 3, 180);

    private final Cluster cluster = Cluster.shared();

    @Test
    void aSmallWorkerSitsOutAQueueThatTakesNoLargeMessagesAndEachArrivesOnce() throws Exception {
        int jmx = Ports.free();
        ConnectWorker worker = cluster.newWorker("sqs-heavy")
                .with("offset.flush.interval.ms", "1000")
                .jvmOptions(JmxBeans.options("-Xmx256m", jmx))
                .start();
        try (worker;
                QueueSink sink =
                        QueueSink.fifo(cluster, "sqs-heavy", PARTITIONS).on(worker)) {
            // what config/README.md advises for such a worker
            sink.with("consumer.override.fetch.max.bytes", "8388608")
                    .with("consumer.override.max.partition.fetch.bytes", "1048576")
                    .with("consumer.override.max.poll.records", "100")
                    .with("buffer.max.bytes", Integer.toString(BUFFER));
            sink.produce(PARTITIONS, new Random(7));
            sink.start(1);
            sink.awaitCommitted(PARTITIONS);

            // A connection that has rested for two seconds is looked at before it is used. Without that a request goes
            // out over one that is dead, nobody knows what became of it, and the task waits five minutes at most.
            Await.sleep(Duration.ofSeconds(3));
            long start = System.nanoTime();
            sink.proxy().shut();
            sink.produceLarge(PARTITIONS * EACH, BYTES);
            Await.until(
                    "the task's memory is used",
                    Duration.ofSeconds(60),
                    () -> figure(jmx, sink, "bytes-held") > BUFFER / 4 * 3,
                    () -> "It holds " + figure(jmx, sink, "bytes-held"));
            sleepUntil(start, AWAY_SECONDS - ERROR_SECONDS);
            assertThat(figure(jmx, sink, "in-doubt-total"))
                    .as("messages in doubt while connections are refused")
                    .isZero();
            long oldest = figure(jmx, sink, "oldest-request-age-ms");
            sink.proxy().plan(SEND, number -> number % 2 == 0 ? Fault.ERROR_503_BEFORE : Fault.DROP_REQUEST);
            sink.proxy().reopen();
            sleepUntil(start, AWAY_SECONDS);
            // how often a task asks again is its back-off's matter, and a busy machine's
            Await.until(
                    "more requests than partitions have failed",
                    Duration.ofSeconds(60),
                    () -> sink.proxy().requests(SEND) > PARTITIONS,
                    () -> "Requests: " + sink.proxy().requests(SEND));
            long held = figure(jmx, sink, "bytes-held");
            long failed = sink.proxy().requests(SEND);
            sink.requireNoFailure();
            sink.proxy().clearPlans();
            start = System.nanoTime();

            sink.awaitCommitted(sink.produced(), Duration.ofSeconds(120));
            Cluster.say("SqsMemoryIT: " + sink.produced() + " records arrived within " + Cluster.millisSince(start)
                    + " ms after " + AWAY_SECONDS + " s without the queue, " + (held >> 20) + " MiB held, " + failed
                    + " requests failed, heap 256 MiB");
            sink.check().requirePerfect();
            // one poll more than the buffer
            assertThat(held).isBetween(BUFFER / 2L, BUFFER + 3L * (8 << 20) + 3L * PARTITIONS * BYTES);
            assertThat(oldest).isPositive().isLessThanOrEqualTo(AWAY_SECONDS * 1_000L);
            assertThat(Files.readString(worker.log())).doesNotContain("OutOfMemoryError");
        }
    }

    private static void sleepUntil(long start, int seconds) {
        Await.sleep(Duration.ofMillis(Math.max(0, seconds * 1_000L - Cluster.millisSince(start))));
    }

    private static long figure(int jmx, QueueSink sink, String name) {
        try {
            return JmxBeans.ofTask(jmx, "sqs-sink-task", sink.name(), name);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
