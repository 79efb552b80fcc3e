package io.fenceline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.S2sFrameReader;
import io.fenceline.s2.wire.WireFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.apache.hc.core5.http.nio.AsyncServerExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.ResponseChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.H2StreamResetException;
import org.jspecify.annotations.Nullable;

/** One request to {@link ScriptedS2Server}. Called by the server's I/O thread; acks may be released by any thread. */
final class ScriptedRequestHandler implements AsyncServerExchangeHandler {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SESSION = "s2s/proto";
    private static final String PROTOBUF = "application/protobuf";

    private final ScriptedS2Server server;

    private String method = "";
    private String path = "";
    private Map<String, String> headers = Map.of();
    private @Nullable SocketAddress client;
    private @Nullable ResponseChannel responses;
    private @Nullable HttpContext context;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean hanging;

    // an append session
    private @Nullable String sessionStream;
    private final S2sFrameReader frames = new S2sFrameReader();
    private long bytesBeforeBreak = -1;
    private boolean deaf;

    // what goes out; guarded by the server's lock
    private final Deque<ByteBuffer> outgoing = new ArrayDeque<>();
    private boolean endAfterOutgoing;
    private boolean ended;
    private @Nullable DataStreamChannel channel;

    ScriptedRequestHandler(ScriptedS2Server server) {
        this.server = server;
    }

    @Override
    public void handleRequest(
            HttpRequest request, @Nullable EntityDetails entity, ResponseChannel channel, HttpContext httpContext)
            throws HttpException, IOException {
        method = request.getMethod();
        path = request.getPath();
        headers = headers(request);
        responses = channel;
        context = httpContext;
        client = HttpCoreContext.cast(httpContext).getEndpointDetails().getRemoteAddress();
        synchronized (server.lock()) {
            server.received(new ScriptedS2Server.Request(method, path, headers));
            Fault.OnRequest fault = server.strike(Fault.OnRequest.class);
            if (fault instanceof Fault.RefuseStream) {
                throw new H2StreamResetException(H2Error.REFUSED_STREAM, "as told");
            } else if (fault instanceof Fault.Hang) {
                hanging = true;
                return;
            } else if (fault instanceof Fault.RejectRequest reject) {
                deaf = true;
                answer(reject.error());
                return;
            } else if (fault instanceof Fault.BreakAfterBytes after) {
                bytesBeforeBreak = after.bytes();
            }
            if (SESSION.equals(headers.get("content-type"))) {
                openSession();
                return;
            }
        }
        if (entity == null) {
            answerUnary();
        }
    }

    @Override
    public void consume(ByteBuffer source) throws IOException {
        synchronized (server.lock()) {
            if (bytesBeforeBreak >= 0 && source.remaining() >= bytesBeforeBreak) {
                source.limit(source.position() + (int) bytesBeforeBreak);
                consumeNow(source);
                deaf = true;
                cut();
                return;
            }
            bytesBeforeBreak -= bytesBeforeBreak >= 0 ? source.remaining() : 0;
            consumeNow(source);
        }
    }

