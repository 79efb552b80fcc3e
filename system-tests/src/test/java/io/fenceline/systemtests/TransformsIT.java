package io.fenceline.systemtests;

import static io.fenceline.systemtests.Numbered.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.systemtests.transform.TransformsPlugin;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Transforms that give records other coordinates or timestamps, or drop them, the ones a restart looks for included. */
final class TransformsIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void recordsKeepTheirIdentityWhenATransformReplacesTopicAndPartition() {
        String topic = cluster.createTopic("replaced", 2);
        Numbered.produce(cluster, topic, 0, 0, 200);
        Numbered.produce(cluster, topic, 1, 0, 200);
        Map<String, String> config = rewriting(cluster.sink(topic, 1), Map.of("topic", "elsewhere", "partition", "7"));
        Sink sink = Sink.start(cluster, rest, topic, 2, cluster.reader(), config);
        sink.awaitAllArrived(MINUTE);

        rest.put(sink.name(), rewriting(cluster.sink(topic, 1), Map.of("topic", topic, "partition", "1")));
        Numbered.produce(cluster, topic, 0, 200, 400);
        Numbered.produce(cluster, topic, 1, 200, 400);

        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(800);
        assertThat(cluster.reader().streams("elsewhere")).isEmpty();
        sink.delete();
    }

    @Test
    void theLagDrainsWhenEveryRecordIsDropped() {
        String topic = cluster.createTopic("dropped", 1);
        Numbered.produce(cluster, topic, 0, 0, 300);
        Map<String, String> config = cluster.sink(topic, 1);
        rewriting(config, Map.of("drop.from", "0", "drop.to", "500"));
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), config);
        sink.awaitNoLag(MINUTE);

        // the first one to get through, and then another restart
        Numbered.produce(cluster, topic, 0, 300, 550);
        sink.awaitNoLag(MINUTE);
        rest.restart(sink.name());
        Numbered.produce(cluster, topic, 0, 550, 600);
        sink.awaitNoLag(MINUTE);

        assertThat(written(topic)).isEqualTo(range(500, 600));
        sink.delete();
    }

    @Test
    void aRestartThatIsNotShownTheLastRecordWrittenGoesOnBehindIt() {
        String topic = cluster.createTopic("anchorless", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(MINUTE);

        stop(sink);
        moveGroup(sink, 40);
        Numbered.produce(cluster, topic, 0, 100, 200);
        rest.put(sink.name(), rewriting(cluster.sink(topic, 1), Map.of("drop.from", "99", "drop.to", "100")));
        rest.resume(sink.name());

        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(200);
        sink.delete();
    }

    @Test
    void theLagDrainsWhenEverythingFromTheLastRecordWrittenOnIsDropped() {
        String topic = cluster.createTopic("anchorless-tail", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(MINUTE);

        stop(sink);
        moveGroup(sink, 40);
        Numbered.produce(cluster, topic, 0, 100, 200);
        rest.put(sink.name(), rewriting(cluster.sink(topic, 1), Map.of("drop.from", "99", "drop.to", "200")));
        rest.resume(sink.name());
        sink.awaitNoLag(MINUTE);
        Numbered.produce(cluster, topic, 0, 200, 210);
        sink.awaitNoLag(MINUTE);

        assertThat(written(topic)).hasSize(110).startsWith(0L).endsWith(209L).doesNotHaveDuplicates();
        sink.delete();
    }

    @Test
    void aConstantTimestampIsNoTopicMadeAgain() {
        String topic = cluster.createTopic("constant", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        Map<String, String> config = rewriting(cluster.sink(topic, 1), Map.of("timestamp", "1234567890123"));
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), config);
        sink.awaitNoLag(MINUTE);
        stop(sink);
        moveGroup(sink, 10);
        Numbered.produce(cluster, topic, 0, 100, 150);
        rest.resume(sink.name());
        sink.awaitNoLag(MINUTE);

        assertThat(written(topic)).isEqualTo(range(0, 150));
        assertThat(cluster.reader().readAll(topic + "/0").stream()
                        .filter(record -> !record.isCommand())
                        .map(record -> record.text("kafka.ts")))
                .containsOnly("1234567890123");
        sink.delete();
    }

    @Test
    void aTimestampThatChangesOnReplayStopsTheTaskAndTheMessageNamesTransforms() {
        String topic = cluster.createTopic("wallclock", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        Map<String, String> config = rewriting(cluster.sink(topic, 1), Map.of("timestamp", "now"));
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), config);
        sink.awaitNoLag(MINUTE);
        stop(sink);
        moveGroup(sink, 10);
        rest.resume(sink.name());

        assertThat(rest.awaitFailed(sink.name(), MINUTE))
                .contains("TOPIC_RECREATED")
                .contains("transform rewrites timestamps")
                .contains(topic + "-0")
                .contains("\"kafka_offset\":100");
        assertThat(written(topic)).isEqualTo(range(0, 100));

        // what the message says to do
        stop(sink);
        rest.patchOffsets(sink.name(), offset(topic, 100)).require(200);
        rest.resume(sink.name());
        Numbered.produce(cluster, topic, 0, 100, 110);
        sink.awaitNoLag(MINUTE);
        assertThat(written(topic)).isEqualTo(range(0, 110));
        sink.delete();
    }

    /** The worker gives such records back where they came from. */
    @Test
    void recordsMadeWithTheShortConstructorKeepTheirIdentityToo() {
        String topic = cluster.createTopic("forgetful", 2);
        Numbered.produce(cluster, topic, 0, 0, 10);
        Numbered.produce(cluster, topic, 1, 0, 10);
        Map<String, String> config = rewriting(
                cluster.sink(topic, 1), Map.of("forgetful", "true", "topic", "renamed-to-this", "partition", "1"));

        Sink sink = Sink.start(cluster, rest, topic, 2, cluster.reader(), config);

        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(20);
        sink.delete();
    }

    @Test
    void recordsWithoutATimestampArriveOnAStreamThatRequiresThem() {
        String topic = cluster.createTopic("timeless", 1);
        cluster.reader().createStream(topic + "/0", "{\"timestamping\":{\"mode\":\"client-require\"}}");
        Numbered.produce(cluster, topic, 0, 0, 50);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(MINUTE);
        // the first half has timestamps, the second has none, and a replay has no timestamp to compare
        stop(sink);
        rest.put(sink.name(), rewriting(cluster.sink(topic, 1), Map.of("timestamp", "null")));
        Numbered.produce(cluster, topic, 0, 50, 100);
        rest.resume(sink.name());
        sink.awaitNoLag(MINUTE);
        stop(sink);
        moveGroup(sink, 70);
        Numbered.produce(cluster, topic, 0, 100, 120);
        rest.resume(sink.name());
        sink.awaitNoLag(MINUTE);

        assertThat(written(topic)).isEqualTo(range(0, 120));
        List<S2Reader.Stored> data = cluster.reader().readAll(topic + "/0").stream()
                .filter(record -> !record.isCommand())
                .toList();
        assertThat(data.subList(50, 120)).allSatisfy(record -> {
            assertThat(record.text("kafka.ts")).isNull();
            // sent as 0, raised to the largest so far
            assertThat(record.timestamp()).isEqualTo(data.get(49).timestamp());
        });
        sink.delete();
    }

    private static Map<String, String> rewriting(Map<String, String> config, Map<String, String> settings) {
        config.put("transforms", "rewrite");
        config.put("transforms.rewrite.type", TransformsPlugin.REWRITE);
        settings.forEach((name, value) -> config.put("transforms.rewrite." + name, value));
        return config;
    }

    private List<Long> written(String topic) {
        return Numbered.offsets(cluster.reader(), topic + "/0");
    }

    private static void stop(Sink sink) {
        sink.stop();
    }

    private static void moveGroup(Sink sink, long offset) {
        sink.moveGroup(0, offset);
    }

    private static String offset(String topic, long offset) {
        return "{\"offsets\":[{\"partition\":{\"kafka_topic\":\"" + topic
                + "\",\"kafka_partition\":0},\"offset\":{\"kafka_offset\":" + offset + "}}]}";
    }
}
