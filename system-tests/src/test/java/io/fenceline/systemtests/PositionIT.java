package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.S2Reader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** An operator without Connect's REST: bin/position of the archive, with Kafka's own libraries, shows and sets positions. */
final class PositionIT {

    private final Cluster cluster = Cluster.shared();
    private final S2Reader reader = cluster.reader();

    @Test
    void itShowsARunningConnectorsPositionAndLeavesItAlone() throws Exception {
        SingleLane lane = SingleLane.of(cluster, "shown", 10).start();
        lane.awaitWritten(offsets(0, 10));
        lane.awaitCommitted(10);
        long tail = reader.tail(lane.stream());

        Said shown = position(KafkaJars.configured(), lane, "");

        assertThat(shown.code()).as(shown.toString()).isZero();
        assertThat(shown.out())
                .contains(lane.stream())
                .containsPattern("fencing token +'f1\\.")
                .contains(lane.topic() + "-0@9 at position ")
                .contains("goes on behind offset 9")
                .contains("goes on at offset 10, 1 member: tasks run");
        assertThat(reader.tail(lane.stream())).isEqualTo(tail);

        Said refused = position(KafkaJars.configured(), lane, "", "--set-offset", "4", "--yes");
        assertThat(refused.code()).as(refused.toString()).isEqualTo(1);
        assertThat(refused.err()).contains("has 1 member,").contains("nothing was changed");

        lane.produce(5);
        lane.awaitWritten(offsets(0, 15));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void itLeadsOnFromAStopThatLastsAfterADryRunAndAQuestion() throws Exception {
        SingleLane lane = SingleLane.of(cluster, "positioned", 10).start();
        lane.awaitWritten(offsets(0, 10));
        reader.appendForeign(lane.stream(), "not of the connector");
        lane.produce(5);
        lane.awaitStopped("FOREIGN_WRITER");

        Said dry = position(KafkaJars.configured(), lane, "", "--set-offset", "10", "--dry-run");
        assertThat(dry.code()).as(dry.toString()).isZero();
        assertThat(dry.out())
                .contains("stop mark FOREIGN_WRITER")
                .contains("knew the offsets up to 9")
                .contains("would replace")
                .contains("nothing was changed");
        Said no = position(KafkaJars.configured(), lane, "no\n", "--set-offset", "10");
        assertThat(no.code()).as(no.toString()).isEqualTo(1);
        assertThat(no.out()).contains("Type yes");
        assertThat(position(KafkaJars.configured(), lane, "", "--set-offset", "10")
                        .code())
                .as("no answer")
                .isEqualTo(1);
        assertThat(position(KafkaJars.configured(), lane, "").out()).as("still").contains("stop mark FOREIGN_WRITER");

        Said yes = position(KafkaJars.configured(), lane, "yes\n", "--set-offset", "10");

        assertThat(yes.code()).as(yes.toString()).isZero();
        lane.restart();
        lane.awaitWritten(offsets(0, 10), List.of(-1), offsets(10, 15));
        lane.requireRunning();
        lane.delete();
    }

    /** What {@code PATCH …/offsets} does on a stopped connector. */
    @Test
    void itSetsAStoppedConnectorBackInTheStreamAndInTheGroupWithTheOldestClient() throws Exception {
        SingleLane lane = SingleLane.of(cluster, "set-back", 10).start();
        lane.awaitWritten(offsets(0, 10));
        lane.awaitCommitted(10);
        lane.stop();

        Said said = position(KafkaJars.oldest(), lane, "", "--set-offset", "4", "--yes");

        assertThat(said.code()).as(said.toString()).isZero();
        assertThat(said.out()).contains("offsets 4 to 9 are in the stream already and are written again");
        assertThat(lane.committedAsShown()).isEqualTo(4);
        lane.resume();
        lane.awaitWritten(offsets(0, 10), offsets(4, 10));
        lane.delete();
    }

    @Test
    void itSettlesAPositionThatTheStreamDoesNotKnowAnyMore() throws Exception {
        SingleLane lane = SingleLane.of(cluster, "settled", 10)
                .with("checkpoint.idle.ms", "0")
                .start();
        lane.awaitWritten(offsets(0, 10));
        lane.awaitCommitted(10);
        lane.stop();
        reader.fence(lane.stream(), "by-hand");
        lane.trimEverything();
        lane.resume();
        lane.awaitStopped("WATERMARK_UNKNOWN");
        assertThat(position(KafkaJars.configured(), lane, "").out()).contains("stops with WATERMARK_UNKNOWN");

        assertThat(position(KafkaJars.configured(), lane, "", "--set-offset", "10", "--yes")
                        .code())
                .isZero();

        lane.restart();
        lane.produce(3);
        lane.awaitWritten(offsets(10, 13));
        lane.delete();
    }

    @Test
    void itClearsAStopMarkAsS2sOwnCommandLineDoes() throws Exception {
        SingleLane lane = SingleLane.of(cluster, "cleared", 10).start();
        lane.awaitWritten(offsets(0, 10));
        reader.fence(lane.stream(), "");
        lane.produce(5);
        lane.awaitStopped("STREAM_RESET");

        Said cleared = position(KafkaJars.configured(), lane, "", "--clear", "--yes");

        assertThat(cleared.code()).as(cleared.toString()).isZero();
        assertThat(cleared.out()).contains("goes on behind offset 9");
        lane.restart();
        lane.awaitWritten(offsets(0, 15));
        lane.delete();
    }

    @Test
    void aStreamThatIsNotThereIsNotMadeByLooking() throws Exception {
        SingleLane lane = SingleLane.of(cluster, "not-there", 1);

        Said said = position(KafkaJars.configured(), lane, "", "--set-offset", "4", "--yes");

        assertThat(said.code()).as(said.toString()).isEqualTo(2);
        assertThat(said.err()).contains("'" + lane.stream() + "' does not exist");
        assertThat(reader.streams(lane.stream())).isEmpty();
    }

    /** As docs/position.md says: the offset goes into Connect's topic, while no connector of that name is there. */
    @Test
    void aSourcesPositionIsSetInConnectsTopic() throws Exception {
        SourceLane lane = SourceLane.of(cluster, "set-by-topic", 10).start();
        lane.awaitRead(SourceLane.range(0, 10));
        lane.awaitStored(10);
        lane.delete();

        String key = "[\"" + lane.name() + "\",{\"stream\":\"" + Cluster.BASIN + "/" + lane.stream() + "\"}]";
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(
                            "shared-offsets", key.getBytes(UTF_8), "{\"seq_num\":4}".getBytes(UTF_8)))
                    .get();
        }

