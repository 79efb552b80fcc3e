package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Workers that read queues of both kinds die; every message is committed once all the same, and the queues end up empty. */
final class SqsSourceKillIT {

    private static final int VISIBILITY_SECONDS = 10;
    /** Where what a dead worker held is not to come back by itself. */
    private static final int LONG_VISIBILITY_SECONDS = 90;
    /** Where deletes are refused: enough for every message to be given out. */
    private static final int GROUPS = 500;

    private final Cluster cluster = Cluster.shared();
    private final ConnectWorker worker = cluster.exactlyOnceWorker();

    /** What a dead worker held can be received at once, as it could be if it had been dead for longer. */
    private void letVisibilityLapse() {
        cluster.sqs().moveClock(Duration.ofSeconds(LONG_VISIBILITY_SECONDS + 1));
    }

    private QueueSource source(QueueFeed... feeds) {
        return QueueSource.of(cluster, worker, feeds)
                .with("sqs.visibility.timeout.seconds", Integer.toString(VISIBILITY_SECONDS));
    }

    /** -Dkills=n, or -Dkill.effective=e, which counts only those that met something on its way. */
    @Test
    void everyMessageOfBothKindsOfQueueIsCommittedOnceThroughKills() {
        int wanted = Integer.getInteger("kill.effective", 1);
        int kills = Integer.getInteger("kills", wanted > 1 ? wanted : 3);
        Random random = new Random(Cluster.seed("SqsSourceKillIT -Dkills=" + kills + " -Dkill.effective=" + wanted));
        QueueFeed standard = QueueFeed.standard(cluster, "killed");
        QueueFeed fifo = QueueFeed.fifo(cluster, "killed");
        // many small transactions, so that there is nearly always one to meet
        try (QueueSource source = source(standard, fifo).with("poll.max.records", "10")) {
            standard.send(100, random);
            fifo.send(100, random);
            standard.keepSending(Duration.ofMillis(80), new Random(random.nextLong()));
            fifo.keepSending(Duration.ofMillis(80), new Random(random.nextLong()));
            source.start();
            int effective = 0;
            int done = 0;
            while (done < kills || (effective < wanted && done < 2 * kills + 6)) {
                source.awaitMore(20);
                Await.sleep(Duration.ofMillis(random.nextInt(600)));
                effective += source.kill() ? 1 : 0;
                done++;
                if (random.nextBoolean()) {
                    letVisibilityLapse();
                }
                source.launch();
                if (kills >= 10 && done % 10 == 0) {
                    Cluster.say("kill " + done + ": effective " + effective + ", sent " + standard.sent() + " and "
                            + fifo.sent());
                }
            }
            long sent = standard.stopSending() + fifo.stopSending();
            source.with("poll.max.records", "1000").start().requirePerfect();
            Cluster.say("SqsSourceKillIT: " + done + " kills, " + effective + " effective, " + sent + " messages");
            assertThat(effective).as("kills that met something on its way").isGreaterThanOrEqualTo(wanted);
        }
    }

    /** Some deletes never reach the queue; others do so after the next start, from the hand of the dead worker. */
    @Test
    void aKillBetweenCommitAndDeleteRepeatsNothing() {
        Random random = new Random(Cluster.seed("SqsSourceKillIT undeleted"));
        QueueFeed standard = QueueFeed.standard(cluster, "undeleted");
        QueueFeed fifo = QueueFeed.fifo(cluster, "undeleted", GROUPS);
        try (QueueSource source = source(standard, fifo)) {
            source.proxy()
                    .plan(QueueSource.DELETE, number -> number % 2 == 0 ? Fault.HOLD_REQUEST : Fault.ERROR_503_BEFORE);
            standard.send(200, random);
            fifo.send(200, random);
            source.start().awaitCommitted(100);

            boolean effective = source.kill();
            letVisibilityLapse();
            source.passDeletes();
            source.launch();
            source.proxy().release();

            source.awaitRunning().requirePerfect();
            assertThat(effective).as("committed and not deleted at the kill").isTrue();
            assertThat(source.proxy().struck(Fault.HOLD_REQUEST)).isPositive();
        }
    }

    @Test
    void deletesRefusedBeforeTwoKillsWithMoreMessagesThanSlotsRepeatNothing() {
        Random random = new Random(Cluster.seed("SqsSourceKillIT twice"));
        QueueFeed standard = QueueFeed.standard(cluster, "twice");
        QueueFeed fifo = QueueFeed.fifo(cluster, "twice", GROUPS);
        try (QueueSource source = source(standard, fifo)
                .with("sqs.max.held.messages", "10")
                .with("sqs.visibility.timeout.seconds", Integer.toString(LONG_VISIBILITY_SECONDS))) {
            source.refuseDeletes();
            standard.send(60, random);
            fifo.send(60, random);
            source.start();
            for (int kill = 1; kill <= 2; kill++) {
                source.awaitCommitted(10L * kill);
                source.kill();
                assertThat(List.of(standard.undeleted(), fifo.undeleted())).containsOnly(10L * kill);
                if (kill == 2) {
                    source.passDeletes();
                    letVisibilityLapse();
                }
                // after the first, what it wrote stays hidden, and others come in its place
                source.launch();
            }

            source.awaitRunning().requirePerfect();
        }
    }

    @Test
    void fewerSlotsThanBeforeARestartForgetNothing() {
        Random random = new Random(Cluster.seed("SqsSourceKillIT fewer"));
        QueueFeed standard = QueueFeed.standard(cluster, "fewer");
        QueueFeed fifo = QueueFeed.fifo(cluster, "fewer", GROUPS);
        try (QueueSource source = source(standard, fifo)
                .with("sqs.max.held.messages", "100")
                .with("sqs.visibility.timeout.seconds", Integer.toString(LONG_VISIBILITY_SECONDS))) {
            source.refuseDeletes();
            standard.send(150, random);
            fifo.send(150, random);
            source.start().awaitCommitted(100);
            source.stop();
            assertThat(List.of(standard.undeleted(), fifo.undeleted())).containsOnly(100L);

            source.with("sqs.max.held.messages", "10").resume();
            source.awaitCommitted(110);
            letVisibilityLapse();
            source.passDeletes();

            source.requirePerfect();
        }
    }
}
