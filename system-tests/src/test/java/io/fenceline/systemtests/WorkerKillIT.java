package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.history.CommitWatcher;
import io.fenceline.testkit.history.HistoryCheck;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** SIGKILL of the worker at random moments under load. A seed fixes the load and the moments, not the threads. */
final class WorkerKillIT {

    private static final int KILLS = Integer.getInteger("kills", 6);
    private static final int PARTITIONS = 4;

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsArriveExactlyOnceThroughKillsUnderLoad() {
        long seed = Cluster.seed("WorkerKillIT -Dkills=" + KILLS);
        Random random = new Random(seed);
        String topic = cluster.createTopic("killed", PARTITIONS);
        // commits between the kills as well
        ConnectWorker worker = cluster.newWorker("killed")
                .with("offset.flush.interval.ms", "1000")
                .start();
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 2_000, 1_500, seed);
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, cluster.reader(), cluster.sink(topic, 2));
        CommitWatcher watcher = sink.watch();
        int effective = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            // one in three hits a worker that is still starting, claiming or reading back
            boolean early = kill > 1 && random.nextInt(3) == 0;
            if (early) {
                Await.sleep(Duration.ofMillis(random.nextInt(8_000)));
            } else {
                sink.awaitDurable(sink.durable() + 1, Duration.ofSeconds(60));
                Await.sleep(Duration.ofMillis(random.nextInt(4_000)));
            }
            long inKafka = load.acknowledged();
            worker.kill();
            long durable = sink.durable();
            long committed = sink.committed();
            // records in S2 that Kafka believes are still to come: a naive restart repeats them
            boolean tookEffect = durable > committed;
            effective += tookEffect ? 1 : 0;
            Cluster.say("kill " + kill + (early ? " (early)" : "") + ": produced " + inKafka + ", in S2 " + durable
                    + ", committed " + committed + (tookEffect ? "" : " (no effect)"));
            worker.launch();
        }
        worker.awaitReady();
        sink.awaitRunning(2);
        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        watcher.requireClean();
        Cluster.say("WorkerKillIT: " + effective + " of " + KILLS + " kills effective, " + watcher);
        assertThat(effective).as("kills that left records in S2 uncommitted").isPositive();
        sink.delete();
        worker.close();
    }

    /** Shows as well that the check bites: the same kill, without fence and position, is seen. */
    @Test
    void atLeastOnceRepeatsRecordsButLosesNone() {
        String topic = cluster.createTopic("repeated", 2);
        // no commit before the kill
        ConnectWorker worker = cluster.newWorker("repeated")
                .with("offset.flush.interval.ms", "60000")
                .start();
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("delivery.guarantee", "at_least_once");
        Load load = Load.start(cluster.bootstrapServers(), topic, 2, 1_000, 500, 1);
        Sink sink = Sink.start(cluster, worker.rest(), topic, 2, cluster.reader(), config);
        sink.awaitDurable(1_000, Duration.ofSeconds(60));
        worker.kill();
        long produced = load.stop();
        worker.launch();
        worker.awaitReady();
        sink.awaitAllArrived(Duration.ofSeconds(60));

        HistoryCheck.Result result = sink.check();
        Cluster.say("at least once: " + result);
        assertThat(result.duplicates()).isGreaterThanOrEqualTo(1_000);
        assertThat(result.missing()).isZero();
        assertThat(result.altered()).isZero();
        assertThat(result.inKafka()).isEqualTo(produced);
        sink.delete();
        worker.close();
    }
}