        lane.start();
        lane.awaitRead(SourceLane.concat(SourceLane.range(0, 10), SourceLane.range(4, 10)));
        lane.delete();
    }

    private record Said(int code, String out, String err) {}

    private Said position(KafkaJars kafka, SingleLane lane, String answer, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "bash",
                script().toString(),
                "--basin",
                Cluster.BASIN,
                "--account-endpoint",
                cluster.s2().accountEndpoint(),
                "--basin-endpoint",
                cluster.s2().basinEndpoint(),
                "--topic",
                lane.topic(),
                "--partition",
                "0",
                "--bootstrap-servers",
                cluster.bootstrapServers(),
                "--connector",
                lane.name()));
        command.addAll(List.of(options));
        Path errors = Files.createTempFile(cluster.output(), "position", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("S2_ACCESS_TOKEN", Cluster.TOKEN);
        builder.environment().put("KAFKA_LIBS", kafka.libs().toString());
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(answer.getBytes(UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        int code = process.waitFor();
        String err = Files.readString(errors);
        assertThat(out + err).doesNotContain(Cluster.TOKEN);
        Cluster.say("position " + String.join(" ", options) + " of " + lane.name() + " ended with " + code + ":\n" + out
                + err);
        return new Said(code, out, err);
    }

    private Path script() throws IOException {
        try (Stream<Path> folders = Files.list(cluster.plugins())) {
            return folders.map(folder -> folder.resolve("bin/position"))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
