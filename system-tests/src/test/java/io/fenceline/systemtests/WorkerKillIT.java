package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.history.CommitWatcher;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** SIGKILL of the worker at random moments under load. A seed fixes the load and the moments, not the threads. */
final class WorkerKillIT {

    private static final int KILLS = Integer.getInteger("kills", 5);
    private static final int PARTITIONS = 4;

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsArriveExactlyOnceThroughKillsUnderLoad() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Cluster.say("WorkerKillIT -Dseed=" + seed + " -Dkills=" + KILLS);
        String topic = cluster.createTopic("killed", PARTITIONS);
        ConnectWorker worker = cluster.newWorker("killed").start();
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 2_000, 1_500, seed);
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 2));
        CommitWatcher watcher = sink.watch();
        int effective = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            sink.awaitDurable(sink.durable() + 1, Duration.ofSeconds(60));
            Await.sleep(Duration.ofMillis(random.nextInt(4_000)));
            long inKafka = load.acknowledged();
            worker.kill();
            long durable = sink.durable();
            long committed = sink.committed();
            // records in S2 that Kafka believes are still to come: a naive restart repeats them
            boolean tookEffect = durable > committed;
            effective += tookEffect ? 1 : 0;
            Cluster.say("kill " + kill + ": produced " + inKafka + ", in S2 " + durable + ", committed " + committed
                    + (tookEffect ? "" : " (no effect)"));
            long start = System.nanoTime();
            worker.launch();
            worker.awaitReady();
            sink.awaitRunning(2);
            sink.awaitDurable(durable + 1, Duration.ofSeconds(60));
            Cluster.say("  next record in S2 after " + Cluster.millisSince(start) + " ms");
        }
        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        watcher.requireClean();
        Cluster.say("WorkerKillIT: " + effective + " of " + KILLS + " kills effective, " + watcher);
        assertThat(effective).as("kills that left records in S2 uncommitted").isPositive();
        sink.delete();
        worker.close();
    }
}
