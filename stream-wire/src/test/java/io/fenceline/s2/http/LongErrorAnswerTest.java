package io.fenceline.s2.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.s2.http.RawHttp2Peer.Client;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Refusals whose text is long, or never ends. The refusal counts, as soon as enough of it is there. */
@Timeout(60)
class LongErrorAnswerTest {

    private static final Duration LONGER_THAN_THE_TEST = Duration.ofMinutes(5);
    private static final byte[] BEGINNING = "{\"code\":\"permission_denied\",\"message\":\"".getBytes(US_ASCII);

    private RawHttp2Peer peer;
    private Http2Transport transport;

    @BeforeEach
    void start() throws IOException {
        peer = new RawHttp2Peer();
        transport = new Http2Transport(peer.origin(), Duration.ofSeconds(5), LONGER_THAN_THE_TEST);
    }

    @AfterEach
    void stop() throws IOException {
        transport.close();
        peer.close();
    }

    /** As much as an exchange takes without being asked for more, and no end. */
    private void refuseAtLength() throws Exception {
        Client client = peer.nextClient();
        int stream = client.nextRequest();
        client.refuse(stream, 403);
        byte[] text = new byte[ConnectionPool.INITIAL_WINDOW_BYTES];
        Arrays.fill(text, (byte) 'm');
        System.arraycopy(BEGINNING, 0, text, 0, BEGINNING.length);
        client.data(stream, Arrays.copyOf(text, 1_000));
        client.data(stream, Arrays.copyOfRange(text, 1_000, text.length));
    }

    private static void assertRefused(ServerError error) {
        assertThat(error.status()).isEqualTo(403);
        assertThat(error.code()).isEqualTo("permission_denied");
        assertThat(error.describe()).hasSizeLessThan(1_000).contains("more than 8192 bytes");
    }

    @Test
    void aCallWhoseRefusalDidNotEndWaitedForItsTimeout() throws Exception {
        CompletableFuture<UnaryResponse> answer =
                transport.call(new RequestHead("GET", "/v1/streams"), ByteBuffer.allocate(0));
        refuseAtLength();
        UnaryResponse response = answer.get(20, TimeUnit.SECONDS);
        assertRefused(ServerError.parse(response.status(), response.body(), response.cut(), 0));
    }

    @Test
    void aReadSessionRefusedAtLengthStalledInItsOwnWindow() throws Exception {
        CompletableFuture<ServerError> rejected = openRead();
        refuseAtLength();
        assertRefused(rejected.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aHeaderOfManyKilobytesIsNotRepeatedInTheMessage() throws Exception {
        CompletableFuture<ServerError> rejected = openRead();
        Client client = peer.nextClient();
        client.accept(client.nextRequest(), "text/" + "x".repeat(10_000));
        assertThatThrownBy(() -> rejected.get(20, TimeUnit.SECONDS))
                .hasMessageContaining("text/xxx")
                .satisfies(failure -> assertThat(failure.getMessage()).hasSizeLessThan(1_500));
    }

    @Test
    void aHeadLargerThanAnySensibleOneIsNotCollected() throws Exception {
        CompletableFuture<ServerError> rejected = openRead();
        Client client = peer.nextClient();
        client.accept(client.nextRequest(), "text/" + "x".repeat(100_000));
        assertThatThrownBy(() -> rejected.get(20, TimeUnit.SECONDS)).hasMessageNotContaining("text/xxx");
    }

    private CompletableFuture<ServerError> openRead() {
        CompletableFuture<ServerError> rejected = new CompletableFuture<>();
        transport.openRead(new RequestHead("GET", "/v1/streams/s/records"), new ReadExchange.Listener() {
            @Override
            public void onEstablished() {}

            @Override
            public void onRecords(List<SequencedRecord> records) {}

            @Override
            public void onTail(StreamPosition tail) {}

            @Override
            public void onHeartbeat(StreamPosition tail) {}

            @Override
            public void onReceived(int bytes, boolean inside) {}

            @Override
            public void onUsed(long heldBytes, long needed, boolean enough) {}

            @Override
            public void onReconnectAdvised() {}

            @Override
            public void onRejected(ServerError error) {
                rejected.complete(error);
            }

            @Override
            public void onEnded() {}

            @Override
            public void onBroken(TransportFailure failure) {
                rejected.completeExceptionally(new AssertionError(failure.message()));
            }
        });
        return rejected;
    }
}
