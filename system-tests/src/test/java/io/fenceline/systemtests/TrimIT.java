package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import java.time.Duration;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** An operator trims a stream while it is written. That is nobody's fault: the task goes on, and nothing is written twice. */
final class TrimIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();
    private final S2Reader reader = cluster.reader();

    @Test
    void manyTrimsUnderLoadNeitherStopTheTaskNorRepeatARecord() {
        trimUnderLoad("trimmed", 40, (tail, random) -> 1 + random.nextInt((int) tail));
    }

    @Test
    void manyTrimsAboveTheTailUnderLoadNeitherStopTheTaskNorRepeatARecord() {
        trimUnderLoad("trimmed-above", 40, (tail, random) -> tail + 1_000_000);
    }

    @Test
    void aTrimAboveTheTailOfAnIdleStreamDoesNotMatterToTheRunningTask() {
        SingleLane lane = SingleLane.of(cluster, "trimmed-idle-above", 20).start();
        lane.awaitWritten(offsets(0, 20));

        lane.trimEverything();
        lane.produce(5);

        lane.awaitWritten(offsets(20, 25));
        lane.requireRunning();
        lane.delete();
    }

    private interface TrimPoint {
        long choose(long tail, Random random);
    }

    private void trimUnderLoad(String prefix, int trims, TrimPoint point) {
        long seed = Cluster.seed("TrimIT");
        Random random = new Random(seed);
        String topic = cluster.createTopic(prefix, 1);
        String stream = topic + "/0";
        Load load = Load.start(cluster.bootstrapServers(), topic, 1, 1_500, 300, seed);
        Sink sink = Sink.start(cluster, rest, topic, 1, reader, cluster.sink(topic, 1));
        sink.awaitDurable(200, PATIENCE);
        Seen seen = new Seen(stream);
        for (int i = 0; i < trims; i++) {
            reader.trim(stream, point.choose(seen.look(), random));
            Await.sleep(Duration.ofMillis(random.nextInt(120)));
        }
        long produced = load.stop();
        Await.until(
                "offset " + produced + " is committed",
                PATIENCE,
                () -> {
                    assertThat(rest.status(sink.name()).anyTaskFailed())
                            .as(rest.status(sink.name()).traces())
                            .isFalse();
                    return sink.committed() == produced;
                },
                () -> "Committed is " + sink.committed());
        seen.look();

        seen.requireNothingTwiceNothingLost(produced);
        sink.awaitRunning(1);
        sink.delete();
    }

    /** What of a stream was seen before it was trimmed: Kafka offsets by position, -1 for command records. */
    private final class Seen {

        private final String stream;
        private final TreeMap<Long, Long> offsets = new TreeMap<>();

        Seen(String stream) {
            this.stream = stream;
        }

        /** Returns the position behind the last record seen. */
        long look() {
            reader.forEachFrom(stream, offsets.isEmpty() ? 0 : offsets.lastKey() + 1, record -> {
                String id = record.text("kafka.id");
                offsets.put(record.seqNum(), id == null ? -1 : Long.parseLong(id.substring(id.lastIndexOf('/') + 1)));
            });
            return offsets.lastKey() + 1;
        }

        /** Records trimmed before they were seen stand in positions that were not seen either: there must be enough of them. */
        void requireNothingTwiceNothingLost(long produced) {
            long lastOffset = -1;
            long unseenPositions = 0;
            long lastPosition = -1;
            int commands = 0;
            long data = 0;
            for (var entry : offsets.entrySet()) {
                unseenPositions += entry.getKey() - lastPosition - 1;
                lastPosition = entry.getKey();
                long offset = entry.getValue();
                if (offset < 0) {
                    commands++;
                    continue;
                }
                data++;
                assertThat(offset).as("offset at position " + lastPosition).isGreaterThan(lastOffset);
                assertThat(offset - lastOffset - 1)
                        .as("offsets not seen before offset " + offset + " at position " + lastPosition)
                        .isLessThanOrEqualTo(unseenPositions);
                lastOffset = offset;
                unseenPositions = 0;
            }
            Cluster.say(stream + ": " + data + " of " + produced + " records seen, " + commands + " command records");
            // on a busy machine more of them are trimmed between two looks
            assertThat(data).isGreaterThan(100);
        }
    }
}
