package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.ServerError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;

/** A call with its whole body before it. Called with the server's lock held. */
final class UnaryCall implements Call {

    /** Answers the request, now or later. */
    interface Responder {
        void answer(byte[] body) throws Refused;
    }

    private static final int MAX_BODY_BYTES = 2 << 20;

    private final Request request;
    private final Reply reply;
    private final Responder endpoint;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean tooLong;

    UnaryCall(Request request, Reply reply, Responder endpoint) {
        this.request = request;
        this.reply = reply;
        this.endpoint = endpoint;
    }

    @Override
    public void body(ByteBuffer bytes) {
        byte[] chunk = new byte[bytes.remaining()];
        bytes.get(chunk);
        tooLong |= body.size() + chunk.length > MAX_BODY_BYTES;
        if (!tooLong) {
            body.writeBytes(chunk);
        }
    }

    @Override
    public void end() {
        try {
            if (tooLong) {
                throw Refused.badJson("Failed to buffer the request body: length limit exceeded");
            }
            endpoint.answer(decoded());
        } catch (Refused e) {
            reply.error(e.error());
        } catch (RuntimeException e) {
            // a bug of this server; an answer says more than a closed connection
            reply.error(ServerError.of(500, "other", "embedded server: " + e));
        }
    }

    private byte[] decoded() throws Refused {
        String encoding = request.headers().getOrDefault("content-encoding", "identity");
        if (encoding.equals("identity")) {
            return body.toByteArray();
        }
        if (!encoding.equals("gzip")) {
            throw Refused.badHeader("content-encoding", "the embedded server takes gzip and no " + encoding);
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body.toByteArray()))) {
            return in.readNBytes(MAX_BODY_BYTES);
        } catch (IOException e) {
            throw Refused.badHeader("content-encoding", "the body is not gzip");
        }
    }
}
