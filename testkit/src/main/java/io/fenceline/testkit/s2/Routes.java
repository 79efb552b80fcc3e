package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.WireFormatException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** From a request to what answers it. Called with the server's lock held. */
final class Routes {

    private static final String SESSION = "s2s/proto";
    private static final String PROTOBUF = "application/protobuf";
    private static final List<String> PROTOBUFS = List.of(PROTOBUF, "application/x-protobuf");
    private static final int LONGEST_PAGE = 1000;
    private static final int KEY_BYTES = 32;

    private final EmbeddedServer server;

    Routes(EmbeddedServer server) {
        this.server = server;
    }

    /** @param cut resets the client's connection */
    Call open(Request request, Reply reply, Runnable cut) throws Refused {
        List<String> path = request.segments();
        if (path.equals(List.of("health")) || path.equals(List.of("ping"))) {
            return unary(
                    request,
                    reply,
                    body -> reply.bytes(200, "text/plain; charset=utf-8", "OK".getBytes(StandardCharsets.UTF_8)));
        }
        if (path.size() < 2 || !path.get(0).equals("v1")) {
            return unary(request, reply, body -> reply.status(404));
        }
        return switch (path.get(1)) {
            case "basins" -> path.size() == 2 ? basins(request, reply) : basin(request, reply, path);
            case "streams" -> {
                if (path.size() == 2) {
                    yield streams(request, reply);
                }
                if (path.size() == 3) {
                    yield stream(request, reply, streamName(path.get(2)));
                }
                if (path.size() == 4 && path.get(3).equals("records")) {
                    yield records(request, reply, streamName(path.get(2)), cut);
                }
                if (path.size() == 5
                        && path.subList(3, 5).equals(List.of("records", "tail"))
                        && request.method().equals("GET")) {
                    yield unary(request, reply, body -> tail(request, reply, streamName(path.get(2))));
                }
                yield unary(request, reply, body -> reply.status(404));
            }
            case "access-tokens", "locations", "metrics" ->
                unary(request, reply, body -> {
                    throw Refused.of(501, "not_implemented", "Not implemented");
                });
            default -> unary(request, reply, body -> reply.status(404));
        };
    }

    private static Call unary(Request request, Reply reply, UnaryCall.Responder endpoint) {
        return new UnaryCall(request, reply, endpoint);
    }

    private static Call notAllowed(Request request, Reply reply, String allowed) {
        return unary(request, reply, body -> reply.status(405, "allow", allowed));
    }

    // ---- basins

    private Call basins(Request request, Reply reply) {
        return switch (request.method()) {
            case "GET" ->
                unary(request, reply, body -> {
                    ObjectNode page = Json.object();
                    ArrayNode items = page.putArray("basins");
                    boolean more = page(request, server.account().basins(), (name, basin) -> items.add(info(basin)));
                    reply.json(200, page.put("has_more", more));
                });
            case "POST" ->
                unary(request, reply, body -> {
                    String token = request.requestToken();
                    JsonNode json = json(request, body);
                    String name = Json.text(Json.required(json, "basin"));
                    check(name, Account::checkBasinName, "bad_json");
                    answer(
                            reply,
                            true,
                            server.account()
                                    .createBasin(
                                            name,
                                            BasinSettings.parse(json.get("config")),
                                            creation(token, json.get("config"))),
                            Routes::info);
                });
            default -> notAllowed(request, reply, "GET,HEAD,POST");
        };
    }

    private Call basin(Request request, Reply reply, List<String> path) throws Refused {
        if (path.size() != 3) {
            return unary(request, reply, body -> reply.status(404));
        }
        String name = path.get(2);
        check(name, Account::checkBasinName, "bad_path");
        Account account = server.account();
        return switch (request.method()) {
            case "GET" ->
                unary(
                        request,
                        reply,
                        body -> reply.json(200, account.basin(name).settings.json()));
            case "PUT" ->
                unary(request, reply, body -> {
                    JsonNode json = request.contentType().isEmpty() ? Json.object() : json(request, body);
                    answer(
                            reply,
                            false,
                            account.ensureBasin(name, BasinSettings.parse(json.get("config"))),
                            Routes::info);
                });
            case "PATCH" ->
                unary(request, reply, body -> {
                    JsonNode json = json(request, body);
                    Basin basin = account.basin(name);
                    account.reconfigure(basin, basin.settings.patched(json));
                    server.commits().then(() -> reply.json(200, basin.settings.json()));
                });
            case "DELETE" ->
                unary(request, reply, body -> {
                    account.delete(account.basin(name));
                    server.commits().then(() -> reply.status(202));
                });
            default -> notAllowed(request, reply, "GET,HEAD,PUT,DELETE,PATCH");
        };
    }

