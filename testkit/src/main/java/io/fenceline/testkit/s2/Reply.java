package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.s2.wire.ServerError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.ResponseChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request: at once, or a body that goes on. Guarded by the server's lock; the connection takes bytes
 * out when it has room.
 */
final class Reply {

    private static final int MIN_GZIP_BYTES = 1024;

    private final ResponseChannel responses;
    private final HttpContext context;
    private final boolean gzip;
    private final Consumer<Integer> onAnswer;

    private boolean answered;
    private final Deque<ByteBuffer> outgoing = new ArrayDeque<>();
    private boolean endAfterOutgoing;
    private boolean ended;
    private @Nullable DataStreamChannel channel;

    /** Asked for more when everything is out; false means that there is nothing now. */
    private @Nullable BooleanSupplier source;

    private boolean sourceDry;

    Reply(ResponseChannel responses, HttpContext context, boolean gzip, Consumer<Integer> onAnswer) {
        this.responses = responses;
        this.context = context;
        this.gzip = gzip;
        this.onAnswer = onAnswer;
    }

    void error(ServerError error) {
        BasicHttpResponse head = new BasicHttpResponse(error.status());
        if (error.retryAfterMillis() > 0) {
            head.setHeader("retry-after-ms", error.retryAfterMillis());
        }
        whole(head, "application/json", ServiceMessages.error(error));
    }

    void json(int status, JsonNode json) {
        bytes(status, "application/json", json.toString().getBytes(StandardCharsets.UTF_8));
    }

    void bytes(int status, String type, byte[] content) {
        whole(new BasicHttpResponse(status), type, content);
    }

    /** Without a body. */
    void status(int status) {
        send(new BasicHttpResponse(status), false);
    }

    void status(int status, String header, String value) {
        BasicHttpResponse head = new BasicHttpResponse(status);
        head.setHeader(header, value);
        send(head, false);
    }

    void provisioned(int status, String result, JsonNode json) {
        BasicHttpResponse head = new BasicHttpResponse(status);
        head.setHeader("s2-provision-result", result);
        whole(head, "application/json", json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A body that goes on until {@link #end}. */
    void open(String type) {
        BasicHttpResponse head = new BasicHttpResponse(200);
        head.setHeader("content-type", type);
        if (!type.equals("s2s/proto") || source != null) {
            head.setHeader("cache-control", "no-cache, no-transform");
            head.setHeader("x-accel-buffering", "no");
        }
        send(head, true);
    }

    /** Pulls the body from here, as the client reads it. */
    void pullFrom(BooleanSupplier more) {
        source = more;
    }

    void write(byte[] bytes) {
        outgoing.add(ByteBuffer.wrap(bytes));
        wake();
    }

    void end() {
        endAfterOutgoing = true;
        wake();
    }

    /** The source has something again. */
    void sourceReady() {
        sourceDry = false;
        wake();
    }

    private void wake() {
        if (channel != null) {
            channel.requestOutput();
        }
    }

    int available() {
        if (ended) {
            return 0;
        }
        return outgoing.size() + (endAfterOutgoing || source != null && !sourceDry ? 1 : 0);
    }

    void produce(DataStreamChannel open) throws IOException {
        channel = open;
        while (!ended) {
            ByteBuffer next = outgoing.peek();
            if (next != null) {
                open.write(next);
                if (next.hasRemaining()) {
                    return;
                }
                outgoing.remove();
            } else if (endAfterOutgoing) {
                ended = true;
                open.endStream();
            } else if (source == null || sourceDry || !source.getAsBoolean()) {
                sourceDry = true;
                return;
            }
        }
    }

    private void whole(BasicHttpResponse head, String type, byte[] content) {
        head.setHeader("content-type", type);
        byte[] body = content;
        if (gzip && content.length >= MIN_GZIP_BYTES) {
            head.setHeader("content-encoding", "gzip");
            body = gzip(content);
        }
        if (answered) {
            return;
        }
        outgoing.add(ByteBuffer.wrap(body));
        endAfterOutgoing = true;
        try {
            send(head, new BasicEntityDetails(body.length, null));
        } catch (HttpException | IOException e) {
            // the client is gone
        }
    }

    private void send(BasicHttpResponse head, boolean withBody) {
        try {
            send(head, withBody ? new BasicEntityDetails(-1, null) : null);
        } catch (HttpException | IOException e) {
            // the client is gone
        }
    }

    private void send(BasicHttpResponse head, @Nullable BasicEntityDetails entity) throws HttpException, IOException {
        if (answered) {
            return;
        }
        answered = true;
        onAnswer.accept(head.getCode());
        responses.sendResponse(head, entity, context);
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(content.length / 2);
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }
}
