package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fenceline.s2.NewStreamConfig;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StorageClass;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What unary calls do with any server that speaks the protocol; one subclass per server. */
@Timeout(60)
abstract class S2ClientContract {

    private static final AtomicInteger STREAMS = new AtomicInteger();

    private final String stream = "client/" + getClass().getSimpleName() + "/" + STREAMS.incrementAndGet() + "/ä %";
    private S2Client client;

    abstract S2ClientConfig config();

    @BeforeEach
    void connect() {
        client = new S2Client(config());
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void createsAStreamOnceAndLeavesAnExistingOneAlone() {
        assertThat(client.createStream(stream).join()).isTrue();
        client.append(stream, Batches.at(0, "kept")).join();
        assertThat(client.createStream(stream).join()).isFalse();
        assertThat(client.checkTail(stream).join().seqNum()).isEqualTo(1);
    }

    @Test
    void createsAStreamWithSettingsAndLeavesThoseOfAnExistingOneAlone() {
        assertThat(client.createStream(stream, new NewStreamConfig(StorageClass.STANDARD, 86_400L, 3_600L))
                        .join())
                .isTrue();
        assertThat(client.createStream(stream, new NewStreamConfig(StorageClass.EXPRESS, 0L, 7_200L))
                        .join())
                .isFalse();
        StreamConfig config = client.streamConfig(stream).join();
        assertThat(config.retentionAgeSeconds()).isEqualTo(86_400L);
        assertThat(config.deleteOnEmptyMinAgeSecs()).isEqualTo(3_600L);

        client.createStream(stream + "/for-ever", new NewStreamConfig(null, 0L, null))
                .join();
        StreamConfig forEver = client.streamConfig(stream + "/for-ever").join();
        assertThat(forEver.retentionAgeSeconds()).isNull();
        assertThat(forEver.deleteOnEmptyMinAgeSecs()).isNull();
    }

    @Test
    void readsBackWhatItAppended() {
        client.createStream(stream).join();
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 0);
        byte[] bytes = {0, -1, 127, -128};
        RecordDraft draft = new RecordDraft().timestamp(5).header(bytes, bytes).header(bytes, new byte[0]);
        batch.tryAdd(draft.body(bytes, 0, 4));
        batch.tryAdd(draft.reset().timestamp(6));
        AppendAck ack =
                client.append(stream, batch.freeze(OptionalLong.of(0), null)).join();

        assertThat(ack)
                .isEqualTo(new AppendAck(new StreamPosition(0, 5), new StreamPosition(2, 6), new StreamPosition(2, 6)));
        ReadBatch read = client.read(stream, 0, 10, 1000).join();
        assertThat(read.records())
                .containsExactly(
                        new SequencedRecord(
                                0, 5, List.of(new Header(bytes, bytes), new Header(bytes, new byte[0])), bytes),
                        new SequencedRecord(1, 6, List.of(), new byte[0]));
        assertThat(client.checkTail(stream).join()).isEqualTo(new StreamPosition(2, 6));
    }

    @Test
    void boundsReadsByCountAndBytes() {
        client.createStream(stream).join();
        client.append(stream, Batches.at(0, "aaaa", "bbbb", "cccc")).join();

        assertThat(client.read(stream, 0, 2, 1000).join().records()).hasSize(2);
        assertThat(client.read(stream, 1, 10, 24).join().records()).hasSize(2);
        assertThat(client.read(stream, 2, 10, 1000).join().records()).hasSize(1);
    }

    @Test
    void saysWhereTheTailIsWhenThereIsNothingToRead() {
        client.createStream(stream).join();
        assertThat(serverError(client.read(stream, 0, 1, 1)).tail()).isEqualTo(new StreamPosition(0, 0));
        client.append(stream, Batches.at(0, "a")).join();

        ServerError error = serverError(client.read(stream, 9, 1, 1000));
        assertThat(error.status()).isEqualTo(416);
        assertThat(error.tail()).isEqualTo(new StreamPosition(1, 1));
    }