    // ---- streams

    private Call streams(Request request, Reply reply) {
        return switch (request.method()) {
            case "GET" ->
                unary(request, reply, body -> {
                    ObjectNode page = Json.object();
                    ArrayNode items = page.putArray("streams");
                    boolean more = page(request, basinOf(request).streams, (name, stream) -> items.add(info(stream)));
                    reply.json(200, page.put("has_more", more));
                });
            case "POST" ->
                unary(request, reply, body -> {
                    String token = request.requestToken();
                    String basinName = basinName(request);
                    JsonNode json = json(request, body);
                    String name = Json.text(Json.required(json, "stream"));
                    check(name, Account::checkStreamName, "bad_json");
                    answer(
                            reply,
                            true,
                            server.account()
                                    .createStream(
                                            server.basin(basinName),
                                            name,
                                            StreamSettings.parse(json.get("config")),
                                            creation(token, json.get("config"))),
                            Routes::info);
                });
            default -> notAllowed(request, reply, "GET,HEAD,POST");
        };
    }

    private Call stream(Request request, Reply reply, String name) {
        Account account = server.account();
        return switch (request.method()) {
            case "GET" ->
                unary(request, reply, body -> reply.json(200, config(account.stream(basinOf(request), name))));
            case "PUT" ->
                unary(request, reply, body -> {
                    JsonNode json = request.contentType().isEmpty() ? null : json(request, body);
                    answer(
                            reply,
                            false,
                            account.ensureStream(basinOf(request), name, StreamSettings.parse(json)),
                            Routes::info);
                });
            case "PATCH" ->
                unary(request, reply, body -> {
                    JsonNode json = json(request, body);
                    Basin basin = basinOf(request);
                    HostedStream stream = account.stream(basin, name);
                    account.reconfigure(basin, stream, json);
                    server.commits().then(() -> reply.json(200, config(stream)));
                });
            case "DELETE" ->
                unary(request, reply, body -> {
                    Basin basin = basinOf(request);
                    account.delete(basin, account.stream(basin, name));
                    server.commits().then(() -> reply.status(202));
                });
            default -> notAllowed(request, reply, "GET,HEAD,PUT,DELETE,PATCH");
        };
    }

    private void tail(Request request, Reply reply, String name) throws Refused {
        HostedStream stream = streamOf(request, name, false);
        ObjectNode json = Json.object();
        json.set("tail", ServiceMessages.json(stream.model.durableTail()));
        reply.json(200, json);
    }

    // ---- records

    private Call records(Request request, Reply reply, String name, Runnable cut) throws Refused {
        boolean session = request.contentType().equals(SESSION);
        switch (request.method()) {
            case "POST" -> {
                if (!session) {
                    return unary(request, reply, body -> append(request, reply, name, body, cut));
                }
                HostedStream stream = streamOf(request, name, true);
                return new AppendCall(server, stream, key(request, stream), reply, cut);
            }
            case "GET" -> {
                basinName(request);
                ReadQuery query = ReadQuery.parse(request.query());
                boolean base64 = !session && request.isBase64();
                if (session) {
                    HostedStream stream = streamOf(request, name, false);
                    return new ReadCall(
                            server, stream, query, key(request, stream), new SessionForm(request.acceptsGzip()), reply);
                }
                if (request.accept().equals("text/event-stream")) {
                    return events(request, reply, name, query, base64);
                }
                HostedStream stream = streamOf(request, name, false);
                boolean protobuf = PROTOBUFS.contains(request.accept());
                return new UnaryRead(
                        server,
                        stream,
                        query.unary(),
                        key(request, stream),
                        reply,
                        batch -> answer(reply, batch, protobuf, base64));
            }
            default -> {
                return notAllowed(request, reply, "GET,HEAD,POST");
            }
        }
    }

