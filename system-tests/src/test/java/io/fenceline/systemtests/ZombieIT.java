package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.FaultProxy;
import io.fenceline.testkit.history.CommitWatcher;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A worker freezes with appends on the way, another takes its partitions over, the first one's bytes arrive, and then
 * it wakes up and believes that nothing has happened.
 */
final class ZombieIT {

    private static final int PARTITIONS = 2;

    private final Cluster cluster = Cluster.shared();

    @Test
    void aWorkerThatWakesUpWritesNothingMore() {
        long seed = Cluster.seed("ZombieIT");
        String topic = cluster.createTopic("zombie", PARTITIONS);
        List<ConnectWorker> workers = List.of(
                cluster.newWorker("zombie", "zombie-1").startInBackground(),
                cluster.newWorker("zombie", "zombie-2").startInBackground());
        workers.forEach(ConnectWorker::awaitReady);
        try (FaultProxy proxy = FaultProxy.to(URI.create(cluster.s2().basinEndpoint()))) {
            Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 1_500, 1_000, seed);
            Map<String, String> config =
                    Cluster.sinkTo(proxy.url().toString(), proxy.url().toString(), topic, 1);
            config.put("ack.timeout.ms", "20000");
            Sink sink = Sink.start(cluster, workers.get(0).rest(), topic, PARTITIONS, cluster.reader(), config);
            CommitWatcher watcher = sink.watch();
            for (int round = 1; round <= 2; round++) {
                sink.awaitDurable(sink.durable() + 2_000, Duration.ofSeconds(60));
                ConnectWorker frozen = ownerOf(sink, workers);
                ConnectWorker other = workers.get(0) == frozen ? workers.get(1) : workers.get(0);
                Sink seenByOther = new Sink(cluster, other.rest(), sink.name(), topic, PARTITIONS, cluster.reader());

                proxy.mode(FaultProxy.Mode.HOLD_REQUESTS);
                Await.until("an append is on its way", Duration.ofSeconds(60), () -> proxy.heldBytes() > 10_000);
                frozen.process().suspend();
                proxy.mode(FaultProxy.Mode.PASS);
                long before = sink.durable();
                long start = System.nanoTime();
                seenByOther.awaitDurable(before + 500, Duration.ofSeconds(60));
                Cluster.say("zombie " + round + ": taken over after " + Cluster.millisSince(start) + " ms");
                long late = proxy.lateBytes();
                proxy.landLate();
                seenByOther.awaitDurable(seenByOther.durable() + 500, Duration.ofSeconds(60));
                assertThat(proxy.lateBytes())
                        .as("bytes of the frozen worker that arrived late")
                        .isGreaterThan(late);
                frozen.process().resume();
                seenByOther.awaitDurable(seenByOther.durable() + 3_000, Duration.ofSeconds(60));
                frozen.awaitReady();
                seenByOther.awaitRunning(1);
            }
            long produced = load.stop();

            assertThat(sink.requirePerfect(Duration.ofSeconds(90)).inS2()).isEqualTo(produced);
            watcher.requireClean();
            Cluster.say("ZombieIT: " + watcher);
            sink.delete();
        }
        workers.forEach(ConnectWorker::close);
    }

    private static ConnectWorker ownerOf(Sink sink, List<ConnectWorker> workers) {
        sink.awaitRunning(1);
        ConnectRest.TaskStatus task = sink.rest().status(sink.name()).tasks().get(0);
        return workers.stream()
                .filter(worker -> worker.url().getAuthority().equals(task.worker()))
                .findFirst()
                .orElseThrow();
    }
}
