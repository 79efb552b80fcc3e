package io.fenceline.testkit.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.SequencedRecord;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server in a folder still knows when it is started again. */
@Timeout(60)
class DataFolderTest {

    private static final String BASIN = "kept-basin";
    private static final String STREAM = "kept/stream";

    @TempDir
    private Path folder;

    private EmbeddedServer server;
    private S2Client client;

    @AfterEach
    void stop() {
        stopIfRunning();
    }

    private void start() throws IOException {
        server = EmbeddedServer.builder().in(folder).start();
        client = new S2Client(
                S2ClientConfig.forBasin(BASIN).withEndpoint(server.url().toString()));
    }

    private void restart() throws IOException {
        stopIfRunning();
        start();
    }

    private void stopIfRunning() {
        if (server != null) {
            client.close();
            server.close();
            server = null;
        }
    }

    private void startWithAStream() throws IOException {
        start();
        send("PUT", "/v1/basins/" + BASIN, "");
        assertThat(client.createStream(STREAM).join()).isTrue();
    }

    private HttpResponse<String> send(String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .header("s2-basin", BASIN)
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("content-type", "application/json");
        }
        try {
            return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Through the wire: the answer is the promise. */
    private void append(String body) {
        assertThat(send("POST", "/v1/streams/kept%2Fstream/records", "{\"records\":[{\"body\":\"" + body + "\"}]}")
                        .statusCode())
                .isEqualTo(200);
    }

    private List<String> bodies() {
        return server.records(BASIN, STREAM).stream()
                .map(record -> new String(record.body(), StandardCharsets.UTF_8))
                .toList();
    }

    private static AppendRecord command(String op, byte[] body) {
        return new AppendRecord(null, List.of(new Header(new byte[0], op.getBytes(StandardCharsets.UTF_8))), body);
    }

    private Path log() throws IOException {
        try (var files = Files.list(folder.resolve("streams"))) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    void keepsRecordsTheirPositionsAndTheToken() throws IOException {
        startWithAStream();
        append("a");
        append("b");
        server.append(
                BASIN,
                STREAM,
                new AppendInput(List.of(command("fence", "owner".getBytes(StandardCharsets.UTF_8))), null, null));
        append("c");
        List<SequencedRecord> before = server.records(BASIN, STREAM);

        restart();

        assertThat(server.records(BASIN, STREAM)).isEqualTo(before).hasSize(4);
        assertThat(server.token(BASIN, STREAM).value()).isEqualTo("owner");
        assertThat(client.checkTail(STREAM).join().seqNum()).isEqualTo(4);
        append("d");
        assertThat(bodies()).containsExactly("a", "b", "owner", "c", "d");
    }

    @Test
    void keepsTrimsWithTheTail() throws IOException {
        startWithAStream();
        append("a");
        append("b");
        server.append(
                BASIN,
                STREAM,
                new AppendInput(
                        List.of(command(
                                "trim", ByteBuffer.allocate(8).putLong(99).array())),
                        null,
                        null));
        append("c");

        restart();

        assertThat(bodies()).containsExactly("c");
        assertThat(client.checkTail(STREAM).join().seqNum()).isEqualTo(4);
        assertThat(client.read(STREAM, 0, 10, 1000).join().records().get(0).seqNum())
                .isEqualTo(3);
    }

    @Test
    void keepsConfigurationsAndWhenAStreamWasMade() throws IOException {
        startWithAStream();
        send("PATCH", "/v1/streams/kept%2Fstream", "{\"retention_policy\":{\"age\":77}}");
        send("PATCH", "/v1/basins/" + BASIN, "{\"create_stream_on_append\":true}");
        String stream = send("GET", "/v1/streams/kept%2Fstream", "").body();
        String basin = send("GET", "/v1/basins/" + BASIN, "").body();
        String listing = send("GET", "/v1/streams", "").body();
        assertThat(stream).contains("77");

        restart();

        assertThat(send("GET", "/v1/streams/kept%2Fstream", "").body()).isEqualTo(stream);
        assertThat(send("GET", "/v1/basins/" + BASIN, "").body()).isEqualTo(basin);
        assertThat(send("GET", "/v1/streams", "").body()).isEqualTo(listing);
    }

    @Test
    void aDeletedStreamStaysDeletedAndOneMadeAgainIsEmpty() throws IOException {
        startWithAStream();
        append("old");
        String before = send("GET", "/v1/streams", "").body();
        assertThat(send("DELETE", "/v1/streams/kept%2Fstream", "").statusCode()).isEqualTo(202);

        restart();
        assertThatThrownBy(() -> client.checkTail(STREAM).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(S2Exception.class);
        client.createStream(STREAM).join();

        restart();
        assertThat(client.checkTail(STREAM).join().seqNum()).isZero();
        assertThat(send("GET", "/v1/streams", "").body()).isNotEqualTo(before);
        try (var files = Files.list(folder.resolve("streams"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void cutsOffATornEntryWhereverItIsTorn() throws IOException {
        startWithAStream();
        append("whole");
        long whole = Files.size(log());
        append("torn");
        stopIfRunning();
        byte[] full = Files.readAllBytes(log());

        for (int length = (int) whole; length < full.length; length++) {
            Files.write(log(), java.util.Arrays.copyOf(full, length));
            start();
            assertThat(bodies()).as("%d of %d bytes", length, full.length).containsExactly("whole");
            append("next");
            assertThat(bodies()).containsExactly("whole", "next");
            stopIfRunning();
        }
    }

    @Test
    void doesNotTakeADamagedEntryForAWholeOne() throws IOException {
        startWithAStream();
        append("whole");
        append("damaged");
        stopIfRunning();
        try (FileChannel channel = FileChannel.open(log(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'X'}), channel.size() - 1);
        }
        start();
        assertThat(bodies()).containsExactly("whole");
    }

    @Test
    void letsNoSecondServerIn() throws IOException {
        start();
        assertThatThrownBy(() -> EmbeddedServer.builder().in(folder).start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another server");
    }
}
