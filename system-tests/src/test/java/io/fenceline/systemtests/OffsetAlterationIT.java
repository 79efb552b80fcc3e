package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** An operator moves the offsets of a stopped sink: what was asked for is what arrives, although the stream held more. */
class OffsetAlterationIT {

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void offsetsGoBackForwardToTheBeginningAndAwayAsAsked() {
        String topic = cluster.createTopic("altered", 1);
        produce(topic, 0, 10);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(Duration.ofSeconds(60));
        assertThat(written(topic)).isEqualTo(range(0, 10));

        move(sink, 4);
        awaitWritten(topic, Stream.of(range(0, 10), range(4, 10)));

        move(sink, 0);
        awaitWritten(topic, Stream.of(range(0, 10), range(4, 10), range(0, 10)));

        sink.awaitNoLag(Duration.ofSeconds(60));
        rest.stop(sink.name());
        rest.awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));
        produce(topic, 10, 15);
        rest.patchOffsets(sink.name(), body(topic, 0, "12")).require(200);
        rest.resume(sink.name());
        awaitWritten(topic, Stream.of(range(0, 10), range(4, 10), range(0, 10), range(12, 15)));

        sink.awaitNoLag(Duration.ofSeconds(60));
        rest.stop(sink.name());
        rest.awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));
        rest.resetOffsets(sink.name()).require(200);
        rest.resume(sink.name());
        awaitWritten(topic, Stream.of(range(0, 10), range(4, 10), range(0, 10), range(12, 15), range(0, 15)));
        sink.delete();
    }

    @Test
    void requestsThatMakeNoSenseAreRefusedWithTheExpectedForm() {
        SingleLane lane = SingleLane.of(cluster, "refused", 3).start();
        lane.awaitWritten(range(0, 3));
        lane.stop();
        String topic = lane.topic();
        String ours = "{\"kafka_topic\":\"" + topic + "\",\"kafka_partition\":0}";

        // what reaches the connector
        assertRefused(lane, body(topic, 0, "-1"), "negative", "kafka_offset");
        assertRefused(lane, body("another-topic", 0, "1"), "not one of this connector's topics", "kafka_topic");
        assertRefused(lane, body(topic, -1, "1"), topic + "--1", "kafka_partition");
        // what Connect refuses before it asks the connector
        assertRefused(lane, body(topic, 0, "\"two\""), "two", "integers");
        assertRefused(lane, body(topic, 0, "1.5"), "1.5", "integers");
        assertRefused(lane, entry("{\"kafka_topic\":\"" + topic + "\"}", "{\"kafka_offset\":1}"), "kafka_partition");
        assertRefused(
                lane, entry("{\"topic\":\"" + topic + "\",\"partition\":0}", "{\"kafka_offset\":1}"), "kafka_topic");
        assertRefused(lane, entry(ours, "{\"offset\":1}"), "kafka_offset");
        assertRefused(lane, entry(ours, "7"), "");
        assertRefused(lane, "{\"offsets\":[]}", "");
        assertRefused(lane, "not JSON", "");

        assertThat(lane.committedAsShown()).isEqualTo(3);
        lane.resume();
        lane.produce(2);
        lane.awaitWritten(range(0, 5));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aNumberWrittenAsTextIsTakenForTheNumberByConnect() {
        SingleLane lane = SingleLane.of(cluster, "text-number", 3).start();
        lane.awaitWritten(range(0, 3));
        lane.stop();

        rest.patchOffsets(lane.name(), body(lane.topic(), 0, "\"2\"")).require(200);

        lane.resume();
        lane.awaitWritten(range(0, 3), range(2, 3));
        lane.delete();
    }

    @Test
    void aPartitionTheTopicDoesNotHaveIsRefusedAndNothingIsMoved() {
        SingleLane lane = SingleLane.of(cluster, "no-partition", 3).start();
        lane.awaitWritten(range(0, 3));
        lane.stop();

        assertRefused(lane, body(lane.topic(), 7, "1"), "Failed to alter consumer group offsets");

        assertThat(lane.committedAsShown()).isEqualTo(3);
        lane.resume();
        lane.produce(1);
        lane.awaitWritten(range(0, 4));
        lane.delete();
    }

    @Test
    void anOffsetAboveTheTopicsEndIsTakenAndItsTaskSaysSoUntilTheEndIsSet() {
        SingleLane lane = SingleLane.of(cluster, "above-end", 3).start();
        lane.awaitWritten(range(0, 3));
        lane.stop();
        rest.patchOffsets(lane.name(), body(lane.topic(), 0, "1000")).require(200);
        lane.resume();

        String message = lane.awaitStopped("TOPIC_RECREATED");
        assertThat(message).contains("an offset above its end was set");
        lane.obey(message, 1, 3);
        lane.produce(2);
        lane.awaitWritten(range(0, 5));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aConnectorThatIsNotStoppedIsRefusedByConnect() {
        SingleLane lane = SingleLane.of(cluster, "not-stopped", 3).start();
        lane.awaitWritten(range(0, 3));

        assertRefused(lane, body(lane.topic(), 0, "1"), "STOPPED");
        rest.pause(lane.name());
        rest.awaitState(lane.name(), "PAUSED", Duration.ofSeconds(30));
        assertRefused(lane, body(lane.topic(), 0, "1"), "STOPPED");
        rest.resume(lane.name());

        lane.produce(1);
        lane.awaitWritten(range(0, 4));
        lane.delete();
    }

    @Test
    void allOffsetsCanBeResetAlthoughATopicWasTakenOut() {
        String kept = cluster.createTopic("kept", 1);
        String left = cluster.createTopic("left", 1);
        produce(kept, 0, 3);
        produce(left, 0, 4);
        Map<String, String> config = cluster.sink(kept + "," + left, 1);
        Sink sink = new Sink(cluster, rest, "sink-" + kept, kept, 1, cluster.reader());
        rest.put(sink.name(), config);
        sink.awaitRunning(1);
        sink.awaitNoLag(Duration.ofSeconds(60));
        awaitWritten(left, Stream.of(range(0, 4)));
        Await.until(
                "offsets of both topics are committed",
                Duration.ofSeconds(60),
                () -> rest.offsets(sink.name())
                                .require(200)
                                .json()
                                .get("offsets")
                                .size()
                        == 2,
                () -> "There are " + rest.offsets(sink.name()));

        config.put("topics", kept);
        rest.put(sink.name(), config);
        stop(sink);
        rest.resetOffsets(sink.name()).require(200);
        assertThat(rest.offsets(sink.name()).require(200).json().get("offsets")).isEmpty();

        rest.resume(sink.name());
        awaitWritten(kept, Stream.of(range(0, 3), range(0, 3)));
        assertThat(written(left)).as("not ours any more, so left alone").isEqualTo(range(0, 4));
        sink.awaitNoLag(Duration.ofSeconds(60));

        // taken in again, it goes on where its stream ends
        stop(sink);
        produce(left, 4, 6);
        config.put("topics", kept + "," + left);
        rest.put(sink.name(), config);
        rest.resume(sink.name());
        awaitWritten(left, Stream.of(range(0, 6)));
        sink.delete();
    }

    private void stop(Sink sink) {
        rest.stop(sink.name());
        rest.awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));
    }

    private void assertRefused(SingleLane lane, String body, String... said) {
        ConnectRest.RestAnswer answer = rest.patchOffsets(lane.name(), body);
        Cluster.say("refused " + body + ": " + answer);
        assertThat(answer.status()).as(answer.body()).isGreaterThanOrEqualTo(400);
        assertThat(answer.body()).contains(said);
    }

    private void move(Sink sink, int offset) {
        sink.awaitNoLag(Duration.ofSeconds(60));
        rest.stop(sink.name());
        rest.awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));
        rest.patchOffsets(sink.name(), body(sink.topic(), 0, Integer.toString(offset)))
                .require(200);
        rest.resume(sink.name());
    }

    private static String body(String topic, int partition, String offset) {
        return entry(
                "{\"kafka_topic\":\"" + topic + "\",\"kafka_partition\":" + partition + "}",
                "{\"kafka_offset\":" + offset + "}");
    }

    private static String entry(String partition, String offset) {
        return "{\"offsets\":[{\"partition\":" + partition + ",\"offset\":" + offset + "}]}";
    }

    private void produce(String topic, int from, int to) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {(byte) i}));
            }
        }
    }

    private void awaitWritten(String topic, Stream<List<Integer>> parts) {
        List<Integer> expected = parts.flatMap(List::stream).collect(Collectors.toList());
        Await.until(
                expected.size() + " records of " + topic + " are in S2",
                Duration.ofSeconds(60),
                () -> written(topic).size() >= expected.size(),
                () -> "There are " + written(topic));
        assertThat(written(topic)).isEqualTo(expected);
    }

    /** Kafka offsets in the order they stand in the stream. */
    private List<Integer> written(String topic) {
        return cluster.reader().readAll(topic + "/0").stream()
                .filter(record -> !record.isCommand())
                .map(record -> record.text("kafka.id"))
                .map(id -> Integer.parseInt(id.substring(id.lastIndexOf('/') + 1)))
                .collect(Collectors.toList());
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().collect(Collectors.toList());
    }
}
