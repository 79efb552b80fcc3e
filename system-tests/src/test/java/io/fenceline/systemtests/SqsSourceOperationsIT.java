package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What operators do with a source of queues: moving its tasks, stopping and pausing it, changing its ledger. */
final class SqsSourceOperationsIT {

    private final Cluster cluster = Cluster.shared();
    private final ConnectWorker worker = cluster.exactlyOnceWorker();

    @Test
    void threeQueuesOfTwoTasksArriveOnceWhenAWorkerLeavesUnderLoad() {
        Random random = new Random(Cluster.seed("SqsSourceOperationsIT workers"));
        ConnectWorker second = cluster.newExactlyOnceWorker("exactly-once-2").start();
        QueueFeed[] feeds = {
            QueueFeed.standard(cluster, "moved"), QueueFeed.fifo(cluster, "moved"), QueueFeed.standard(cluster, "moved")
        };
        try (second;
                QueueSource source = QueueSource.of(cluster, worker, feeds)
                        .with("tasks.max", "2")
                        .with("sqs.visibility.timeout.seconds", "10")) {
            for (QueueFeed feed : feeds) {
                feed.keepSending(Duration.ofMillis(100), new Random(random.nextLong()));
            }
            source.start().awaitMore(50);
            assertThat(source.rest().status(source.name()).tasks())
                    .extracting(ConnectRest.TaskStatus::worker)
                    .doesNotHaveDuplicates()
                    .hasSize(2);

            second.close();
            Await.until("the other worker has both tasks", QueueSource.PATIENCE, () -> {
                ConnectRest.Status status = source.rest().status(source.name());
                return status.running(2)
                        && status.tasks().stream().allMatch(task -> task.worker()
                                .equals(worker.url().getAuthority()));
            });
            source.awaitMore(50);
            for (QueueFeed feed : feeds) {
                feed.stopSending();
            }

            source.requirePerfect();
        }
    }

    @Test
    void aTaskInALongPollStopsAtOnceAndAPausedOneGoesOnWhereItWas() throws IOException {
        Random random = new Random(Cluster.seed("SqsSourceOperationsIT stop"));
        QueueFeed feed = QueueFeed.fifo(cluster, "stopped");
        try (QueueSource source = inALongPoll(feed)) {
            feed.send(20, random);
            source.start().check();
            // it is in the middle of a poll of twenty seconds
            long polls = source.proxy().requests(QueueSource.RECEIVE);
            Await.sleep(Duration.ofSeconds(2));
            assertThat(source.proxy().requests(QueueSource.RECEIVE) - polls).isLessThanOrEqualTo(8);
            timed("stopping a task in a long poll", source::stop);
            // the worker gives a task five seconds and then goes on without it
            assertThat(Files.readString(worker.log()))
                    .doesNotContain("Graceful stop of task " + source.name() + "-0 failed");

            feed.send(20, random);
            source.resume();
            source.check();
            source.rest().pause(source.name());
            Await.until(
                    "the task is paused",
                    QueueSource.PATIENCE,
                    () -> source.rest().status(source.name()).tasks().stream()
                            .allMatch(task -> task.state().equals("PAUSED")));
            feed.send(20, random);
            Await.sleep(Duration.ofSeconds(1));
            source.rest().resume(source.name());

            source.requirePerfect();
        }
    }

    /** The server gives the next messages to a poll that nobody waits for any more; so they come back soon. */
    private QueueSource inALongPoll(QueueFeed feed) {
        return QueueSource.of(cluster, worker, feed).with("sqs.visibility.timeout.seconds", "5");
    }

    private static void timed(String what, Runnable action) {
        long start = System.nanoTime();
        action.run();
        Cluster.say(what + " took " + Cluster.millisSince(start) + " ms");
    }

