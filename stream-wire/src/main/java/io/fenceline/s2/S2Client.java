package io.fenceline.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.Http2Transport;
import io.fenceline.s2.http.Origin;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.RequestHead;
import io.fenceline.s2.http.TrustStore;
import io.fenceline.s2.http.UnaryResponse;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.s2.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One basin of S2: unary calls and append exchanges. Never retries. Any thread may call; futures complete on a transport
 * thread, or on one of the {@link AccessTokens}, so what is chained to them must not block. Every failed future fails with
 * an {@link S2Exception}.
 *
 * <p>S2 looks at a token when a call or a session begins: who has begun goes on when the token is replaced. A refusal of a
 * token that has been replaced is heard as {@link Answer#CREDENTIALS_REPLACED}.
 */
public final class S2Client implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ByteBuffer NO_BODY = ByteBuffer.allocate(0);
    private static final String PROTOBUF = "application/protobuf";
    /** S2's rule for names; they go into messages, metrics and topics. */
    private static final int MAX_STREAM_NAME_BYTES = 512;
    /** S2's own words are shorter. */
    private static final int MAX_MODE_CHARS = 64;

    private final S2ClientConfig config;
    private final Endpoint endpoint;
    private final Http2Transport transport;
    private final AccessTokens tokens;

    public S2Client(S2ClientConfig config) {
        this(config, AccessTokens.fixed(config.accessToken()));
    }

    /**
     * Reads the trust store, if there is one.
     *
     * @param tokens in place of the configuration's token; closed with this
     * @throws IllegalArgumentException saying in a few words why the trust store cannot be used
     */
    public S2Client(S2ClientConfig config, AccessTokens tokens) {
        this.config = config;
        this.tokens = tokens;
        this.endpoint = Endpoint.parse(config.basinEndpoint(), config.basin());
        TrustStore trusted = config.trustStore();
        this.transport = new Http2Transport(
                new Origin(endpoint.secure(), endpoint.host(), endpoint.port()),
                config.proxy(),
                trusted == null ? null : trusted.context(),
                config.connectTimeout(),
                config.requestTimeout());
    }

    /** Appends a frozen batch; the answer is the ack, a 412 is a {@link ServerError}. */
    public CompletableFuture<AppendAck> append(String stream, AppendBatch frozen) {
        RequestHead head = withEncryption(request("POST", streamPath(stream) + "/records"))
                .header("content-type", PROTOBUF)
                .header("accept", PROTOBUF);
        if (frozen.isCompressed()) {
            head.header("content-encoding", "gzip");
        }
        ByteBuffer message =
                ByteBuffer.wrap(frozen.frame(), S2sFrame.HEADER_BYTES, frozen.frameLength() - S2sFrame.HEADER_BYTES);
        return call(head, message, 200, response -> Messages.appendAck(response.body()));
    }

    /**
     * Reads from a position without waiting; at most 1000 records and 1 MiB come back. A position at or above the tail
     * is a 416 whose {@link ServerError#tail} says where the tail is.
     */
    public CompletableFuture<ReadBatch> read(String stream, long seqNum, int count, int bytes) {
        String query = "?seq_num=" + Long.toUnsignedString(seqNum) + "&count=" + count + "&bytes=" + bytes;
        RequestHead head = withEncryption(request("GET", streamPath(stream) + "/records" + query))
                .header("accept", PROTOBUF);
        return call(head, NO_BODY, 200, response -> Messages.readBatch(response.body()));
    }

    /** The durable tail. */
    public CompletableFuture<StreamPosition> checkTail(String stream) {
        RequestHead head = json(request("GET", streamPath(stream) + "/records/tail"));
        return call(head, NO_BODY, 200, response -> ServerError.position(required(tree(response), "tail")));
    }

    /** Creates the stream with the basin's defaults; false, and nothing changed, if it exists. */
    public CompletableFuture<Boolean> createStream(String stream) {
        return createStream(stream, NewStreamConfig.OF_THE_BASIN);
    }

    /** Creates the stream; false, and nothing changed, neither its configuration, if it exists. */
    public CompletableFuture<Boolean> createStream(String stream, NewStreamConfig settings) {
        RequestHead head = json(request("POST", "/streams")).header("content-type", "application/json");
        ObjectNode creation = JSON.createObjectNode().put("stream", stream);
        ObjectNode config = settings.json();
        if (config != null) {
            creation.set("config", config);
        }
        byte[] body = creation.toString().getBytes(StandardCharsets.UTF_8);
        return unwrapped(transport.call(head, ByteBuffer.wrap(body)).thenCompose(response -> {
            if (response.status() == 201 || response.status() == 200) {
                return CompletableFuture.completedFuture(true);
            }
            ServerError error = error(response);
            return error.answer() == Answer.ALREADY_EXISTS
                    ? CompletableFuture.completedFuture(false)
                    : refused(head, error);
        }));
    }

    public CompletableFuture<StreamConfig> streamConfig(String stream) {
        return call(json(request("GET", streamPath(stream))), NO_BODY, 200, response -> {
            JsonNode json = tree(response);
            return new StreamConfig(
                    positive(json.path("retention_policy").path("age")),
                    PeerText.brief(json.path("timestamping").path("mode").asText("client-prefer"), MAX_MODE_CHARS),
                    positive(json.path("delete_on_empty").path("min_age_secs")));
        });
    }

    /** The stream's entry in the basin's listing, empty if there is none. */
    public CompletableFuture<Optional<StreamInfo>> streamInfo(String stream) {
        // of all names with this prefix the prefix itself comes first
        RequestHead head = json(request("GET", "/streams?limit=1&prefix=" + percentEncode(stream)));
        return call(head, NO_BODY, 200, response -> {
            JsonNode first = required(tree(response), "streams").path(0);
            if (!first.path("name").asText().equals(stream)) {
                return Optional.empty();
            }
            return Optional.of(streamInfo(first));
        });
    }

    /** Succeeds if the basin can be reached with these credentials. */
    public CompletableFuture<Void> ping() {
        return call(
                        json(request("GET", "/streams?limit=1")),
                        NO_BODY,
                        200,
                        response -> required(tree(response), "streams"))
                .thenAccept(streams -> {});
    }

    /** Starts an append exchange on a connection of its own; it may be given batches at once. */
    public AppendExchange openAppend(String stream, AppendExchange.Listener listener) {
        boolean gzip = config.compression() == Compression.GZIP;
        RequestHead head = withEncryption(request("POST", streamPath(stream) + "/records", gzip ? "gzip" : "identity"))
                .header("content-type", "s2s/proto");
        return transport.openAppend(head, gzip, listener);
    }

    /** Starts a read session that follows the stream, on a connection of its own. */
    public ReadExchange openRead(String stream, ReadStart start, ReadTransport format, ReadExchange.Listener listener) {
        String path = streamPath(stream) + "/records?" + start.query();
        if (format == ReadTransport.SSE) {
            RequestHead head = withEncryption(request("GET", path))
                    .header("accept", "text/event-stream")
                    .header("s2-format", "base64");
            String lastEventId = start.lastEventId();
            return transport.openEvents(
                    lastEventId == null ? head : head.header("last-event-id", lastEventId), listener);
        }
        boolean gzip = config.compression() == Compression.GZIP;
        RequestHead head =
                withEncryption(request("GET", path, gzip ? "gzip" : "identity")).header("content-type", "s2s/proto");
        return transport.openRead(head, listener);
    }

    /**
     * One page of the basin's streams in the order of their names, streams under deletion among them.
     *
     * @param startAfter the last name of the page before, empty for the first page
     */
    public CompletableFuture<StreamPage> listStreams(String prefix, String startAfter) {
        RequestHead head = json(request(
                "GET",
                "/streams?limit=1000&prefix=" + percentEncode(prefix) + "&start_after=" + percentEncode(startAfter)));
        return call(head, NO_BODY, 200, response -> {
            JsonNode page = tree(response);
            List<StreamInfo> streams = new ArrayList<>();
            for (JsonNode entry : required(page, "streams")) {
                streams.add(streamInfo(entry));
            }
            return new StreamPage(streams, page.path("has_more").asBoolean());
        });
    }

    private static StreamInfo streamInfo(JsonNode entry) throws WireFormatException {
        Instant createdAt = instant(entry.path("created_at"));
        if (createdAt == null) {
            throw new WireFormatException("stream in a listing has no created_at");
        }
        String name = required(entry, "name").asText();
        if (name.length() > MAX_STREAM_NAME_BYTES) {
            throw new WireFormatException("stream in a listing has a name of " + name.length() + " characters");
        }
        return new StreamInfo(name, createdAt, instant(entry.path("deleted_at")));
    }

    /** Basin and endpoint, for messages; no secrets. */
    public String describeTarget() {
        return "basin " + config.basin() + " at " + endpoint;
    }

    /** Cuts what is still under way and stops the transport threads. */
    @Override
    public void close() {
        transport.close();
        tokens.close();
    }

    private RequestHead request(String method, String path) {
        return request(method, path, "identity");
    }

    private RequestHead request(String method, String path, String acceptEncoding) {
        String token = tokens.current();
        RequestHead head = new RequestHead(method, endpoint.basePath() + path)
                .header("accept-encoding", acceptEncoding)
                .secretHeader("authorization", token == null ? null : "Bearer " + token)
                .judgedBy((error, then) -> judge(token, error, then));
        return endpoint.direct() ? head.header("s2-basin", config.basin()) : head;
    }

    /** A refusal of a token that was replaced since the request began says nothing of the next request. */
    private void judge(@Nullable String token, ServerError error, Consumer<ServerError> then) {
        switch (error.answer()) {
            case UNAUTHENTICATED, ACCESS_TOKEN_UNKNOWN, FORBIDDEN ->
                tokens.isReplaced(token)
                        .thenAccept(replaced -> then.accept(replaced ? error.withCredentialsReplaced() : error));
            default -> then.accept(error);
        }
    }

    private RequestHead withEncryption(RequestHead head) {
        return head.secretHeader("s2-encryption-key", config.encryptionKey());
    }

    private static RequestHead json(RequestHead head) {
        return head.header("accept", "application/json");
    }

    private interface Decoder<T extends @Nullable Object> {
        T decode(UnaryResponse response) throws IOException;
    }

    private <T extends @Nullable Object> CompletableFuture<T> call(
            RequestHead head, ByteBuffer body, int success, Decoder<T> decoder) {
        return unwrapped(transport.call(head, body).thenCompose(response -> {
            if (response.status() != success) {
                return refused(head, error(response));
            }
            try {
                return CompletableFuture.completedFuture(decoder.decode(response));
            } catch (IOException e) {
                // An answer all the same, and none that this protocol has: whoever asked counts it as such.
                throw new S2Exception(ServerError.of(
                        response.status(),
                        "",
                        PeerText.brief("answer of " + endpoint.authority() + " to " + head + " is not understood: "
                                + e.getMessage())));
            }
        }));
    }

    private static <T extends @Nullable Object> CompletableFuture<T> refused(RequestHead head, ServerError error) {
        CompletableFuture<T> failed = new CompletableFuture<>();
        head.judge(error, judged -> failed.completeExceptionally(new S2Exception(judged)));
        return failed;
    }

    /** A future that fails with the exception itself and not with a wrapper around it. */
    private static <T extends @Nullable Object> CompletableFuture<T> unwrapped(CompletableFuture<T> future) {
        CompletableFuture<T> result = new CompletableFuture<>();
        future.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(S2Exception.from(failure));
            }
        });
        return result;
    }

    private static ServerError error(UnaryResponse response) {
        return ServerError.parse(response.status(), response.body(), response.cut(), response.retryAfterMillis());
    }

    private static JsonNode tree(UnaryResponse response) throws IOException {
        return JSON.readTree(response.body());
    }

    private static JsonNode required(JsonNode json, String field) throws WireFormatException {
        JsonNode value = json.get(field);
        if (value == null || value.isNull()) {
            throw new WireFormatException("\"" + field + "\" is missing");
        }
        return value;
    }

    private static @Nullable Long positive(JsonNode number) {
        return number.isIntegralNumber() && number.longValue() > 0 ? number.longValue() : null;
    }

    private static @Nullable Instant instant(JsonNode text) throws WireFormatException {
        if (!text.isTextual()) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text.textValue()).toInstant();
        } catch (DateTimeException e) {
            throw new WireFormatException("not a time: " + text);
        }
    }

    private static String streamPath(String stream) {
        return "/streams/" + percentEncode(stream);
    }

    /** As one path segment: everything but unreserved characters, so also the slash. */
    static String percentEncode(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean unreserved = b >= 'a' && b <= 'z'
                    || b >= 'A' && b <= 'Z'
                    || b >= '0' && b <= '9'
                    || b == '-'
                    || b == '.'
                    || b == '_'
                    || b == '~';
            if (unreserved) {
                encoded.append((char) b);
            } else {
                encoded.append('%')
                        .append(Character.toUpperCase(Character.forDigit(b >> 4 & 0xf, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 0xf, 16)));
            }
        }
        return encoded.toString();
    }
}
