package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading from an encrypted basin, with its key and without. */
final class SourceEncryptionIT {

    private static final String BASIN = "system-tests-read-encrypted";
    private static final String KEY = base64("the key all of this was put under");
    private static final String OTHER_KEY = base64("a key that has never opened a thing");

    private final Cluster cluster = Cluster.shared();

    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void anEncryptedStreamIsReadWithItsKey(String transport) {
        String stream = stream("a", "b");
        String topic = stream + "-read";
        Map<String, String> config = config(stream, topic, transport);
        config.put("s2.encryption.key", KEY);
        Source source = Source.start(cluster, cluster.rest(), "source-" + stream, config);

        source.awaitCommitted(topic, 2, SourceLane.PATIENCE);
        reader().appendTexts(stream, List.of("c"));
        source.awaitCommitted(topic, 3, SourceLane.PATIENCE);
        assertThat(source.distinctCommitted(topic)).isEqualTo(3);
        source.delete();
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void aMissingOrWrongKeyStopsTheTaskAndNamesTheSetting(String transport) {
        String stream = stream("a");
        Map<String, String> config = config(stream, stream + "-read", transport);
        Source keyless = Source.start(cluster, cluster.rest(), "source-" + stream, config);
        assertRefused(keyless, stream);
        keyless.delete();

        config.put("s2.encryption.key", OTHER_KEY);
        Source wrong = Source.start(cluster, cluster.rest(), "wrong-" + stream, config);
        assertThat(assertRefused(wrong, stream)).contains("decryption_failed").doesNotContain(OTHER_KEY);
        wrong.delete();
    }

    /** A key cannot be found wrong before there is something to decrypt. */
    @ParameterizedTest
    @ValueSource(strings = {"session", "sse"})
    void aWrongKeyIsNoticedWithTheFirstRecordOfAnEmptyStream(String transport) {
        String stream = stream();
        Map<String, String> config = config(stream, stream + "-read", transport);
        config.put("s2.encryption.key", OTHER_KEY);
        Source source = Source.start(cluster, cluster.rest(), "source-" + stream, config);
        source.awaitRunning(1);
        reader().appendTexts(stream, List.of("a"));

        assertRefused(source, stream);
        source.delete();
    }

    private String assertRefused(Source source, String stream) {
        String trace = cluster.rest().awaitFailed(source.name(), SourceLane.PATIENCE);
        assertThat(trace)
                .contains("[AUTH]")
                .contains("stream '" + BASIN + "/" + stream + "'")
                .contains("s2.encryption.key");
        return trace;
    }

    private S2Reader reader() {
        return cluster.s2()
                .reader(BASIN)
                .createBasin("{\"stream_cipher\":\"aegis-256\"}")
                .withEncryptionKey(KEY);
    }

    private String stream(String... bodies) {
        String stream = Cluster.unique("sealed");
        reader().createStream(stream, null);
        if (bodies.length > 0) {
            reader().appendTexts(stream, List.of(bodies));
        }
        return stream;
    }

    private Map<String, String> config(String stream, String topic, String transport) {
        Map<String, String> config = Source.config(cluster.s2(), stream, topic, 1);
        config.put("s2.basin", BASIN);
        config.put("s2.transport", transport);
        return config;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), 32));
    }
}