    @Test
    void theLedgerCanBeChangedInItsFormAndInNoOther() {
        Random random = new Random(Cluster.seed("SqsSourceOperationsIT ledger"));
        QueueFeed feed = QueueFeed.standard(cluster, "ledger");
        try (QueueSource source = inALongPoll(feed)) {
            feed.send(15, random);
            source.start().check();
            String slots = source.rest().offsets(source.name()).require(200).body();
            assertThat(slots).contains("#1.0\"", "\"start\":1", "\"id\":");
            ConnectRest.RestAnswer running = source.rest().patchOffsets(source.name(), slots);
            assertThat(running.status()).as(running.body()).isEqualTo(400);
            source.stop();
            String slot = "000000000000/" + feed.name() + "#1.0";

            assertRefused(source, slot("nothing-like-a-slot", "{\"id\":\"a\",\"start\":1}"));
            assertRefused(source, slot(slot.replace("#1.0", "#4.0"), "{\"id\":\"a\",\"start\":1}"));
            assertRefused(source, slot(slot.replace("#1.0", "#1.10000"), "{\"id\":\"a\",\"start\":1}"));
            assertRefused(source, slot(slot, "{\"id\":\"a\",\"start\":\"1\"}"));
            assertRefused(source, slot(slot, "{\"id\":7,\"start\":1}"));
            assertRefused(source, slot(slot, "{\"start\":1}"));
            assertRefused(source, slot(slot, "{}"));
            assertRefused(
                    source, "{\"offsets\":[{\"partition\":{\"queue\":\"x\"},\"offset\":{\"id\":\"a\",\"start\":1}}]}");
            assertThat(source.rest().offsets(source.name()).body()).isEqualTo(slots);

            source.rest()
                    .patchOffsets(source.name(), slot(slot, "{\"id\":\"any\",\"start\":1}"))
                    .require(200);
            assertThat(source.rest().offsets(source.name()).body()).contains("\"any\"");
            source.rest().patchOffsets(source.name(), slot(slot, "null")).require(200);
            source.rest().resetOffsets(source.name()).require(200);
            assertThat(source.rest().offsets(source.name()).body()).doesNotContain("#1.0");
            feed.send(15, random);
            source.resume();

            source.requirePerfect();
        }
    }

    /** Connect's answer was a timeout, and a thread of the worker stayed busy. */
    @Test
    void aLedgerInATopicOfItsOwnIsWrittenAndNotForgotten() {
        Random random = new Random(Cluster.seed("SqsSourceOperationsIT own topic"));
        QueueFeed feed = QueueFeed.standard(cluster, "own");
        try (QueueSource source = inALongPoll(feed)
                .with("exactly.once.support", "required")
                .with("offsets.storage.topic", feed.name() + "-offsets")) {
            feed.send(15, random);
            source.start().check();
            source.stop();
            String slot = "000000000000/" + feed.name() + "#1.0";

            assertThat(source.rest()
                            .patchOffsets(source.name(), slot(slot, "null"))
                            .body())
                    .contains("offsets.storage.topic", "{\\\"id\\\":\\\"none\\\",\\\"start\\\":1}");
            assertThat(source.rest().resetOffsets(source.name()).body()).contains("offsets.storage.topic");
            source.rest()
                    .patchOffsets(source.name(), slot(slot, "{\"id\":\"none\",\"start\":1}"))
                    .require(200);
            assertThat(source.rest().offsets(source.name()).body()).contains("\"none\"");
            feed.send(15, random);
            source.resume();

            source.requirePerfect();
        }
    }

    private static String slot(String slot, String offset) {
        return "{\"offsets\":[{\"partition\":{\"slot\":\"" + slot + "\"},\"offset\":" + offset + "}]}";
    }

    private static void assertRefused(QueueSource source, String body) {
        ConnectRest.RestAnswer answer = source.rest().patchOffsets(source.name(), body);
        assertThat(answer.status()).as(body + ": " + answer.body()).isGreaterThanOrEqualTo(400);
        // says the form it takes
        assertThat(answer.body()).as(body).contains("slot", "start");
        Cluster.say("refused: " + answer.body());
    }
}
