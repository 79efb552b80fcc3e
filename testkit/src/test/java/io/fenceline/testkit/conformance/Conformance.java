package io.fenceline.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.testkit.S2Server;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What a server has to do, as raw calls over HTTP/1.1: nothing of the product is involved. Each test has streams of its
 * own; the server is shared.
 */
@Execution(ExecutionMode.CONCURRENT)
abstract class Conformance {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3))
            .build();

    final S2Server server;

    Conformance(Target target) {
        server = target.server();
    }

    static String unique(String prefix) {
        return prefix + COUNTER.incrementAndGet();
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    // ---- calls

    /** Asks again while the server says that another change of the stream came between: the real one does, at its own moments. */
    HttpAnswer call(String method, String path, Object body, String... headers) {
        HttpAnswer answer;
        int attempts = 0;
        do {
            HttpResponse<byte[]> response =
                    send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofByteArray());
            answer = new HttpAnswer(method + " " + path, response.statusCode(), response.headers(), response.body());
        } while (answer.status() == 409 && answer.text().contains("transaction_conflict") && ++attempts < 100);
        return answer;
    }

    HttpAnswer get(String path, String... headers) {
        return call("GET", path, null, headers);
    }

    /** A body that goes on. */
    HttpResponse<InputStream> open(String path, String... headers) {
        return send(request("GET", path, null, headers), HttpResponse.BodyHandlers.ofInputStream());
    }

    private static <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return HTTP.send(request, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(request.toString(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** In the suite's basin, unless the headers name another; bytes go as they are, everything else as JSON. */
    private HttpRequest request(String method, String path, Object body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(
                                        body instanceof byte[] bytes
                                                ? bytes
                                                : body.toString().getBytes(StandardCharsets.UTF_8)));
        request.setHeader("s2-basin", Target.BASIN);
        if (body != null && !(body instanceof byte[])) {
            request.setHeader("content-type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return request.build();
    }

    // ---- streams and records

    static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static String path(String stream) {
        return "/v1/streams/" + encode(stream);
    }

    static String records(String stream) {
        return path(stream) + "/records";
    }

    String createStream() {
        return createStream("{}");
    }

    String createStream(String config) {
        String name = unique("stream/ä ");
        ObjectNode body = object().put("stream", name);
        body.set("config", json(config));
        call("POST", "/v1/streams", body).is(201);
        return name;
    }

    static ObjectNode batch(Object... bodies) {
        ObjectNode batch = object();
        ArrayNode records = batch.putArray("records");
        for (Object body : bodies) {
            records.addObject().put("body", body.toString());
        }
        return batch;
    }

    HttpAnswer append(String stream, Object... bodies) {
        return call("POST", records(stream), batch(bodies));
    }

    /** One record with a body and a timestamp. */
    HttpAnswer appendAt(String stream, String body, long timestamp) {
        ObjectNode batch = batch(body);
        ((ObjectNode) batch.get("records").get(0)).put("timestamp", timestamp);
        return call("POST", records(stream), batch);
    }

    static ObjectNode command(String op, byte[] body) {
        Base64.Encoder base64 = Base64.getEncoder();
        ObjectNode batch = object();
        ObjectNode record = batch.putArray("records").addObject();
        record.putArray("headers").addArray().add("").add(base64.encodeToString(op.getBytes(StandardCharsets.UTF_8)));
        record.put("body", base64.encodeToString(body));
        return batch;
    }

    HttpAnswer fence(String stream, String token) {
        return call(
                "POST",
                records(stream),
                command("fence", token.getBytes(StandardCharsets.UTF_8)),
                "s2-format",
                "base64");
    }

    HttpAnswer trim(String stream, long before) {
        return call(
                "POST",
                records(stream),
                command("trim", ByteBuffer.allocate(Long.BYTES).putLong(before).array()),
                "s2-format",
                "base64");
    }

    HttpAnswer read(String stream, String query, String... headers) {
        return get(records(stream) + "?" + query, headers);
    }

    HttpAnswer tail(String stream) {
        return get(records(stream) + "/tail");
    }
}
