package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.history.CommitWatcher;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Partitions move between tasks and workers while records flow. */
final class RebalanceIT {

    private static final int PARTITIONS = 6;

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsArriveExactlyOnceWhileTasksComeAndGo() {
        long seed = Cluster.seed("RebalanceIT");
        String topic = cluster.createTopic("moved", PARTITIONS);
        ConnectWorker first = cluster.newWorker("moved", "moved-1").start();
        ConnectWorker second = cluster.newWorker("moved", "moved-2").startInBackground();
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_500, 1_000, seed);
        Map<String, String> config = cluster.sink(topic, 1);
        Sink sink = Sink.start(cluster, first.rest(), topic, PARTITIONS, cluster.reader(), config);
        CommitWatcher watcher = sink.watch();
        sink.awaitDurable(1_000, Duration.ofSeconds(60));
        second.awaitReady();

        for (int tasks : new int[] {4, 2}) {
            config.put("tasks.max", Integer.toString(tasks));
            sink.rest().put(sink.name(), config);
            sink.awaitRunning(tasks);
            sink.awaitDurable(sink.durable() + 3_000, Duration.ofSeconds(60));
            Cluster.say(tasks + " tasks: " + sink.rest().status(sink.name()).tasks());
        }
        sink.rest().restart(sink.name());
        sink.awaitDurable(sink.durable() + 3_000, Duration.ofSeconds(60));
        sink.rest().pause(sink.name());
        Await.sleep(Duration.ofSeconds(1));
        sink.rest().resume(sink.name());
        sink.awaitDurable(sink.durable() + 2_000, Duration.ofSeconds(60));
        sink.rest().stop(sink.name());
        sink.rest().awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));
        sink.rest().resume(sink.name());
        sink.awaitRunning(2);
        // an orderly shutdown of one worker: its tasks move to the other
        second.close();
        sink.awaitRunning(2);
        sink.awaitDurable(sink.durable() + 3_000, Duration.ofSeconds(60));
        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        watcher.requireClean();
        Cluster.say("RebalanceIT: " + watcher);
        sink.delete();
        first.close();
    }
}
