package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.Compression;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.ExchangeEvents.Acked;
import io.fenceline.testkit.ExchangeEvents.Ended;
import io.fenceline.testkit.ExchangeEvents.Established;
import io.fenceline.testkit.ExchangeEvents.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an append exchange does with any server that speaks the protocol; one subclass per server. */
@Timeout(60)
abstract class AppendExchangeContract {

    private static final AtomicInteger STREAMS = new AtomicInteger();

    private final String stream = "exchange/" + getClass().getSimpleName() + "/" + STREAMS.incrementAndGet();
    private final ExchangeEvents events = new ExchangeEvents();
    private S2Client client;

    abstract S2ClientConfig config();

    @BeforeEach
    void connect() {
        client = new S2Client(config());
        client.createStream(stream).join();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void acksBatchesInTheOrderTheyWereSent() {
        AppendExchange exchange = client.openAppend(stream, events);
        for (int i = 0; i < 200; i++) {
            exchange.send(Batches.at(i * 2, "a" + i, "b" + i));
        }
        exchange.end();

        events.next(Established.class);
        for (int i = 0; i < 200; i++) {
            Acked acked = events.next(Acked.class);
            assertThat(acked.ack().start().seqNum()).isEqualTo(i * 2);
            assertThat(acked.ack().end().seqNum()).isEqualTo(i * 2 + 2);
            assertThat(acked.ack().recordCount()).isEqualTo(2);
            assertThat(acked.reconnectAdvised()).isFalse();
        }
        events.next(Ended.class);
        assertThat(bodies(0, 400)).hasSize(400).startsWith("a0", "b0", "a1").endsWith("a199", "b199");
    }

    @Test
    void isEstablishedBeforeAnythingIsSent() {
        AppendExchange exchange = client.openAppend(stream, events);
        events.next(Established.class);
        exchange.send(Batches.at(0, "late"));
        assertThat(events.nextAck()).isZero();
        exchange.end();
        events.next(Ended.class);
    }

    @Test
    void endsCleanlyWithoutABatch() {
        AppendExchange exchange = client.openAppend(stream, events);
        exchange.end();
        events.next(Established.class);
        events.next(Ended.class);
    }

    @Test
    void drainsWhatWasSentBeforeTheEnd() {
        AppendExchange exchange = client.openAppend(stream, events);
        for (int i = 0; i < 20; i++) {
            exchange.send(Batches.largestAt(i));
        }
        exchange.end();
        events.next(Established.class);
        for (int i = 0; i < 20; i++) {
            assertThat(events.nextAck()).isEqualTo(i);
        }
        events.next(Ended.class);
    }

    @Test
    void reportsAFailedPositionBehindTheAcksOfEarlierBatches() {
        AppendExchange exchange = client.openAppend(stream, events);
        exchange.send(Batches.at(0, "first"));
        exchange.send(Batches.at(7, "wrong"));
        exchange.send(Batches.at(1, "poisoned"));

        events.next(Established.class);
        assertThat(events.nextAck()).isZero();
        assertThat(events.next(Rejected.class).error()).isEqualTo(ServerError.seqNumMismatch(1));
        events.assertNothingFor(100);
        assertThat(client.checkTail(stream).join().seqNum()).isEqualTo(1);
    }

    @Test
    void losesNoRejectionWhileItIsStillWriting() {
        for (int round = 0; round < 10; round++) {
            ExchangeEvents mine = new ExchangeEvents();
            AppendExchange exchange = client.openAppend(stream, mine);
            exchange.send(Batches.at(1_000_000, "wrong"));
            for (int i = 0; i < 10; i++) {
                exchange.send(Batches.largestAt(1_000_001 + i));
            }
            assertThat(mine.nextAfterOpening(Rejected.class).error()).isEqualTo(ServerError.seqNumMismatch(0));
        }
    }

    @Test
    void reportsATokenThatIsNotInForce() {
        FencingToken token = new FencingToken("owner");
        client.append(stream, AppendBatch.fence(token, 0).freeze(OptionalLong.of(0), FencingToken.NONE))
                .join();
        AppendExchange exchange = client.openAppend(stream, events);
        exchange.send(Batches.frozen(OptionalLong.of(1), token, "mine"));
        exchange.send(Batches.frozen(OptionalLong.of(2), new FencingToken("other"), "theirs"));

        events.next(Established.class);
        assertThat(events.nextAck()).isEqualTo(1);
        assertThat(events.next(Rejected.class).error()).isEqualTo(ServerError.tokenMismatch(token));
    }

    @Test
    void takesAnEmptyTokenAndPositionZeroForConditions() {
        AppendExchange exchange = client.openAppend(stream, events);
        exchange.send(Batches.frozen(OptionalLong.of(0), FencingToken.NONE, "first"));
        exchange.send(Batches.frozen(OptionalLong.of(0), FencingToken.NONE, "again"));

        events.next(Established.class);
        assertThat(events.nextAck()).isZero();
        assertThat(events.next(Rejected.class).error()).isEqualTo(ServerError.seqNumMismatch(1));
    }

    @Test
    void reportsAMissingStreamAsAnErrorOfTheService() {
        AppendExchange exchange = client.openAppend(stream + "/missing", events);
        exchange.send(Batches.at(0, "lost"));

        ServerError error = events.next(Rejected.class).error();
        assertThat(error.status()).isEqualTo(404);
        assertThat(error.code()).isEqualTo("stream_not_found");
        assertThat(error.noSideEffects()).isTrue();
    }

    @Test
    void saysNothingMoreOnceAborted() {
        AppendExchange exchange = client.openAppend(stream, events);
        exchange.send(Batches.at(0, "a"));
        events.next(Established.class);
        assertThat(events.nextAck()).isZero();
        exchange.abort();
        exchange.abort();
        exchange.send(Batches.at(1, "b"));
        exchange.end();
        events.assertNothingFor(200);

        AppendExchange early = client.openAppend(stream, events);
        early.abort();
        events.assertNothingFor(200);
    }

    @Test
    void carriesManyExchangesAtOnce() {
        List<ExchangeEvents> all = new ArrayList<>();
        List<AppendExchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String name = stream + "/" + i;
            client.createStream(name).join();
            ExchangeEvents mine = new ExchangeEvents();
            all.add(mine);
            exchanges.add(client.openAppend(name, mine));
        }
        for (int batch = 0; batch < 5; batch++) {
            for (AppendExchange exchange : exchanges) {
                exchange.send(Batches.at(batch, "x".repeat(10_000)));
            }
        }
        exchanges.forEach(AppendExchange::end);
        for (ExchangeEvents mine : all) {
            mine.next(Established.class);
            for (int batch = 0; batch < 5; batch++) {
                assertThat(mine.nextAck()).isEqualTo(batch);
            }
            mine.next(Ended.class);
        }
    }