    @Test
    void readsAFullBatch() {
        client.createStream(stream).join();
        client.append(stream, Batches.largestAt(0)).join();
        assertThat(client.read(stream, 0, 1000, 1 << 20).join().records().get(0).body())
                .hasSize(AppendBatch.MAX_METERED_BYTES - 8);
    }

    @Test
    void takesOverWithAFence() {
        client.createStream(stream).join();
        FencingToken first = new FencingToken("first");
        FencingToken second = new FencingToken("second");
        client.append(stream, AppendBatch.fence(first, 0).freeze(OptionalLong.empty(), FencingToken.NONE))
                .join();

        assertThat(serverError(client.append(
                                stream, AppendBatch.fence(second, 0).freeze(OptionalLong.empty(), FencingToken.NONE)))
                        .tokenMismatch())
                .isEqualTo(first);
        AppendAck ack = client.append(stream, AppendBatch.fence(second, 0).freeze(OptionalLong.empty(), first))
                .join();
        assertThat(ack.start().seqNum()).isEqualTo(1);
        assertThat(client.read(stream, 1, 1, 1000).join().records().get(0).isCommand())
                .isTrue();
        assertThat(serverError(client.append(stream, Batches.frozen(OptionalLong.of(7), second, "x")))
                        .seqNumMismatch())
                .isEqualTo(2L);
    }

    @Test
    void reportsAMissingStream() {
        for (CompletableFuture<?> call : List.of(
                client.checkTail(stream),
                client.read(stream, 0, 1, 1),
                client.append(stream, Batches.at(0, "x")),
                client.streamConfig(stream))) {
            ServerError error = serverError(call);
            assertThat(error.status()).isEqualTo(404);
            assertThat(error.code()).isEqualTo("stream_not_found");
        }
        assertThat(client.streamInfo(stream).join()).isEmpty();
    }

    @Test
    void describesAStream() {
        Instant before = Instant.now().minus(Duration.ofSeconds(5));
        client.createStream(stream).join();
        client.createStream(stream + "/longer").join();

        StreamInfo info = client.streamInfo(stream).join().orElseThrow();
        assertThat(info.name()).isEqualTo(stream);
        assertThat(info.createdAt()).isBetween(before, Instant.now().plusSeconds(5));
        assertThat(info.deletedAt()).isNull();
        assertThat(client.streamConfig(stream).join()).isEqualTo(new StreamConfig(604_800L, "client-prefer", null));
    }

    @Test
    void reachesTheBasin() {
        client.ping().join();
        assertThat(client.describeTarget()).contains(config().basin()).contains("http://");
    }

    @Test
    void carriesHundredsOfCallsAtOnce() {
        client.createStream(stream).join();
        List<CompletableFuture<AppendAck>> appends = IntStream.range(0, 200)
                .mapToObj(i -> client.append(stream, Batches.frozen(OptionalLong.empty(), null, "x" + i)))
                .toList();
        assertThat(appends.stream().map(CompletableFuture::join).map(ack -> ack.start()
                        .seqNum()))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 200).mapToObj(i -> (long) i).toList());
        List<CompletableFuture<StreamPosition>> tails =
                IntStream.range(0, 200).mapToObj(i -> client.checkTail(stream)).toList();
        assertThat(tails.stream().map(CompletableFuture::join)).allMatch(tail -> tail.seqNum() == 200);
    }

    static ServerError serverError(CompletableFuture<?> call) {
        ServerError error = failure(call).serverError();
        assertThat(error).isNotNull();
        return error;
    }

    static S2Exception failure(CompletableFuture<?> call) {
        Throwable failure = catchThrowable(call::join);
        assertThat(failure).isInstanceOf(CompletionException.class).hasCauseInstanceOf(S2Exception.class);
        return (S2Exception) failure.getCause();
    }
}
