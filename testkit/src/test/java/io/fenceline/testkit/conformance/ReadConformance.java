package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads in one call: where they start, what ends them, and what is said at the tail. */
@Timeout(60)
abstract class ReadConformance extends Conformance {

    ReadConformance(Target target) {
        super(target);
    }

    /** Five records "b0" to "b4" at 1000, 1010, … 1040; each is metered with ten bytes. */
    private String fiveRecords() {
        String stream = createStream();
        for (int i = 0; i < 5; i++) {
            appendAt(stream, "b" + i, 1000 + i * 10L).is(200);
        }
        return stream;
    }

    @Test
    void startsAtAPosition() {
        String stream = fiveRecords();
        assertThat(read(stream, "seq_num=0").bodies()).containsExactly("b0", "b1", "b2", "b3", "b4");
        assertThat(read(stream, "seq_num=3").bodies()).containsExactly("b3", "b4");
        assertThat(read(stream, "seq_num=3&unknown=1").bodies()).hasSize(2);
        read(stream, "seq_num=4").isJson(200, """
                {"records":[{"seq_num":4,"timestamp":1040,"body":"b4"}]}""");
    }

    @Test
    void startsAtATimestamp() {
        String stream = fiveRecords();
        assertThat(read(stream, "timestamp=1015").bodies()).containsExactly("b2", "b3", "b4");
        assertThat(read(stream, "timestamp=1040").bodies()).containsExactly("b4");
        read(stream, "timestamp=1041").is(416);
        read(stream, "timestamp=1041&clamp=true").is(416);
        read(stream, "timestamp=1041&clamp=true&wait=1").isJson(200, "{\"records\":[]}");
    }

    @Test
    void startsBeforeTheTail() {
        String stream = fiveRecords();
        assertThat(read(stream, "tail_offset=2").bodies()).containsExactly("b3", "b4");
        assertThat(read(stream, "tail_offset=20").bodies()).hasSize(5);
        assertThat(read(stream, "tail_offset=18446744073709551615").bodies()).hasSize(5);
        read(stream, "tail_offset=0").is(416);
        // the tail is where a read starts that says nothing
        read(stream, "count=1").is(416);
    }

    @Test
    void endsAtItsLimits() {
        String stream = fiveRecords();
        assertThat(read(stream, "seq_num=1&count=2").bodies()).containsExactly("b1", "b2");
        assertThat(read(stream, "seq_num=0&bytes=25").bodies()).containsExactly("b0", "b1");
        assertThat(read(stream, "seq_num=0&bytes=30").bodies()).hasSize(3);
        assertThat(read(stream, "seq_num=0&until=1020").bodies()).containsExactly("b0", "b1");
        read(stream, "seq_num=3&until=1020").isJson(200, "{\"records\":[]}");
        read(stream, "seq_num=0&count=0").isJson(200, "{\"records\":[]}");
        read(stream, "seq_num=0&bytes=0").isJson(200, "{\"records\":[]}");
        read(stream, "seq_num=0&bytes=5").isJson(200, "{\"records\":[]}");
    }

    @Test
    void refusesWhatContradictsItself() {
        String stream = fiveRecords();
        read(stream, "seq_num=1&timestamp=3").isError(422, "invalid");
        read(stream, "timestamp=1020&until=1020").isError(422, "invalid");
        read(stream, "timestamp=1030&until=1020").isError(422, "invalid");
        read(stream, "seq_num=x").isError(400, "bad_query");
        read(stream, "seq_num=-1").isError(400, "bad_query");
        read(stream, "seq_num=18446744073709551616").isError(400, "bad_query");
        read(stream, "seq_num=0&clamp=1").isError(400, "bad_query");
        get(records(stream) + "?seq_num=0", "s2-format", "bogus").isError(400, "bad_header");
    }

    @Test
    void saysWhereTheTailIsWhenThereIsNothingToRead() {
        String stream = fiveRecords();
        String tail = "{\"tail\":{\"seq_num\":5,\"timestamp\":1040}}";
        read(stream, "seq_num=5").isJson(416, tail);
        read(stream, "seq_num=6").isJson(416, tail);
        read(stream, "seq_num=6&wait=1").isJson(416, tail);
        read(stream, "seq_num=6&clamp=true").isJson(416, tail);
        read(stream, "seq_num=18446744073709551615").isJson(416, tail);
        read(createStream(), "seq_num=0").isJson(416, "{\"tail\":{\"seq_num\":0,\"timestamp\":0}}");
    }

    @Test
    void waitsAtTheTailIfToldTo() {
        String stream = fiveRecords();
        long start = System.nanoTime();
        read(stream, "seq_num=5&wait=1").isJson(200, "{\"records\":[]}");
        assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
        // what is there is not waited for
        start = System.nanoTime();
        assertThat(read(stream, "seq_num=4&wait=10").bodies()).containsExactly("b4");
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }

    @Test
    void answersAWaitingReadWithTheNextBatchAndTheTail() {
        String stream = fiveRecords();
        CompletableFuture<HttpAnswer> waiting = CompletableFuture.supplyAsync(() -> read(stream, "seq_num=5&wait=15"));
        long end = 5;
        while (!waiting.isDone()) {
            end = append(stream, "b5", "b6").seqNum("end");
            io.fenceline.testkit.Await.sleep(java.time.Duration.ofMillis(200));
        }
        HttpAnswer answer = waiting.join();
        assertThat(answer.bodies()).contains("b5", "b6");
        assertThat(answer.json().get("records").get(0).get("seq_num").asLong()).isEqualTo(5);
        assertThat(end).isGreaterThanOrEqualTo(7);
    }

    @Test
    void returnsAThousandRecordsAtMost() {
        String stream = createStream();
        call("POST", records(stream), batch(Collections.nCopies(1000, "a").toArray()))
                .is(200);
        append(stream, "b").is(200);
        assertThat(read(stream, "seq_num=0").bodies()).hasSize(1000);
        assertThat(read(stream, "seq_num=0&count=5000").bodies()).hasSize(1000);
        assertThat(read(stream, "seq_num=1").bodies()).hasSize(1000).endsWith("b");
    }

    @Test
    void returnsAMebibyteAtMost() {
        String stream = createStream();
        append(stream, "a".repeat((1 << 20) - 8 - 10)).is(200);
        append(stream, "bb").is(200);
        append(stream, "c").is(200);
        assertThat(read(stream, "seq_num=0").bodies()).hasSize(2);
        assertThat(read(stream, "seq_num=0&bytes=5000000").bodies()).hasSize(2);
    }

    @Test
    void compressesLongAnswersIfAsked() throws Exception {
        String stream = createStream();
        append(stream, "a".repeat(5000)).is(200);
        HttpAnswer answer = read(stream, "seq_num=0", "accept-encoding", "gzip").is(200);
        assertThat(answer.header("content-encoding")).isEqualTo("gzip");
        byte[] plain =
                new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(answer.body())).readAllBytes();
        assertThat(JSON.readTree(plain).get("records").get(0).get("body").asText())
                .hasSize(5000);
    }
}
