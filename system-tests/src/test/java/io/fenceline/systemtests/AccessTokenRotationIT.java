package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.history.TopicHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Access tokens that are replaced in their file while records flow into S2 and back. The real server takes any token, so the
 * embedded one looks at them here, as the cloud does: when a call or a session begins.
 */
final class AccessTokenRotationIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @TempDir
    private Path folder;

    @Test
    void aHundredRotationsUnderLoadRestartNothingAndRepeatNothing() throws Exception {
        int rotations = Integer.getInteger("rotations", 100);
        long seed = Cluster.seed("AccessTokenRotationIT -Drotations=" + rotations);
        Random random = new Random(seed);
        String topic = cluster.createTopic("rotated", PARTITIONS);
        String copy = cluster.createTopic("rotated-copy", PARTITIONS);
        Path file = Files.writeString(folder.resolve("token"), "token-0\n");
        try (ScriptedS2Server server = ScriptedS2Server.start()) {
            String url = server.url().toString();
            server.acceptOnly("token-0");
            Sink sink = Sink.start(
                    cluster, rest, topic, PARTITIONS, server.reader(Cluster.BASIN), fromFile(sinkTo(url, topic), file));
            Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 300, 500, seed);
            Await.until("streams are written", MINUTE, () -> written(server, topic) > 0);
            Map<String, String> reading = Source.config(cluster.s2(), topic + "/*", copy, 1);
            reading.put("s2.account.endpoint", url);
            reading.put("s2.basin.endpoint", url);
            reading.put("restore.partition", "true");
            Source source = Source.start(cluster, rest, "source-" + copy, fromFile(reading, file));

            String token = "token-0";
            for (int rotation = 1; rotation <= rotations; rotation++) {
                String next = "token-" + rotation;
                boolean grace = random.nextInt(4) == 0;
                write(file, next, random.nextBoolean());
                if (grace) {
                    server.acceptOnly(token, next);
                    server.resetConnections();
                    awaitSessions(server, topic, "token-");
                }
                server.acceptOnly(next);
                server.resetConnections();
                awaitSessions(server, topic, next);
                token = next;
            }
            long produced = load.stop();
            server.acceptAnybody();
            assertThat(sink.requirePerfect(MINUTE).inS2()).isEqualTo(produced);
            source.awaitCommitted(copy, produced, MINUTE);
            assertThat(contents(copy)).isEqualTo(contents(topic));

            assertThat(starts("writes to", url))
                    .as("starts of the sink's tasks")
                    .isEqualTo(2);
            assertThat(starts("reads from", url))
                    .as("starts of the source's task")
                    .isEqualTo(1);
            assertThat(server.refusedTokens())
                    .as("requests that came with an old token")
                    .isPositive();
            Cluster.say("AccessTokenRotationIT: " + rotations + " rotations, " + server.refusedTokens()
                    + " requests refused, " + produced + " records there and back");
            source.delete();
            sink.delete();
        }
    }

    @Test
    void aFileWithoutATokenIsNamedBeforeAndAtTheStart() throws Exception {
        String topic = cluster.createTopic("no-token", 1);
        Path file = folder.resolve("token");
        try (ScriptedS2Server server = ScriptedS2Server.start()) {
            Map<String, String> config = fromFile(sinkTo(server.url().toString(), topic), file);
            config.put("name", "sink-" + topic);
            assertThat(rest.validate(Cluster.SINK, config).require(200).body())
                    .contains("s2.access.token.file", "does not exist on this worker");

            config.put("validate.connection", "false");
            rest.put("sink-" + topic, config);
            assertThat(rest.awaitFailed("sink-" + topic, MINUTE))
                    .contains("[CONFIG] s2.access.token.file is '" + file + "'", "does not exist on this worker");

            Files.writeString(file, "token");
            rest.restart("sink-" + topic);
            Await.until(
                    "both tasks run", MINUTE, () -> rest.status("sink-" + topic).running(2));
            rest.delete("sink-" + topic);
        }
    }

    private static Map<String, String> sinkTo(String url, String topic) {
        return Cluster.sinkTo(url, url, topic, 2);
    }

    private static Map<String, String> fromFile(Map<String, String> config, Path file) {
        config.remove("s2.access.token");
        config.put("s2.access.token.file", file.toString());
        return config;
    }

    /** By a rename, as Kubernetes and careful programs do it, or over what is there. */
    private void write(Path file, String token, boolean atOnce) throws IOException {
        if (atOnce) {
            Path whole = Files.writeString(folder.resolve("next"), token);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.writeString(file, token + "\n");
        }
    }

    /** Until every stream is written and read by sessions that began now, with a token that begins so. */
    private void awaitSessions(ScriptedS2Server server, String topic, String token) {
        int before = server.requests().size();
        long records = written(server, topic);
        Await.until(
                "all streams are written and read with " + token,
                MINUTE,
                () -> sessions(server, before, "POST", token) >= PARTITIONS
                        && sessions(server, before, "GET", token) >= PARTITIONS
                        && written(server, topic) > records,
                () -> "Of the sink: " + rest.status("sink-" + topic) + "; requests since then: "
                        + server.requests().subList(before, server.requests().size()));
    }

    /** Streams that such requests have been made about. */
    private static long sessions(ScriptedS2Server server, int from, String method, String token) {
        return server.requests().stream()
                .skip(from)
                .filter(request -> request.method().equals(method))
                .filter(request ->
                        request.headers().getOrDefault("authorization", "").startsWith("Bearer " + token))
                .map(request -> request.path().replaceFirst("\\?.*", ""))
                .filter(path -> path.endsWith("/records"))
                .distinct()
                .count();
    }

    private static long written(ScriptedS2Server server, String topic) {
        long records = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            try {
                records += server.records(topic + "/" + partition).size();
            } catch (IllegalArgumentException | IllegalStateException noSuchStream) {
                // not created yet
            }
        }
        return records;
    }

    private long starts(String what, String url) throws IOException {
        try (Stream<String> lines = Files.lines(cluster.worker().log())) {
            return lines.filter(line -> line.contains(what) && line.contains(url + "/"))
                    .count();
        }
    }

    /** Per partition, in order: keys and values. */
    private Map<Integer, List<String>> contents(String topic) {
        Map<Integer, List<String>> contents = new TreeMap<>();
        TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> contents.computeIfAbsent(
                        record.partition(), p -> new ArrayList<>())
                .add(Arrays.hashCode(record.key()) + " " + Arrays.hashCode(record.value())));
        return contents;
    }
}