    @Test
    void compressesFramesIfTold() {
        try (S2Client compressing = new S2Client(config().withCompression(Compression.GZIP))) {
            AppendBatch large = Batches.at(0, "y".repeat(100_000));
            AppendExchange exchange = compressing.openAppend(stream, events);
            exchange.send(large);
            exchange.send(Batches.at(1, "small"));
            exchange.end();

            assertThat(large.isCompressed()).isTrue();
            events.next(Established.class);
            assertThat(events.nextAck()).isZero();
            assertThat(events.nextAck()).isEqualTo(1);
            events.next(Ended.class);
            assertThat(compressing
                            .append(stream, Batches.at(2, "z".repeat(5000)).gzip())
                            .join()
                            .start()
                            .seqNum())
                    .isEqualTo(2);
            assertThat(bodies(0, 3)).containsExactly("y".repeat(100_000), "small", "z".repeat(5000));
        }
    }

    @Test
    void takesTheLargestFrameTheProtocolAllows() {
        // tiny headers make the frame twice as large as what is metered
        io.fenceline.s2.wire.RecordDraft draft = new io.fenceline.s2.wire.RecordDraft();
        byte[] name = {'n'};
        byte[] value = {'v'};
        while (draft.encodedSize() < 2_097_000 - 60) {
            draft.header(name, value);
        }
        assertThat(draft.fitsInOneBatch()).isTrue();
        AppendBatch batch = new AppendBatch(1, AppendBatch.MAX_METERED_BYTES, 0);
        assertThat(batch.tryAdd(draft)).isTrue();
        AppendExchange exchange = client.openAppend(stream, events);
        exchange.send(batch.freeze(OptionalLong.of(0), FencingToken.NONE));

        events.next(Established.class);
        assertThat(events.nextAck()).isZero();
        exchange.abort();
    }

    private List<String> bodies(long from, int count) {
        List<String> found = new ArrayList<>();
        while (found.size() < count) {
            ReadBatch batch = client.read(stream, from + found.size(), count - found.size(), 1 << 20)
                    .join();
            batch.records().forEach(record -> found.add(Batches.text(record.body())));
        }
        assertThat(IntStream.range(0, found.size())).hasSize(count);
        return found;
    }
}
