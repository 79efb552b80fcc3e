package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy.Fault;
import io.fenceline.testkit.HttpFaultProxy.Plan;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Queues whose answers are lost, and visibility that lapses under a task that does not know. */
final class SqsSourceFaultsIT {

    private static final int VISIBILITY_SECONDS = 5;

    private final Cluster cluster = Cluster.shared();

    /** One answer in five is lost, and one in five is an error in place of a success. */
    private static Plan manyFaults() {
        return number -> number % 5 == 1 ? Fault.LOSE_ANSWER : number % 5 == 3 ? Fault.ERROR_500_AFTER : null;
    }

    @Test
    void lostAnswersAndErrorsBehindTheEffectNeitherRepeatNorLoseAMessage() {
        Random random = new Random(Cluster.seed("SqsSourceFaultsIT answers"));
        QueueFeed standard = QueueFeed.standard(cluster, "answers");
        QueueFeed fifo = QueueFeed.fifo(cluster, "answers");
        try (QueueSource source = QueueSource.of(cluster, cluster.exactlyOnceWorker(), standard, fifo)
                .with("sqs.visibility.timeout.seconds", Integer.toString(VISIBILITY_SECONDS))
                // no long poll of an empty queue counts
                .with("sqs.wait.time.seconds", "1")) {
            source.proxy().plan(QueueSource.RECEIVE, manyFaults());
            source.proxy().plan(QueueSource.DELETE, manyFaults());
            standard.send(500, random);
            fifo.send(500, random);
            source.start().awaitCommitted(200);
            standard.send(300, random);
            fifo.send(300, random);

            source.requirePerfect();

            Cluster.say("SqsSourceFaultsIT: receives " + source.proxy().requests(QueueSource.RECEIVE) + ", deletes "
                    + source.proxy().requests(QueueSource.DELETE) + ", answers lost "
                    + source.proxy().struck(Fault.LOSE_ANSWER) + ", 500 after the effect "
                    + source.proxy().struck(Fault.ERROR_500_AFTER));
            assertThat(source.proxy().struck(Fault.LOSE_ANSWER)).isGreaterThanOrEqualTo(50);
            assertThat(source.proxy().struck(Fault.ERROR_500_AFTER)).isGreaterThanOrEqualTo(50);
        }
    }

    /** The queue gives out again what the task holds, has emitted, or waits to delete. */
    @Test
    void visibilityThatLapsesUnderAFrozenWorkerRepeatsNothing() {
        Random random = new Random(Cluster.seed("SqsSourceFaultsIT frozen"));
        // nobody misses it while it is frozen, and its transactions go on when it wakes up
        ConnectWorker patient = cluster.newWorker("frozen-source")
                .with("exactly.once.source.support", "enabled")
                .with("session.timeout.ms", "30000")
                .start();
        QueueFeed standard = QueueFeed.standard(cluster, "frozen");
        QueueFeed fifo = QueueFeed.fifo(cluster, "frozen");
        try (patient;
                QueueSource source = QueueSource.of(cluster, patient, standard, fifo)
                        .with("sqs.visibility.timeout.seconds", Integer.toString(VISIBILITY_SECONDS))
                        .with("poll.max.records", "50")
                        .with("producer.override.transaction.timeout.ms", "60000")) {
            standard.keepSending(Duration.ofMillis(80), new Random(random.nextLong()));
            fifo.keepSending(Duration.ofMillis(80), new Random(random.nextLong()));
            source.start();
            for (int freeze = 1; freeze <= 2; freeze++) {
                source.awaitMore(20);
                Await.sleep(Duration.ofMillis(random.nextInt(300)));
                patient.process().suspend();
                Await.sleep(Duration.ofSeconds(VISIBILITY_SECONDS + 1));
                patient.process().resume();
            }
            // its own clock shows the task nothing of this one
            for (int move = 1; move <= 3; move++) {
                source.awaitMore(20);
                cluster.sqs().moveClock(Duration.ofSeconds(VISIBILITY_SECONDS + 1));
            }
            source.refuseDeletes();
            // more is not to be had of a FIFO queue that is behind: a group with an undeleted message gives out no
            // other
            Await.until(
                    "deletes are refused",
                    QueueSource.PATIENCE,
                    () -> source.proxy().struck(Fault.ERROR_503_BEFORE) >= 10);
            cluster.sqs().moveClock(Duration.ofSeconds(VISIBILITY_SECONDS + 1));
            Await.sleep(Duration.ofSeconds(1));
            source.passDeletes();
            long sent = standard.stopSending() + fifo.stopSending();

            source.requirePerfect();

            Cluster.say("SqsSourceFaultsIT: lapses under " + sent + " messages, receives "
                    + source.proxy().requests(QueueSource.RECEIVE) + ", deletes "
                    + source.proxy().requests(QueueSource.DELETE) + ", extensions "
                    + source.proxy().requests(QueueSource.EXTEND));
        }
    }
}
