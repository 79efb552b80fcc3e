package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads that go on, as S2S frames and as server-sent events. */
@Timeout(60)
abstract class ReadSessionConformance extends Conformance {

    private static final String[] FRAMES = {"content-type", "s2s/proto", "accept-encoding", "identity"};
    private static final String[] EVENTS = {"accept", "text/event-stream"};

    ReadSessionConformance(Target target) {
        super(target);
    }

    private StreamedRead frames(String stream, String query) {
        HttpResponse<InputStream> response = open(records(stream) + "?" + query, FRAMES);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("s2s/proto");
        return new StreamedRead(response.body());
    }

    private StreamedRead events(String stream, String query) {
        HttpResponse<InputStream> response = open(records(stream) + "?" + query, EVENTS);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
        assertThat(response.headers().firstValue("cache-control")).hasValue("no-cache, no-transform");
        return new StreamedRead(response.body());
    }

    private static List<String> bodies(ReadBatch batch) {
        List<String> bodies = new ArrayList<>();
        for (SequencedRecord record : batch.records()) {
            bodies.add(new String(record.body(), StandardCharsets.UTF_8));
        }
        return bodies;
    }

    @Test
    void catchesUpThenSaysWhereTheTailIsThenFollows() throws IOException {
        String stream = createStream();
        append(stream, "a", "b").is(200);
        try (StreamedRead read = frames(stream, "seq_num=0")) {
            ReadBatch old = read.batch();
            assertThat(bodies(old)).containsExactly("a", "b");
            assertThat(old.tail()).isNull();
            assertThat(read.heartbeat()).isEqualTo(2);

            append(stream, "c", "d").is(200);
            ReadBatch next = read.batch();
            assertThat(bodies(next)).containsExactly("c", "d");
            assertThat(next.tail()).isNotNull();
            assertThat(next.tail().seqNum()).isEqualTo(4);

            append(stream, "e").is(200);
            assertThat(bodies(read.batch())).containsExactly("e");
        }
    }

    @Test
    void startsAtTheTailIfNothingIsSaid() throws IOException {
        String stream = createStream();
        append(stream, "old").is(200);
        try (StreamedRead read = frames(stream, "")) {
            assertThat(read.heartbeat()).isEqualTo(1);
            append(stream, "new").is(200);
            assertThat(bodies(read.batch())).containsExactly("new");
        }
        try (StreamedRead read = frames(stream, "seq_num=99&clamp=true")) {
            assertThat(read.heartbeat()).isEqualTo(2);
        }
    }

    @Test
    void beatsWhileNothingComes() throws IOException {
        String stream = createStream();
        try (StreamedRead read = frames(stream, "seq_num=0")) {
            assertThat(read.heartbeat()).isZero();
            long start = System.nanoTime();
            assertThat(read.heartbeat()).isZero();
            assertThat((System.nanoTime() - start) / 1e9).isBetween(4.0, 18.0);
        }
    }

    @Test
    void endsAtTheTailIfItShallNotWait() throws IOException {
        String stream = createStream();
        try (StreamedRead read = frames(stream, "seq_num=0&wait=0")) {
            read.assertEnded();
        }
        append(stream, "a").is(200);
        try (StreamedRead read = frames(stream, "seq_num=0&wait=0")) {
            assertThat(bodies(read.batch())).containsExactly("a");
            read.assertEnded();
        }
    }

    @Test
    void endsAtItsLimits() throws IOException {
        String stream = createStream();
        append(stream, "aa", "bb", "cc").is(200);
        try (StreamedRead read = frames(stream, "seq_num=0&count=2")) {
            assertThat(bodies(read.batch())).containsExactly("aa", "bb");
            read.assertEnded();
        }
        try (StreamedRead read = frames(stream, "seq_num=0&bytes=25")) {
            assertThat(bodies(read.batch())).containsExactly("aa", "bb");
            read.assertEnded();
        }
        // bounded and not allowed to wait: the tail is the end
        try (StreamedRead read = frames(stream, "seq_num=0&count=9")) {
            assertThat(bodies(read.batch())).hasSize(3);
            read.assertEnded();
        }
        // bounded, and a second of patience
        try (StreamedRead read = frames(stream, "seq_num=0&count=4&wait=10")) {
            assertThat(bodies(read.batch())).hasSize(3);
            read.heartbeat();
            append(stream, "dd", "ee").is(200);
            assertThat(bodies(read.batch())).containsExactly("dd");
            read.assertEnded();
        }
        try (StreamedRead read = frames(stream, "seq_num=5&wait=1")) {
            read.heartbeat();
            read.assertEnded();
        }
    }

