package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.time.Duration;
import java.util.List;
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
        String topic = cluster.createTopic("refused", 1);
        produce(topic, 0, 3);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(Duration.ofSeconds(60));
        rest.stop(sink.name());
        rest.awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));

        assertRefused(sink, body(topic, 0, "-1"), "negative");
        assertRefused(sink, body("another-topic", 0, "1"), "not one of this connector's topics");

        rest.resume(sink.name());
        sink.awaitRunning(1);
        assertThat(written(topic)).isEqualTo(range(0, 3));
        sink.delete();
    }

    private void assertRefused(Sink sink, String body, String reason) {
        ConnectRest.Answer answer = rest.patchOffsets(sink.name(), body);
        assertThat(answer.status()).isGreaterThanOrEqualTo(400);
        assertThat(answer.body()).contains(reason).contains("kafka_offset");
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
        return "{\"offsets\":[{\"partition\":{\"kafka_topic\":\"" + topic + "\",\"kafka_partition\":" + partition
                + "},\"offset\":{\"kafka_offset\":" + offset + "}}]}";
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
