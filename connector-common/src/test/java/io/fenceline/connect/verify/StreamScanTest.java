package io.fenceline.connect.verify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import io.fenceline.testkit.s2.Request;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamScanTest {

    private final ScriptedS2Server server = ScriptedS2Server.start();
    private final S2Client client = new S2Client(
            S2ClientConfig.forBasin("my-basin").withEndpoint(server.url().toString()));
    private final StreamScan reader = new StreamScan(client, "orders/3", note -> {});
    private final List<Long> seen = new ArrayList<>();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void shouldFindAStreamThatDoesNotExistEmptyAndNotCreateIt() {
        assertThat(reader.tail()).isZero();
        readTo(0);

        assertThat(seen).isEmpty();
        assertThat(client.streamInfo("orders/3").join()).isEmpty();
    }

    @Test
    void shouldHandOverEveryRecordOnceInOrderAcrossManyBatches() {
        server.createStream("orders/3");
        for (int batch = 0; batch < 5; batch++) {
            append(700);
        }

        assertThat(reader.tail()).isEqualTo(3500);
        readTo(3500);

        assertThat(seen).isEqualTo(LongStream.range(0, 3500).boxed().toList());
    }

    @Test
    void shouldStopAtTheTailFixedAtTheStart() {
        server.createStream("orders/3");
        append(10);
        long tail = reader.tail();
        append(10);

        readTo(tail);

        assertThat(seen).hasSize(10);
    }

    @Test
    void shouldReportPositionsThatAreGone() {
        server.createStream("orders/3");
        append(10);
        trimBelow(4);

        readTo(10);

        assertThat(seen).startsWith(-4L, 4L).endsWith(9L);
    }

    @Test
    void shouldReportThatEverythingIsGone() {
        server.createStream("orders/3");
        append(10);
        trimBelow(11);

        readTo(11);

        assertThat(seen).containsExactly(-11L);
    }

    @Test
    void shouldReportThatEverythingBelowTheTailIsGoneWhenThereIsMoreBehindIt() {
        server.createStream("orders/3");
        append(10);
        trimBelow(10);
        append(3);

        readTo(8);

        assertThat(seen).containsExactly(-8L);
    }

    @Test
    void shouldAskForFewerRecordsWhenNoAnswerCameAndForMoreAgainWhenOneDid() {
        server.createStream("orders/3");
        append(700);
        List<String> notes = new ArrayList<>();
        server.inject(new Fault.RefuseStream(), new Fault.RefuseStream());

        new StreamScan(client, "orders/3", notes::add).readTo(700, sink());

        assertThat(seen).isEqualTo(LongStream.range(0, 700).boxed().toList());
        assertThat(notes).hasSize(2).allSatisfy(note -> assertThat(note)
                .startsWith("reading stream 'orders/3' again: "));
        assertThat(server.requests().stream()
                        .map(Request::path)
                        .filter(path -> path.contains("count="))
                        .map(path -> path.replaceAll(".*&count=([0-9]+).*", "$1")))
                .containsExactly("1000", "125", "15", "30", "60", "120", "240", "480");
    }

    @Test
    void shouldEndWhenTheServerStaysSilent() {
        server.createStream("orders/3");
        append(1);
        S2ClientConfig hasty = S2ClientConfig.forBasin("my-basin")
                .withEndpoint(server.url().toString())
                .withTimeouts(Duration.ofSeconds(3), Duration.ofMillis(50));
        for (int attempt = 0; attempt < StreamScan.MAX_ATTEMPTS; attempt++) {
            server.inject(new Fault.Hang());
        }
        try (S2Client impatient = new S2Client(hasty)) {
            StreamScan silent = new StreamScan(impatient, "orders/3", note -> {});

            assertThatThrownBy(() -> silent.readTo(1, sink()))
                    .isInstanceOf(CompletionException.class)
                    .hasMessageContaining("no answer");
        }
    }

    @Test
    void shouldReadAgainWhatMayPassAndNothingElse() {
        server.createStream("orders/3");
        append(3);
        server.inject(new Fault.RejectRequest(ServerError.of(503, "unavailable", "later")));

        readTo(3);
        assertThat(seen).containsExactly(0L, 1L, 2L);

        server.inject(new Fault.RejectRequest(ServerError.of(403, "permission_denied", "no")));
        assertThatThrownBy(() -> readTo(3))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("403");
    }

    /** Positions handed over; for a hole minus the number of its positions. */
    private void readTo(long tail) {
        reader.readTo(tail, sink());
    }

    private StreamScan.Sink sink() {
        return new StreamScan.Sink() {
            @Override
            public void onRecord(SequencedRecord record) {
                seen.add(record.seqNum());
            }

            @Override
            public void onHole(long first, long positions) {
                assertThat(first).isEqualTo(seen.isEmpty() ? 0 : seen.get(seen.size() - 1) + 1);
                seen.add(-positions);
            }
        };
    }

    private void trimBelow(long seqNum) {
        Header trim = new Header(new byte[0], "trim".getBytes(UTF_8));
        byte[] body = ByteBuffer.allocate(Long.BYTES).putLong(seqNum).array();
        server.append("orders/3", new AppendRecord(0L, List.of(trim), body));
    }

    private void append(int records) {
        AppendBatch batch = new AppendBatch(1000, 1 << 20, 1024);
        RecordDraft draft = new RecordDraft();
        byte[] body = "body".getBytes(UTF_8);
        for (int i = 0; i < records; i++) {
            assertThat(batch.tryAdd(draft.reset().body(body, 0, body.length))).isTrue();
        }
        client.append("orders/3", batch.freeze(OptionalLong.empty(), null)).join();
    }
}
