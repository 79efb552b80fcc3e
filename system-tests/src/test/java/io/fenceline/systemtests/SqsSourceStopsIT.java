package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.history.MessageHistoryCheck;
import io.fenceline.testkit.sqs.SqsAttribute;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Messages that Kafka does not get: what the task says of them, and what becomes of them. */
final class SqsSourceStopsIT {

    private static final Map<String, SqsAttribute> UNWANTED = Map.of("unwanted", SqsAttribute.text("yes"));

    private final Cluster cluster = Cluster.shared();

    private static QueueSource filtered(QueueSource source) {
        return source.with("transforms", "drop")
                .with("transforms.drop.type", "org.apache.kafka.connect.transforms.Filter")
                .with("transforms.drop.predicate", "unwanted")
                .with("predicates", "unwanted")
                .with("predicates.unwanted.type", "org.apache.kafka.connect.transforms.predicates.HasHeaderKey")
                .with("predicates.unwanted.name", "unwanted");
    }

    /** On an idle exactly-once task Connect never says that it was dropped. */
    @Test
    void aLoneMessageThatATransformDropsStopsTheTaskWithinSeconds() {
        ConnectWorker worker = cluster.exactlyOnceWorker();
        QueueFeed feed = QueueFeed.standard(cluster, "refused");
        try (QueueSource source = filtered(QueueSource.of(cluster, worker, feed))) {
            source.start();
            long since = System.nanoTime();
            String messageId = feed.send("drop me", UNWANTED);

            String message = source.awaitStopped("UNCONFIRMED_RECORD", QueueSource.PATIENCE);

            Cluster.say(
                    "SqsSourceStopsIT: a dropped message stopped the task after " + Cluster.millisSince(since) + " ms");
            assertThat(message).contains(feed.name(), messageId, "on.unconfirmed.record");
            assertThat(feed.left()).as("messages in the queue").isEqualTo(1);
            assertThat(feed.committed()).isZero();
        }
    }

    @Test
    void aDroppedMessageIsDeletedOrKeptAsAskedAndTheOthersGoOn() {
        ConnectWorker worker = cluster.exactlyOnceWorker();
        Random random = new Random(Cluster.seed("SqsSourceStopsIT policies"));
        QueueFeed deleting = QueueFeed.fifo(cluster, "delete");
        QueueFeed keeping = QueueFeed.standard(cluster, "keep");
        try (QueueSource delete =
                        filtered(QueueSource.of(cluster, worker, deleting)).with("on.unconfirmed.record", "delete");
                QueueSource keep =
                        filtered(QueueSource.of(cluster, worker, keeping)).with("on.unconfirmed.record", "keep")) {
            delete.start();
            keep.start();
            String deleted = deleting.send("drop me", UNWANTED);
            String kept = keeping.send("drop me", UNWANTED);
            deleting.send(20, random);
            keeping.send(20, random);

            delete.awaitCommitted(20);
            keep.awaitCommitted(20);
            Await.until("the dropped message is deleted", QueueSource.PATIENCE, () -> deleting.left() == 0);
            Await.until("only the dropped message is kept", QueueSource.PATIENCE, () -> keeping.left() == 1);
            // it comes back, is dropped again and stays
            cluster.sqs().moveClock(Duration.ofMinutes(3));
            keeping.send(10, random);
            keep.awaitCommitted(30);
            Await.until("only the dropped message is kept", QueueSource.PATIENCE, () -> keeping.left() == 1);

            assertThat(deleting.isCommitted(deleted)).isFalse();
            assertThat(keeping.isCommitted(kept)).isFalse();
            delete.requireNoFailure();
            keep.requireNoFailure();
            assertThat(deleting.check().duplicates()).isZero();
            assertThat(keeping.check().duplicates()).isZero();
        }
    }

    /** A worker without exactly-once support stores the offset of what its producer refused, if errors are tolerated. */
    @Test
    void aMessageOverTheProducersLimitIsNamedAndStaysUntilTheLimitIsRaised() {
        QueueFeed feed = QueueFeed.standard(cluster, "large", Map.of("max.message.bytes", "2097152"));
        try (QueueSource source = QueueSource.of(cluster, cluster.worker(), feed)
                .with("errors.tolerance", "all")
                .with("producer.override.max.request.size", "200000")
                .with("sqs.visibility.timeout.seconds", "5")) {
            String small = feed.send("small", Map.of());
            source.start().awaitCommitted(1);
            String messageId = feed.send("x".repeat(300_000), Map.of());

            for (int start = 1; start <= 2; start++) {
                String message = source.awaitStopped("RECORD_TOO_LARGE", QueueSource.PATIENCE);
                assertThat(message).contains(feed.name(), messageId, "producer.override.max.request.size");
                assertThat(message).containsPattern("300[,. ]?\\d\\d\\d");
                assertThat(feed.left()).as("messages in the queue").isEqualTo(1);
                source.stop();
                cluster.sqs().moveClock(Duration.ofSeconds(6));
                if (start == 1) {
                    source.rest().resume(source.name());
                }
            }
            source.with("producer.override.max.request.size", "1048576").resume();

            source.check().forEach(MessageHistoryCheck.Result::requireComplete);
            assertThat(feed.isCommitted(small)).isTrue();
        }
    }

    /** The limit is the broker's, so nobody knows before it refuses. */
    @Test
    void aMessageTheBrokerRefusesWithoutExactlyOnceSupportIsStillThereAfterARestart() {
        QueueFeed feed = QueueFeed.standard(cluster, "refused-by-broker", Map.of("max.message.bytes", "100000"));
        try (QueueSource source = QueueSource.of(cluster, cluster.worker(), feed)
                .with("errors.tolerance", "all")
                .with("sqs.visibility.timeout.seconds", "5")) {
            source.start();
            String messageId = feed.send("x".repeat(300_000), Map.of());

            for (int start = 1; start <= 2; start++) {
                assertThat(source.awaitStopped("UNCONFIRMED_RECORD", QueueSource.PATIENCE))
                        .contains(feed.name(), messageId);
                assertThat(feed.left()).as("messages in the queue").isEqualTo(1);
                source.stop();
                cluster.sqs().moveClock(Duration.ofSeconds(6));
                if (start == 1) {
                    source.rest().resume(source.name());
                }
            }
            cluster.changeTopic(feed.name(), "max.message.bytes", "1048576");
            source.resume();

            Await.until("the message arrives", QueueSource.PATIENCE, () -> feed.isCommitted(messageId));
            Await.until("the queue is empty", QueueSource.PATIENCE, () -> feed.left() == 0);
        }
    }
}
