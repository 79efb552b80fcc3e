package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.history.CommitWatcher;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The S2 server is killed and comes back on the same folder while records flow. */
final class S2RestartIT {

    private static final int KILLS = Integer.getInteger("kills", 4);
    private static final int PARTITIONS = 4;

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsArriveExactlyOnceThroughKillsOfTheS2Server() {
        long seed = Cluster.seed("S2RestartIT -Dkills=" + KILLS);
        Random random = new Random(seed);
        S2Server server = cluster.ownS2("restarted");
        S2Reader reader = server.reader(Cluster.BASIN).createBasin();
        String topic = cluster.createTopic("s2restart", PARTITIONS);
        Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 2_000, 1_500, seed);
        Sink sink = Sink.start(cluster, cluster.rest(), topic, PARTITIONS, reader, Cluster.sinkTo(server, topic, 2));
        CommitWatcher watcher = sink.watch();
        for (int kill = 1; kill <= KILLS; kill++) {
            sink.awaitDurable(sink.durable() + 1_000, Duration.ofSeconds(60));
            Await.sleep(Duration.ofMillis(random.nextInt(1_000)));
            server.kill();
            Await.sleep(Duration.ofMillis(200 + random.nextInt(4_000)));
            server.launch();
            long durable = sink.durable();
            long start = System.nanoTime();
            sink.awaitDurable(durable + 1, Duration.ofSeconds(60));
            Cluster.say("S2 kill " + kill + ": at " + durable + " records; next record " + Cluster.millisSince(start)
                    + " ms after the server was back");
        }
        long produced = load.stop();

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(produced);
        watcher.requireClean();
        Cluster.say("S2RestartIT: " + watcher);
        sink.delete();
        server.close();
    }
}
