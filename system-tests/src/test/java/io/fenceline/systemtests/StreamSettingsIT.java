package io.fenceline.systemtests;

import static io.fenceline.systemtests.Numbered.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Streams and connections with settings of their own: encrypted, deleted when empty, compressed on the way. */
final class StreamSettingsIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final String ENCRYPTED = "system-tests-encrypted";
    private static final String KEY = base64("a key of thirty-two bytes, really");
    private static final String OTHER_KEY = base64("not the key the stream was made w");

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void anEncryptedStreamIsWrittenAndFoundAgainWithItsKey() {
        String topic = cluster.createTopic("encrypted", 1);
        Numbered.produce(cluster, topic, 0, 0, 500);
        S2Reader reader = encryptedBasin().withEncryptionKey(KEY);
        Sink sink = Sink.start(cluster, rest, topic, 1, reader, encrypted(topic, KEY));
        sink.awaitNoLag(MINUTE);
        sink.stop();
        sink.moveGroup(0, 100);
        Numbered.produce(cluster, topic, 0, 500, 600);
        rest.resume(sink.name());

        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(600);
        sink.delete();
    }

    @Test
    void aMissingKeyStopsTheTaskAndNamesTheSetting() {
        String topic = cluster.createTopic("keyless", 1);
        Numbered.produce(cluster, topic, 0, 0, 10);
        S2Reader reader = encryptedBasin().withEncryptionKey(KEY);
        Map<String, String> config = encrypted(topic, KEY);
        config.remove("s2.encryption.key");

        rest.put("sink-" + topic, config);

        assertThat(rest.awaitFailed("sink-" + topic, MINUTE)).contains("AUTH").contains("s2.encryption.key");
        Sink sink = new Sink(cluster, rest, "sink-" + topic, topic, 1, reader);
        sink.stop();
        rest.put(sink.name(), encrypted(topic, KEY));
        rest.resume(sink.name());
        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(10);
        sink.delete();
    }

    @Test
    void aWrongKeyStopsTheTaskBeforeItWritesAndNamesTheSetting() {
        String topic = cluster.createTopic("wrongkey", 1);
        Numbered.produce(cluster, topic, 0, 0, 100);
        S2Reader reader = encryptedBasin().withEncryptionKey(KEY);
        Sink sink = Sink.start(cluster, rest, topic, 1, reader, encrypted(topic, KEY));
        sink.awaitNoLag(MINUTE);
        sink.stop();
        Numbered.produce(cluster, topic, 0, 100, 120);
        rest.put(sink.name(), encrypted(topic, OTHER_KEY));
        rest.resume(sink.name());

        assertThat(rest.awaitFailed(sink.name(), MINUTE))
                .contains("AUTH")
                .contains("s2.encryption.key")
                .doesNotContain(OTHER_KEY);
        assertThat(Numbered.offsets(reader, topic + "/0")).isEqualTo(range(0, 100));

        sink.stop();
        rest.put(sink.name(), encrypted(topic, KEY));
        rest.resume(sink.name());
        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(120);
        sink.delete();
    }

    @Test
    void aStreamThatIsDeletedWhenEmptyIsWarnedAboutAndWritten() throws Exception {
        String topic = cluster.createTopic("fleeting", 1);
        cluster.reader().createStream(topic + "/0", "{\"delete_on_empty\":{\"min_age_secs\":3600}}");
        Numbered.produce(cluster, topic, 0, 0, 100);
        Sink sink = Sink.start(cluster, rest, topic, 1, cluster.reader(), cluster.sink(topic, 1));
        sink.awaitNoLag(MINUTE);

        Await.until("the worker's log warns about " + topic, Duration.ofSeconds(20), () -> warned(topic));
        rest.restart(sink.name());
        Numbered.produce(cluster, topic, 0, 100, 200);
        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(200);
        assertThat(cluster.reader().streamConfig(topic + "/0")).contains("3600");
        sink.delete();
    }

    @Test
    void newStreamsGetTheirSettingsAndExistingOnesKeepTheirs() {
        String topic = cluster.createTopic("settings", 2);
        S2Reader reader = cluster.reader();
        reader.createStream(topic + "/1", "{\"retention_policy\":{\"age\":7777777}}");
        String existing = reader.streamConfig(topic + "/1");
        Numbered.produce(cluster, topic, 0, 0, 100);
        Numbered.produce(cluster, topic, 1, 0, 100);
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("s2.stream.config.retention.ms", "864000000");
        config.put("s2.stream.config.storage.class", "standard");
        config.put("s2.stream.config.delete.on.empty.ms", "7200000");

        Sink sink = Sink.start(cluster, rest, topic, 2, reader, config);
        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(200);
        assertThat(reader.streamConfig(topic + "/0"))
                .contains("\"age\":864000", "\"min_age_secs\":7200", "\"storage_class\":\"standard\"");
        assertThat(reader.streamConfig(topic + "/1")).isEqualTo(existing);
        sink.delete();
    }

    /** The stream that holds the mark of a stop is made by the connector too. */
    @Test
    void aStreamMadeAgainForTheMarkOfAStopGetsTheSettingsToo() {
        SingleLane lane =
                SingleLane.of(cluster, "settings-again", 20).with("s2.stream.config.retention.ms", "864000000");
        S2Reader reader = cluster.reader();
        lane.start();
        lane.awaitCommitted(20);
        reader.deleteStream(lane.stream());
        lane.produce(1);
        lane.awaitStopped("TARGET_MISSING");

        Await.until(lane.stream() + " is there again", MINUTE, () -> !reader.streams(lane.stream())
                .isEmpty());
        assertThat(reader.streamConfig(lane.stream())).contains("\"age\":864000");
        rest.delete(lane.name());
    }

    @Test
    void compressedFramesCarryEveryRecord() throws Exception {
        String topic = cluster.createTopic("gzip", 2);
        Random random = new Random(11);
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < 3_000; i++) {
                byte[] body = new byte[random.nextInt(2_000)];
                if (i % 2 == 0) {
                    random.nextBytes(body);
                }
                producer.send(new ProducerRecord<>(topic, i % 2, null, body));
            }
            // as large as a record gets: once compressible, once not
            byte[] large = new byte[(1 << 20) - 200];
            producer.send(new ProducerRecord<>(topic, 0, null, large.clone()));
            random.nextBytes(large);
            producer.send(new ProducerRecord<>(topic, 1, null, large));
        }
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("s2.compression", "gzip");
        Sink sink = Sink.start(cluster, rest, topic, 2, cluster.reader(), config);
        sink.awaitNoLag(MINUTE);
        sink.stop();
        sink.moveGroup(0, 700);
        sink.moveGroup(1, 3);
        rest.resume(sink.name());

        assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(3_002);
        sink.delete();
    }

    private S2Reader encryptedBasin() {
        return cluster.s2().reader(ENCRYPTED).createBasin("{\"stream_cipher\":\"aegis-256\"}");
    }

    private Map<String, String> encrypted(String topic, String key) {
        Map<String, String> config = cluster.sink(topic, 1);
        config.put("s2.basin", ENCRYPTED);
        config.put("s2.encryption.key", key);
        return config;
    }

    private boolean warned(String topic) {
        try {
            return Files.readString(cluster.worker().log())
                    .lines()
                    .anyMatch(line -> line.contains("WARN")
                            && line.contains(topic + "/0")
                            && line.contains("deleted when it is empty"));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String base64(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(bytes, 32));
    }
}