    @Test
    void deliversEverythingInBatchesOfAThousandRecordsAndAMebibyteAtMost() throws IOException {
        String stream = createStream();
        for (int i = 0; i < 3; i++) {
            call("POST", records(stream), batch(Collections.nCopies(1000, "r").toArray()))
                    .is(200);
        }
        for (int i = 0; i < 4; i++) {
            append(stream, "x".repeat(700_000)).is(200);
        }
        long next = 0;
        try (StreamedRead read = frames(stream, "seq_num=0&wait=0")) {
            while (next < 3004) {
                ReadBatch batch = read.batch();
                assertThat(batch.records()).hasSizeBetween(1, 1000);
                assertThat(batch.records().stream()
                                .mapToInt(record -> record.body().length)
                                .sum())
                        .isLessThan(1 << 20);
                for (SequencedRecord record : batch.records()) {
                    assertThat(record.seqNum()).isEqualTo(next++);
                }
            }
            read.assertEnded();
        }
    }

    @Test
    void refusesBeforeTheFirstFrame() {
        String stream = createStream();
        get(records(stream) + "?seq_num=1", FRAMES).isJson(416, "{\"tail\":{\"seq_num\":0,\"timestamp\":0}}");
        get(records(stream) + "?seq_num=0&count=5", FRAMES).is(416);
        get(records("missing"), FRAMES).isError(404, "stream_not_found");
        get(records(stream) + "?seq_num=1", EVENTS).is(416);
        get(records(stream) + "?seq_num=0", "accept", "text/event-stream", "last-event-id", "x")
                .isError(400, "bad_header");
    }

    @Test
    void compressesFramesIfTheClientTakesIt() throws IOException {
        String stream = createStream();
        append(stream, "x".repeat(5000)).is(200);
        HttpResponse<InputStream> response =
                open(records(stream) + "?seq_num=0&wait=0", "content-type", "s2s/proto", "accept-encoding", "gzip");
        try (StreamedRead read = new StreamedRead(response.body())) {
            RawSession.Frame frame = read.frame();
            assertThat(frame.flags()).isEqualTo(RawSession.GZIP);
            assertThat(frame.payload()).hasSizeLessThan(1000);
            read.assertEnded();
        }
    }

    @Test
    void passesOverWhatIsTrimmed() throws IOException {
        String stream = createStream();
        append(stream, "a", "b", "c").is(200);
        trim(stream, 2).is(200);
        io.fenceline.testkit.Await.until(
                "the trim is done",
                java.time.Duration.ofSeconds(20),
                () -> read(stream, "seq_num=0").bodies().size() == 2);
        try (StreamedRead read = frames(stream, "seq_num=0&wait=0")) {
            ReadBatch batch = read.batch();
            assertThat(batch.records().get(0).seqNum()).isEqualTo(2);
            // the trim itself is a record
            assertThat(batch.records().get(1).isCommand()).isTrue();
        }
    }

    @Test
    void seesAStreamsLastTrimAndThenItsEnd() throws IOException {
        String stream = createStream();
        append(stream, "a").is(200);
        try (StreamedRead read = frames(stream, "seq_num=0")) {
            assertThat(bodies(read.batch())).containsExactly("a");
            read.heartbeat();
            call("DELETE", path(stream), null).is(202);
            ReadBatch last = read.batch();
            assertThat(last.records()).hasSize(1);
            assertThat(last.records().get(0).seqNum()).isEqualTo(1);
            assertThat(last.records().get(0).isCommand()).isTrue();
            assertThat(last.records().get(0).body()).containsOnly(-1).hasSize(8);
            assertThat(read.terminal(503).get("code").asText()).isEqualTo("unavailable");
            read.assertEnded();
        }
    }

