package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The ground the other tests stand on: servers start, keep what they must keep over a kill, and end. */
final class LauncherIT {

    private final Cluster cluster = Cluster.shared();

    @Test
    void anS2ServerOnAFolderKeepsAcknowledgedRecordsOverAKill() {
        S2Server server = cluster.ownS2("killed");
        S2Reader reader = server.reader("launcher-test").createBasin();
        reader.createStream("a/0", null);
        reader.appendForeign("a/0", "before");

        server.kill();
        assertThat(server.process().isAlive()).isFalse();
        server.launch();

        reader.appendForeign("a/0", "after");
        assertThat(reader.readAll("a/0"))
                .extracting(stored -> new String(stored.body()))
                .isEqualTo(List.of("before", "after"));
        assertThat(reader.streams("a/")).containsExactly("a/0");
        server.close();
    }

    @Test
    void theWorkerLoadsTheInstalledArchive() {
        String plugins = cluster.rest().get("/connector-plugins").require(200).body();

        assertThat(plugins).contains(Cluster.SINK);
    }

    @Test
    void aFrozenServerDoesNotAnswerAndGoesOnLater() {
        S2Server server =
                S2Server.builder(cluster.output().resolve("s2-frozen")).startOwn();
        S2Reader reader = server.reader("launcher-test").createBasin();
        server.process().suspend();
        Thread append = new Thread(() -> reader.createStream("late", null));
        append.start();
        Await.sleep(Duration.ofMillis(500));
        assertThat(append.isAlive()).isTrue();

        server.process().resume();

        Await.until("the stream is created", Duration.ofSeconds(10), () -> !append.isAlive());
        assertThat(reader.streams("")).containsExactly("late");
        server.close();
    }
}