    private void consumeNow(ByteBuffer source) {
        if (sessionStream == null || deaf) {
            byte[] chunk = new byte[source.remaining()];
            source.get(chunk);
            body.writeBytes(chunk);
            return;
        }
        try {
            for (S2sFrame frame = frames.read(source); frame != null && !deaf; frame = frames.read(source)) {
                if (frame.terminal()) {
                    throw new WireFormatException("terminal frame from a client");
                }
                appendInSession(sessionStream, Messages.appendInput(frame.payload()));
            }
        } catch (WireFormatException e) {
            terminate(ServerError.of(400, "bad_frame", String.valueOf(e.getMessage())));
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) throws IOException, HttpException {
        synchronized (server.lock()) {
            if (hanging || deaf) {
                return;
            }
            if (sessionStream != null) {
                // behind whatever still waits to become durable
                server.whenDurable(this::endBody);
                return;
            }
        }
        answerUnary();
    }

    // ---- append session

    private void openSession() throws IOException, HttpException {
        String name = streamName(path.substring(0, path.lastIndexOf('/')));
        if (server.stream(name) == null) {
            deaf = true;
            answer(notFound(name));
            return;
        }
        sessionStream = name;
        BasicHttpResponse response = new BasicHttpResponse(200);
        response.setHeader("content-type", SESSION);
        respond(response, new BasicEntityDetails(-1, null));
    }

    private void appendInSession(String name, Messages.AppendInput input) {
        Fault.OnAppend fault = server.strike(Fault.OnAppend.class);
        if (fault instanceof Fault.RejectAppend reject) {
            terminate(reject.error());
            return;
        }
        StreamModel stream = server.stream(name);
        if (stream == null) {
            terminate(notFound(name));
            return;
        }
        AppendAck ack;
        try {
            ack = stream.append(input);
        } catch (StreamModel.Refused e) {
            terminate(e.error());
            return;
        }
        long end = stream.end();
        server.whenDurable(() -> stream.makeDurable(end));
        byte[] frame = S2sFrame.encode(ServiceMessages.appendAck(ack), 0);
        if (fault == null) {
            send(frame);
        } else if (fault instanceof Fault.ApplyThenFail fail) {
            terminate(fail.error());
        } else if (fault instanceof Fault.LoseReplies lose) {
            if (lose.appends() == 1) {
                deaf = true;
                server.whenDurable(this::cut);
            }
        } else if (fault instanceof Fault.EndBodyEarly) {
            deaf = true;
            server.whenDurable(this::endBody);
        } else if (fault instanceof Fault.CutAck) {
            deaf = true;
            send(Arrays.copyOf(frame, frame.length / 2));
            server.whenDurable(this::endBody);
        } else if (fault instanceof Fault.WrongAck wrong) {
            send(S2sFrame.encode(ServiceMessages.appendAck(wrong.ack()), 0));
        } else if (fault instanceof Fault.Garbage garbage) {
            send(garbage.bytes());
        } else if (fault instanceof Fault.AdviseReconnect) {
            send(S2sFrame.encode(ServiceMessages.appendAck(ack), S2sFrame.RECONNECT_ADVISED));
        } else {
            throw new AssertionError(fault);
        }
    }

    /** The session is poisoned: nothing behind this is looked at. */
    private void terminate(ServerError error) {
        deaf = true;
        send(S2sFrame.encode(ServiceMessages.terminal(error), S2sFrame.TERMINAL));
        server.whenDurable(this::endBody);
    }

    private void send(byte[] bytes) {
        server.whenDurable(() -> {
            outgoing.add(ByteBuffer.wrap(bytes));
            wake();
        });
    }

    private void endBody() {
        endAfterOutgoing = true;
        wake();
    }

    private void cut() {
        if (client != null) {
            server.cut(client);
        }
    }

    private void wake() {
        if (channel != null) {
            channel.requestOutput();
        }
    }

    // ---- unary calls

    private void answerUnary() throws IOException, HttpException {
        synchronized (server.lock()) {
            try {
                String resource = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
                route(method + " " + resource.replaceFirst("^/v1/streams/[^/]+", "/v1/streams/*"), resource);
            } catch (StreamModel.Refused e) {
                answer(e.error());
            }
        }
    }

    private void route(String call, String resource) throws IOException, HttpException, StreamModel.Refused {
        switch (call) {
            case "GET /health" -> answer(200, "text/plain", "OK".getBytes(StandardCharsets.UTF_8));
            case "GET /v1/streams" -> answer(200, list());
            case "POST /v1/streams" ->
                create(JSON.readTree(body.toByteArray()).path("stream").asText());
            case "GET /v1/streams/*" -> {
                existing(streamName(resource));
                answer(200, config());
            }
            case "GET /v1/streams/*/records/tail" -> {
                StreamModel stream = existing(streamName(resource.replaceFirst("/records/tail$", "")));
                ObjectNode tail = JSON.createObjectNode();
                tail.set("tail", ServiceMessages.json(stream.durableTail()));
                answer(200, tail);
            }
            case "GET /v1/streams/*/records" -> {
                StreamModel stream = existing(streamName(resource.replaceFirst("/records$", "")));
                Map<String, String> query = query();
                byte[] batch = ServiceMessages.readBatch(stream.read(
                        Long.parseUnsignedLong(query.getOrDefault("seq_num", "0")),
                        Integer.parseInt(query.getOrDefault("count", "1000")),
                        Long.parseLong(query.getOrDefault("bytes", "1048576"))));
                answer(200, PROTOBUF, batch);
            }
            case "POST /v1/streams/*/records" -> appendUnary(streamName(resource.replaceFirst("/records$", "")));
            default -> answer(ServerError.of(501, "not_implemented", call));
        }
    }

    private void appendUnary(String name) throws IOException, HttpException, StreamModel.Refused {
        byte[] message = "gzip".equals(headers.get("content-encoding"))
                ? new GZIPInputStream(new ByteArrayInputStream(body.toByteArray())).readAllBytes()
                : body.toByteArray();
        Fault.OnAppend fault = server.strike(Fault.OnAppend.class);
        if (fault instanceof Fault.RejectAppend reject) {
            answer(reject.error());
            return;
        }
        StreamModel stream = existing(name);
        AppendAck ack = stream.append(Messages.appendInput(message));
        long end = stream.end();
        server.whenDurable(() -> stream.makeDurable(end));
        if (fault instanceof Fault.ApplyThenFail fail) {
            answer(fail.error());
        } else if (fault instanceof Fault.LoseReplies) {
            cut();
        } else if (fault instanceof Fault.WrongAck wrong) {
            answer(200, PROTOBUF, ServiceMessages.appendAck(wrong.ack()));
        } else if (fault instanceof Fault.Garbage garbage) {
            answer(200, PROTOBUF, garbage.bytes());
        } else {
            answer(200, PROTOBUF, ServiceMessages.appendAck(ack));
        }
    }

    private void create(String name) throws IOException, HttpException {
        if (server.stream(name) != null) {
            answer(ServerError.of(409, "resource_already_exists", name));
            return;
        }
        server.createStream(name);
        answer(201, info(name));
    }

    private ObjectNode list() {
        Map<String, String> query = query();
        String prefix = query.getOrDefault("prefix", "");
        int limit = Integer.parseInt(query.getOrDefault("limit", "1000"));
        ObjectNode page = JSON.createObjectNode();
        ArrayNode streams = page.putArray("streams");
        server.allStreams().stream()
                .map(Map.Entry::getKey)
                .filter(name -> name.startsWith(prefix))
                .limit(limit)
                .forEach(name -> streams.add(info(name)));
        return page.put("has_more", false);
    }

    private ObjectNode info(String name) {
        StreamModel stream = server.stream(name);
        return JSON.createObjectNode()
                .put("name", name)
                .put("created_at", stream == null ? null : stream.createdAt().toString())
                .putNull("deleted_at")
                .putNull("cipher");
    }

    private static ObjectNode config() {
        ObjectNode config = JSON.createObjectNode().put("storage_class", "express");
        config.putObject("retention_policy").put("age", 604_800);
        config.putObject("timestamping").put("mode", "client-prefer").put("uncapped", false);
        config.putObject("delete_on_empty").put("min_age_secs", 0);
        return config;
    }

    private StreamModel existing(String name) throws StreamModel.Refused {
        StreamModel stream = server.stream(name);
        if (stream == null) {
            throw new StreamModel.Refused(notFound(name));
        }
        return stream;
    }

    private static ServerError notFound(String name) {
        return ServerError.of(404, "stream_not_found", "stream " + name + " not found");
    }

    // ---- answering

    private void answer(ServerError error) throws IOException, HttpException {
        answer(error.status(), "application/json", ServiceMessages.error(error), error.retryAfterMillis());
    }

    private void answer(int status, JsonNode json) throws IOException, HttpException {
        answer(status, "application/json", json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void answer(int status, String type, byte[] content) throws IOException, HttpException {
        answer(status, type, content, 0);
    }

    private void answer(int status, String type, byte[] content, long retryAfterMillis)
            throws IOException, HttpException {
        BasicHttpResponse response = new BasicHttpResponse(status);
        response.setHeader("content-type", type);
        if (retryAfterMillis > 0) {
            response.setHeader("retry-after-ms", retryAfterMillis);
        }
        if (content.length == 0) {
            respond(response, null);
            return;
        }
        outgoing.add(ByteBuffer.wrap(content));
        endAfterOutgoing = true;
        respond(response, new BasicEntityDetails(content.length, null));
    }

    private void respond(BasicHttpResponse response, @Nullable EntityDetails entity) throws IOException, HttpException {
        if (responses == null) {
            throw new IllegalStateException("no request yet");
        }
        responses.sendResponse(response, entity, context);
    }

    @Override
    public int available() {
        synchronized (server.lock()) {
            return ended ? 0 : outgoing.size() + (endAfterOutgoing ? 1 : 0);
        }
    }

    @Override
    public void produce(DataStreamChannel open) throws IOException {
        synchronized (server.lock()) {
            channel = open;
            for (ByteBuffer next = outgoing.peek(); next != null; next = outgoing.peek()) {
                open.write(next);
                if (next.hasRemaining()) {
                    return;
                }
                outgoing.remove();
            }
            if (endAfterOutgoing && !ended) {
                ended = true;
                open.endStream();
            }
        }
    }

    @Override
    public void updateCapacity(CapacityChannel capacity) throws IOException {
        capacity.update(1 << 20);
    }

    @Override
    public void failed(Exception cause) {
        // the client is gone; what it sent counts
    }

    @Override
    public void releaseResources() {}

    private Map<String, String> query() {
        Map<String, String> values = new HashMap<>();
        int start = path.indexOf('?');
        if (start >= 0) {
            for (String pair : path.substring(start + 1).split("&")) {
                int equals = pair.indexOf('=');
                values.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    private static String streamName(String resource) {
        return URLDecoder.decode(resource.substring(resource.lastIndexOf('/') + 1), StandardCharsets.UTF_8);
    }

    private static Map<String, String> headers(HttpRequest request) {
        Map<String, String> values = new TreeMap<>();
        for (Header header : request.getHeaders()) {
            values.put(header.getName().toLowerCase(Locale.ROOT), header.getValue());
        }
        return values;
    }
}