    private Call events(Request request, Reply reply, String name, ReadQuery query, boolean base64) throws Refused {
        String header = request.header("last-event-id");
        EventForm.LastEventId before = header == null ? null : EventForm.LastEventId.parse(header);
        HostedStream stream = streamOf(request, name, false);
        return new ReadCall(
                server,
                stream,
                before == null ? query : query.after(before.seqNum(), before.count(), before.bytes()),
                key(request, stream),
                new EventForm(base64, server.clock(), before),
                reply);
    }

    private static void answer(Reply reply, ReadBatch batch, boolean protobuf, boolean base64) {
        if (protobuf) {
            reply.bytes(200, PROTOBUF, ServiceMessages.readBatch(batch.records(), batch.tail()));
        } else {
            reply.json(200, JsonRecords.readBatch(batch, base64));
        }
    }

    private void append(Request request, Reply reply, String name, byte[] body, Runnable cut) throws Refused {
        AppendInput input = appendInput(request, body);
        StreamModel.validate(input);
        HostedStream stream = streamOf(request, name, true);
        String key = key(request, stream);
        Fault.OnAppend fault = server.faults().strike(Fault.OnAppend.class);
        if (fault instanceof Fault.RejectAppend reject) {
            reply.error(reject.error());
            return;
        }
        AppendAck ack;
        try {
            ack = server.append(stream, input, key);
        } catch (Refused e) {
            server.commits().then(() -> reply.error(e.error()));
            return;
        }
        boolean protobuf = PROTOBUFS.contains(request.accept());
        server.commits().then(() -> {
            if (fault instanceof Fault.ApplyThenFail fail) {
                reply.error(fail.error());
            } else if (fault instanceof Fault.LoseReplies) {
                cut.run();
            } else if (fault instanceof Fault.Garbage garbage) {
                reply.bytes(200, PROTOBUF, garbage.bytes());
            } else {
                AppendAck said = fault instanceof Fault.WrongAck wrong ? wrong.ack() : ack;
                if (protobuf) {
                    reply.bytes(200, PROTOBUF, ServiceMessages.appendAck(said));
                } else {
                    reply.json(200, JsonRecords.ack(said));
                }
            }
        });
    }

    private static AppendInput appendInput(Request request, byte[] body) throws Refused {
        if (!PROTOBUFS.contains(request.contentType())) {
            boolean base64 = request.isBase64();
            requireJson(request);
            return JsonRecords.appendInput(body, base64);
        }
        try {
            return Messages.appendInput(body);
        } catch (WireFormatException e) {
            String message = String.valueOf(e.getMessage());
            // a message that decodes and breaks a limit is not a broken one
            throw e.getCause() instanceof IllegalArgumentException
                    ? Refused.invalid(message)
                    : Refused.of(400, "bad_proto", message);
        }
    }

    // ---- what several of them need

    private static String basinName(Request request) throws Refused {
        String name = request.header("s2-basin");
        if (name == null) {
            throw Refused.of(400, "bad_header", "Missing header `s2-basin`");
        }
        try {
            Account.checkBasinName(name);
        } catch (Account.InvalidName e) {
            throw Refused.badHeader("s2-basin", String.valueOf(e.getMessage()));
        }
        return name;
    }

    private Basin basinOf(Request request) throws Refused {
        return server.basin(basinName(request));
    }

    /** The stream, created here if it does not exist and its basin says so. */
    private HostedStream streamOf(Request request, String name, boolean forAppend) throws Refused {
        Basin basin = basinOf(request);
        StreamSettings settings = settingsIfCreated(request);
        boolean create = forAppend ? basin.settings.createOnAppend() : basin.settings.createOnRead();
        if (create && basin.deletedAt == null && !basin.streams.containsKey(name)) {
            return server.account().createStream(basin, name, settings, null).resource();
        }
        return server.account().stream(basin, name);
    }