    @Test
    void endsWithATerminalFrameIfTheKeyIsWrong() throws IOException {
        String basin = unique("cipher-basin-");
        call("PUT", "/v1/basins/" + basin, json("{'config':{'stream_cipher':'aes-256-gcm'}}"))
                .is(201);
        call("PUT", path("e"), null, "s2-basin", basin).is(201);
        String key = Base64.getEncoder().encodeToString("k".repeat(32).getBytes());
        String other = Base64.getEncoder().encodeToString("o".repeat(32).getBytes());
        call("POST", records("e"), batch("x"), "s2-basin", basin, "s2-encryption-key", key)
                .is(200);
        HttpResponse<InputStream> response = open(
                records("e") + "?seq_num=0",
                "content-type",
                "s2s/proto",
                "s2-basin",
                basin,
                "s2-encryption-key",
                other);
        try (StreamedRead read = new StreamedRead(response.body())) {
            assertThat(read.terminal(400).get("code").asText()).isEqualTo("decryption_failed");
            read.assertEnded();
        }
    }

    @Test
    void tellsEventsApart() throws IOException {
        String stream = createStream();
        appendAt(stream, "b0", 1000).is(200);
        appendAt(stream, "b1", 1010).is(200);
        try (StreamedRead read = events(stream, "seq_num=0&wait=1")) {
            Map<String, String> batch = read.event();
            assertThat(batch).containsEntry("event", "batch").containsEntry("id", "1,2,20");
            assertThat(JSON.readTree(batch.get("data"))).isEqualTo(json("""
                    {"records":[{"seq_num":0,"timestamp":1000,"body":"b0"},
                     {"seq_num":1,"timestamp":1010,"body":"b1"}]}"""));
            Map<String, String> ping = read.event();
            assertThat(ping).containsEntry("event", "ping").doesNotContainKey("id");
            assertThat(JSON.readTree(ping.get("data")).get("tail")).isEqualTo(json("{'seq_num':2,'timestamp':1010}"));
            assertThat(JSON.readTree(ping.get("data")).get("timestamp").asLong())
                    .isPositive();
            assertThat(read.event()).containsExactly(Map.entry("data", "[DONE]"));
            read.assertEnded();
        }
    }

    @Test
    void followsWithEvents() throws IOException {
        String stream = createStream();
        try (StreamedRead read = events(stream, "seq_num=0")) {
            assertThat(read.event()).containsEntry("event", "ping");
            append(stream, "a").is(200);
            Map<String, String> batch = read.event();
            assertThat(batch).containsEntry("event", "batch").containsEntry("id", "0,1,9");
            assertThat(JSON.readTree(batch.get("data"))
                            .get("tail")
                            .get("seq_num")
                            .asLong())
                    .isEqualTo(1);
        }
    }

    @Test
    void goesOnBehindTheLastEvent() throws IOException {
        String stream = createStream();
        append(stream, "b0", "b1", "b2", "b3").is(200);
        HttpResponse<InputStream> response =
                open(records(stream) + "?seq_num=0&count=3", "accept", "text/event-stream", "last-event-id", "0,1,10");
        try (StreamedRead read = new StreamedRead(response.body())) {
            Map<String, String> batch = read.event();
            // counters go on, and so does the limit
            assertThat(batch).containsEntry("id", "2,3,30");
            assertThat(JSON.readTree(batch.get("data")).get("records")).hasSize(2);
            assertThat(read.event()).containsEntry("data", "[DONE]");
        }
        try (StreamedRead read = new StreamedRead(
                open(records(stream) + "?seq_num=3&count=1", "accept", "text/event-stream", "s2-format", "base64")
                        .body())) {
            assertThat(JSON.readTree(read.event().get("data"))
                            .get("records")
                            .get(0)
                            .get("body")
                            .asText())
                    .isEqualTo("YjM=");
        }
    }
}
