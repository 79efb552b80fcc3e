package io.fenceline.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at streams directly, over S2's JSON interface and the JDK's HTTP client: nothing of the product is involved in
 * finding out what the product did. Unary calls only. Thread-safe.
 */
public final class S2Reader {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3))
            .build();

    private final String account;
    private final String basinEndpoint;
    private final String basin;
    private final @Nullable String token;
    private final @Nullable String encryptionKey;

    S2Reader(String account, String basinEndpoint, String basin, @Nullable String token) {
        this(account, basinEndpoint, basin, token, null);
    }

    private S2Reader(
            String account,
            String basinEndpoint,
            String basin,
            @Nullable String token,
            @Nullable String encryptionKey) {
        this.account = account;
        this.basinEndpoint = basinEndpoint;
        this.basin = basin;
        this.token = token;
        this.encryptionKey = encryptionKey;
    }

    /** The same, for streams encrypted with this key (base64). */
    public S2Reader withEncryptionKey(String key) {
        return new S2Reader(account, basinEndpoint, basin, token, key);
    }

    /** One record as the server returns it; header names and values are bytes. */
    public record Stored(long seqNum, long timestamp, List<byte[][]> headers, byte[] body) {

        /** Fence and trim: exactly one header, with an empty name. */
        public boolean isCommand() {
            return headers.size() == 1 && headers.get(0)[0].length == 0;
        }

        public byte @Nullable [] header(String name) {
            byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
            for (byte[][] header : headers) {
                if (java.util.Arrays.equals(header[0], wanted)) {
                    return header[1];
                }
            }
            return null;
        }

        public @Nullable String text(String name) {
            byte[] value = header(name);
            return value == null ? null : new String(value, StandardCharsets.UTF_8);
        }
    }

    /** The target cannot be read right now; a watcher goes on, a final check fails. */
    public static final class Unavailable extends RuntimeException {
        Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    public S2Reader createBasin() {
        return createBasin("{}");
    }

    /** @param config JSON of a BasinConfig */
    public S2Reader createBasin(String config) {
        String body = "{\"basin\":\"" + basin + "\",\"config\":" + config + "}";
        HttpResponse<String> answer = send("POST", account, "/v1/basins", body, false);
        if (answer.statusCode() != 201 && answer.statusCode() != 409) {
            throw new Unavailable(
                    "cannot create basin " + basin + ": " + answer.statusCode() + " " + answer.body(), null);
        }
        return this;
    }

    /** @param config JSON of a StreamConfig, or null for the basin's defaults */
    public void createStream(String stream, @Nullable String config) {
        String body = "{\"stream\":" + JSON.getNodeFactory().textNode(stream)
                + (config == null ? "}" : ",\"config\":" + config + "}");
        requireOk(send("POST", basinEndpoint, "/v1/streams", body, true), 201);
    }

    /** JSON of the stream's configuration. */
    public String streamConfig(String stream) {
        return requireOk(send("GET", basinEndpoint, "/v1/streams/" + encode(stream), null, true), 200)
                .toString();
    }

    /** Asks again while S2 says that another change of the stream came between. */
    public void deleteStream(String stream) {
        requireOk(change("DELETE", stream, null), 202);
    }

    /** What a {@code PATCH} of the stream's configuration does; asks again as {@link #deleteStream} does. */
    public void reconfigureStream(String stream, String config) {
        requireOk(change("PATCH", stream, config), 200);
    }

    private HttpResponse<String> change(String method, String stream, @Nullable String body) {
        AtomicReference<HttpResponse<String>> last = new AtomicReference<>();
        Await.until("S2 takes " + method + " of " + stream, Duration.ofSeconds(30), () -> {
            HttpResponse<String> answer = send(method, basinEndpoint, "/v1/streams/" + encode(stream), body, true);
            last.set(answer);
            return answer.statusCode() != 409 || !answer.body().contains("transaction_conflict");
        });
        return Objects.requireNonNull(last.get());
    }

    /** Appends one record without any condition, as a foreign writer would. */
    public void appendForeign(String stream, String body) {
        append(stream, "{\"records\":[" + data(body) + "]}");
    }

    /** Appends these records in one batch; at most 1000. */
    public void appendTexts(String stream, List<String> bodies) {
        append(stream, bodies.stream().map(S2Reader::data).collect(Collectors.joining(",", "{\"records\":[", "]}")));
    }

    /** Appends one record under a fencing token, as a foreign writer that knows about fences would. */
    public void appendForeign(String stream, String body, String token) {
        append(stream, "{\"records\":[" + data(body) + "],\"fencing_token\":\"" + token + "\"}");
    }

    /** What somebody else may write: any headers, any body. */
    public record Foreign(byte[] body, List<byte[][]> headers) {}

    /** Appends records in one batch without any condition, as a foreign writer would. */
    public void appendForeign(String stream, List<Foreign> records) {
        ObjectNode batch = JSON.createObjectNode();
        ArrayNode array = batch.putArray("records");
        for (Foreign record : records) {
            ObjectNode node = array.addObject().put("body", base64(record.body()));
            ArrayNode headers = node.putArray("headers");
            for (byte[][] header : record.headers()) {
                headers.addArray().add(base64(header[0])).add(base64(header[1]));
            }
        }
        append(stream, batch.toString());
    }

    /** Appends a trim command, as an operator would. */
    public void trim(String stream, long before) {
        command(stream, "trim", java.nio.ByteBuffer.allocate(8).putLong(before).array());
    }

    /** Installs a fencing token whatever is in force, as an operator or a careless writer would; empty clears the fence. */
    public void fence(String stream, String token) {
        command(stream, "fence", bytes(token));
    }

    private void command(String stream, String name, byte[] value) {
        append(
                stream,
                "{\"records\":[{\"headers\":[[\"\",\"" + base64(bytes(name)) + "\"]],\"body\":\"" + base64(value)
                        + "\"}]}");
    }

    private void append(String stream, String json) {
        requireOk(send("POST", basinEndpoint, "/v1/streams/" + encode(stream) + "/records", json, true), 200);
    }

    private static String data(String body) {
        return "{\"body\":\"" + base64(bytes(body)) + "\"}";
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public List<String> streams(String prefix) {
        List<String> names = new ArrayList<>();
        String after = "";
        while (true) {
            JsonNode page = requireOk(
                    send(
                            "GET",
                            basinEndpoint,
                            "/v1/streams?limit=1000&prefix=" + encode(prefix)
                                    + (after.isEmpty() ? "" : "&start_after=" + encode(after)),
                            null,
                            true),
                    200);
            for (JsonNode stream : page.get("streams")) {
                after = stream.get("name").asText();
                if (stream.path("deleted_at").isNull()
                        || stream.path("deleted_at").isMissingNode()) {
                    names.add(after);
                }
            }
            if (!page.path("has_more").asBoolean()) {
                return names;
            }
        }
    }

    /** The position the next record will get; -1 if the stream does not exist. */
    public long tail(String stream) {
        HttpResponse<String> answer =
                send("GET", basinEndpoint, "/v1/streams/" + encode(stream) + "/records/tail", null, true);
        if (answer.statusCode() == 404) {
            return -1;
        }
        return requireOk(answer, 200).get("tail").get("seq_num").asLong();
    }

    /** Every record still in the stream, command records included, in order. */
    public void forEach(String stream, Consumer<Stored> action) {
        forEachFrom(stream, 0, action);
    }

    /** The same for the records from a position on. */
    public void forEachFrom(String stream, long from, Consumer<Stored> action) {
        long next = from;
        long end = tail(stream);
        while (next < end) {
            List<Stored> page = read(stream, "seq_num=" + next);
            if (page.isEmpty()) {
                return;
            }
            page.forEach(action);
            next = page.get(page.size() - 1).seqNum() + 1;
        }
    }

    public List<Stored> readAll(String stream) {
        List<Stored> all = new ArrayList<>();
        forEach(stream, all::add);
        return all;
    }

    /** The last record that is not a command, searched backwards; null if there is none (or no stream). */
    public @Nullable Stored lastData(String stream) {
        for (long back = 8; ; back *= 8) {
            Stored last = null;
            long first = -1;
            // forward to the tail: one page holds at most 1 MiB
            List<Stored> page = read(stream, "tail_offset=" + back);
            while (!page.isEmpty()) {
                first = first < 0 ? page.get(0).seqNum() : first;
                for (Stored record : page) {
                    last = record.isCommand() ? last : record;
                }
                page = read(stream, "seq_num=" + (page.get(page.size() - 1).seqNum() + 1));
            }
            if (last != null || first <= 0 || back > 4_000) {
                return last;
            }
        }
    }

    /** One unary read; empty at the tail, for an empty stream and for none. */
    private List<Stored> read(String stream, String from) {
        HttpResponse<String> answer = send(
                "GET", basinEndpoint, "/v1/streams/" + encode(stream) + "/records?" + from + "&count=1000", null, true);
        if (answer.statusCode() == 416 || answer.statusCode() == 404) {
            return List.of();
        }
        List<Stored> records = new ArrayList<>();
        for (JsonNode record : requireOk(answer, 200).get("records")) {
            List<byte[][]> headers = new ArrayList<>();
            for (JsonNode header : record.path("headers")) {
                headers.add(new byte[][] {bytes(header.get(0)), bytes(header.get(1))});
            }
            records.add(new Stored(
                    record.get("seq_num").asLong(),
                    record.get("timestamp").asLong(),
                    headers,
                    record.has("body") ? bytes(record.get("body")) : new byte[0]));
        }
        return records;
    }

    private static byte[] bytes(JsonNode base64) {
        return Base64.getDecoder().decode(base64.asText());
    }

    private HttpResponse<String> send(
            String method, String endpoint, String path, @Nullable String body, boolean inBasin) {
        boolean templated = endpoint.contains("{basin}");
        String base = endpoint.replace("{basin}", basin);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base.replaceAll("/+$", "") + path))
                .timeout(Duration.ofSeconds(20))
                .header("content-type", "application/json")
                .header("s2-format", "base64")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (inBasin && !templated) {
            request.header("s2-basin", basin);
        }
        if (token != null) {
            request.header("authorization", "Bearer " + token);
        }
        if (encryptionKey != null) {
            request.header("s2-encryption-key", encryptionKey);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new Unavailable(method + " " + path + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static JsonNode requireOk(HttpResponse<String> answer, int... statuses) {
        for (int status : statuses) {
            if (answer.statusCode() == status) {
                try {
                    return answer.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer.body());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        throw new Unavailable(
                answer.request().method() + " " + answer.uri() + " answered " + answer.statusCode() + ": "
                        + answer.body(),
                null);
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
