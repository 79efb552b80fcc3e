package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A small worker, the largest messages there are, and deletes that fail for a long time. */
final class SqsSourceMemoryIT {

    private static final int FAILING_SECONDS = Integer.getInteger("away", 30);
    private static final int MESSAGES = Integer.getInteger("messages", 60);

    private final Cluster cluster = Cluster.shared();

    @Test
    void aSmallWorkerSitsOutDeletesThatFail() throws IOException {
        ConnectWorker worker = cluster.newWorker("small-source")
                .with("exactly.once.source.support", "enabled")
                .jvmOptions("-Xms64m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError")
                .start();
        QueueFeed feed = QueueFeed.standard(cluster, "megabytes", Map.of("max.message.bytes", "2097152"));
        try (worker;
                QueueSource source = QueueSource.of(cluster, worker, feed)
                        .with("sqs.visibility.timeout.seconds", "5")
                        .with("producer.override.max.request.size", "2097152")) {
            source.refuseDeletes();
            String body = "x".repeat((1 << 20) - 100);
            for (int i = 0; i < MESSAGES; i++) {
                feed.send(body, Map.of());
            }
            long start = System.nanoTime();
            source.start().awaitCommitted(MESSAGES);
            Cluster.say(
                    "SqsSourceMemoryIT: " + MESSAGES + " MiB committed after " + Cluster.millisSince(start) + " ms");
            long rest = FAILING_SECONDS * 1_000L - Cluster.millisSince(start);
            Await.sleep(Duration.ofMillis(Math.max(0, rest)));
            assertThat(worker.process().isAlive()).isTrue();
            source.requireNoFailure();
            assertThat(feed.left()).isEqualTo(MESSAGES);
            source.passDeletes();

            source.requirePerfect();
            assertThat(Files.readString(worker.log())).doesNotContain("java.lang.OutOfMemoryError");
            Cluster.say(
                    "SqsSourceMemoryIT: recovered, receives " + source.proxy().requests(QueueSource.RECEIVE)
                            + ", deletes " + source.proxy().requests(QueueSource.DELETE));
        }
    }
}