    private static StreamSettings settingsIfCreated(Request request) throws Refused {
        String header = request.header("s2-stream-config");
        if (header == null) {
            return StreamSettings.NOTHING;
        }
        try {
            return StreamSettings.parse(Json.parse(header.getBytes(StandardCharsets.UTF_8)));
        } catch (Refused e) {
            throw Refused.badHeader("s2-stream-config", "invalid JSON: " + e.getMessage());
        }
    }

    /** A name for the key of an encrypted stream: records open only under the same one. Null on plain streams. */
    private static @Nullable String key(Request request, HostedStream stream) throws Refused {
        if (stream.cipher == null) {
            return null;
        }
        String key = request.header("s2-encryption-key");
        if (key == null) {
            throw Refused.of(400, "bad_header", "missing encryption key for stream cipher '" + stream.cipher + "'");
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(key);
            if (bytes.length != KEY_BYTES) {
                throw new IllegalArgumentException("not 32 bytes");
            }
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, KEY_BYTES);
        } catch (IllegalArgumentException e) {
            throw Refused.of(400, "bad_header", "invalid encryption key for stream cipher '" + stream.cipher + "'");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static void requireJson(Request request) throws Refused {
        if (!request.contentType().equals("application/json")) {
            throw Refused.badJson("Expected request with `Content-Type: application/json`");
        }
    }

    private static JsonNode json(Request request, byte[] body) throws Refused {
        requireJson(request);
        return Json.parse(body);
    }

    private static String streamName(String name) throws Refused {
        check(name, Account::checkStreamName, "bad_path");
        return name;
    }

    private interface NameRule {
        void check(String name) throws Account.InvalidName;
    }

    private static void check(String name, NameRule rule, String code) throws Refused {
        try {
            rule.check(name);
        } catch (Account.InvalidName e) {
            throw Refused.of(400, code, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String creation(@Nullable String token, @Nullable JsonNode config) {
        return token == null ? null : token + " " + (config == null ? "" : config);
    }

    private interface Description<T> {
        ObjectNode of(T resource);
    }

    /** @param create true for POST, where a repetition answers as the first did */
    private <T> void answer(Reply reply, boolean create, Account.Provisioned<T> outcome, Description<T> description) {
        int status = create || outcome.result().equals("created") ? 201 : 200;
        ObjectNode json = description.of(outcome.resource());
        server.commits().then(() -> reply.provisioned(status, outcome.result(), json));
    }

    /** Hands over the names of one page in order; true if there are more. */
    private static <T> boolean page(Request request, NavigableMap<String, T> all, BiConsumer<String, T> item)
            throws Refused {
        Map<String, String> query = request.query();
        String prefix = query.getOrDefault("prefix", "");
        String after = query.getOrDefault("start_after", "");
        int limit = limit(query.get("limit"));
        int given = 0;
        for (Map.Entry<String, T> entry : all.tailMap(after, false).entrySet()) {
            if (entry.getKey().startsWith(prefix)) {
                if (given == limit) {
                    return true;
                }
                item.accept(entry.getKey(), entry.getValue());
                given++;
            }
        }
        return false;
    }

    private static int limit(@Nullable String value) throws Refused {
        try {
            int limit = value == null ? 0 : Integer.parseUnsignedInt(value);
            return limit <= 0 || limit > LONGEST_PAGE ? LONGEST_PAGE : limit;
        } catch (NumberFormatException e) {
            throw Refused.of(400, "bad_query", "query parameter limit: not an unsigned number");
        }
    }

    private static ObjectNode info(Basin basin) {
        return Json.object()
                .put("name", basin.name)
                .putNull("location")
                .put("created_at", basin.createdAt.toString())
                .put("deleted_at", basin.deletedAt == null ? null : basin.deletedAt.toString())
                .put("state", basin.deletedAt == null ? "active" : "deleting");
    }

    private static ObjectNode info(HostedStream stream) {
        return Json.object()
                .put("name", stream.name)
                .put("created_at", stream.createdAt.toString())
                .putNull("deleted_at")
                .put("cipher", stream.cipher);
    }

    private static ObjectNode config(HostedStream stream) {
        ObjectNode config = stream.model.settings().json();
        if (config == null) {
            throw new AssertionError("a stream's configuration is resolved");
        }
        return config;
    }
}
