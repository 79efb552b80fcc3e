package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.history.HistoryCheck;
import io.fenceline.testkit.history.TopicHistory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * At least once, with several partitions, topics and connectors in one stream: nothing is missing, what is repeated has the
 * same id and content, and each partition's first copies are in order, through kills of the worker and of S2.
 */
final class SharedStreamsIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;

    private final Cluster cluster = Cluster.shared();

    @Test
    void twoConnectorsInOneStreamLoseNothingThroughKillsOfWorkerAndS2() {
        long seed = Cluster.seed("SharedStreamsIT");
        S2Server server = cluster.ownS2("shared");
        S2Reader reader = server.reader(Cluster.BASIN).createBasin();
        ConnectWorker worker = cluster.newWorker("sharing")
                .with("offset.flush.interval.ms", "2000")
                .start();
        String stream = Cluster.unique("everything");
        String orders = cluster.createTopic("orders", PARTITIONS);
        String clicks = cluster.createTopic("clicks", PARTITIONS);
        Load first = Load.start(cluster.bootstrapServers(), orders, PARTITIONS, 800, 1_000, seed);
        Load second = Load.start(cluster.bootstrapServers(), clicks, PARTITIONS, 800, 1_000, seed + 1);
        Sink a = Sink.start(cluster, worker.rest(), orders, PARTITIONS, reader, into(stream, server, orders));
        Sink b = Sink.start(cluster, worker.rest(), clicks, PARTITIONS, reader, into(stream, server, clicks));

        for (int kill = 0; kill < 2; kill++) {
            awaitGrowth(reader, stream, 2_000);
            worker.kill();
            worker.launch();
            worker.awaitReady();
            awaitGrowth(reader, stream, 2_000);
            server.kill();
            Await.sleep(Duration.ofMillis(500));
            server.launch();
        }
        awaitGrowth(reader, stream, 2_000);
        long produced = first.stop() + second.stop();
        a.awaitNoLag(MINUTE);
        b.awaitNoLag(MINUTE);

        HistoryCheck.Result result = HistoryCheck.compareShared(
                List.of(
                        TopicHistory.read(cluster.bootstrapServers(), orders),
                        TopicHistory.read(cluster.bootstrapServers(), clicks)),
                reader,
                stream);
        Cluster.say("shared stream, at least once: " + result);
        assertThat(result.inKafka()).isEqualTo(produced);
        assertThat(result.missing()).isZero();
        assertThat(result.altered()).isZero();
        assertThat(result.foreign()).isZero();
        assertThat(result.outOfOrder()).isZero();
        assertThat(result.commands())
                .as("nobody fences a stream that is shared")
                .isZero();
        assertThat(result.duplicates())
                .as("records repeated by the kills; without any the run shows nothing")
                .isPositive();
        a.delete();
        b.delete();
        worker.close();
        server.close();
    }

    private static Map<String, String> into(String stream, S2Server server, String topic) {
        Map<String, String> config = Cluster.sinkTo(server, topic, 2);
        config.put("delivery.guarantee", "at_least_once");
        config.put("s2.stream", stream);
        return config;
    }

    private static void awaitGrowth(S2Reader reader, String stream, long records) {
        long target = Math.max(0, reader.tail(stream)) + records;
        Await.until(records + " more records are in " + stream, MINUTE, () -> {
            try {
                return reader.tail(stream) >= target;
            } catch (S2Reader.Unavailable e) {
                return false;
            }
        });
    }
}
