package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The S2 server a source reads from dies and comes back, over both transports at once. */
final class SourceS2RestartIT {

    private static final int KILLS = Integer.getInteger("kills", 3);
    private static final int BATCH = 200;

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsArriveOnceAndInOrderThroughKillsOfTheS2Server() {
        long seed = Cluster.seed("SourceS2RestartIT -Dkills=" + KILLS);
        Random random = new Random(seed);
        S2Server server = cluster.ownS2("read-restarted");
        S2Reader reader = server.reader(Cluster.BASIN).createBasin();
        String stream = Cluster.unique("s2-killed");
        reader.createStream(stream, null);
        List<Source> sources = List.of(start(server, stream, "session"), start(server, stream, "sse"));

        int appended = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            for (int batches = 1 + random.nextInt(20); batches > 0; batches--) {
                reader.appendTexts(stream, numbers(appended, appended + BATCH));
                appended += BATCH;
            }
            // what was appended last is on its way, or not yet
            Await.sleep(Duration.ofMillis(random.nextInt(100)));
            server.kill();
            Await.sleep(Duration.ofMillis(random.nextInt(2_000)));
            server.launch();
        }
        reader.appendTexts(stream, numbers(appended, appended + BATCH));
        appended += BATCH;

        for (Source source : sources) {
            source.awaitCommitted(source.name() + "-read", appended, SourceLane.PATIENCE);
            assertThat(read(source.name() + "-read")).isEqualTo(numbers(0, appended));
            source.delete();
        }
        server.close();
    }

    private Source start(S2Server server, String stream, String transport) {
        String name = stream + "-" + transport;
        Map<String, String> config = Source.config(server, stream, name + "-read", 1);
        config.put("s2.transport", transport);
        return Source.start(cluster, cluster.rest(), name, config);
    }

    private List<String> read(String topic) {
        List<String> bodies = new ArrayList<>();
        TopicHistory.forEach(
                cluster.bootstrapServers(),
                topic,
                record -> bodies.add(new String(record.value(), StandardCharsets.UTF_8)));
        return bodies;
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }
}
