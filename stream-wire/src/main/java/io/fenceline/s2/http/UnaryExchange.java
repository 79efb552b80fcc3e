package io.fenceline.s2.http;

import io.fenceline.s2.wire.WireFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.DataStreamChannel;

/** A request with its whole body at hand and an answer small enough to collect. */
final class UnaryExchange extends Exchange {

    /** More than the largest answer of the API, a full read batch with its framing. */
    private static final int MAX_RESPONSE_BYTES = 8 << 20;
    /**
     * Of an answer that is no success. What it says fits into a few lines; the rest is not waited for. Less than what any
     * exchange lets its peer send unasked, or a long one would stall.
     */
    static final int MAX_ERROR_BODY_BYTES = ConnectionPool.INITIAL_WINDOW_BYTES / 2;

    /** A peer that sends less within the time for an answer only keeps us waiting. */
    static final int LEAST_BYTES = 1 << 10;

    private static final long LONGEST_RETRY_AFTER_MILLIS = 86_400_000;

    private final ByteBuffer requestBody;
    private final CompletableFuture<UnaryResponse> answer = new CompletableFuture<>();

    /** Written by the I/O thread. */
    private volatile long arrived;
    /** Of the timer's thread. */
    private long arrivedBefore;

    // I/O thread only
    private boolean requestSent;
    private int status;
    private long retryAfterMillis;
    private final ByteArrayOutputStream responseBody = new ByteArrayOutputStream(256);

    UnaryExchange(Origin origin, ConnectionPool pool, RequestHead head, ByteBuffer requestBody) {
        super(origin, pool, head);
        this.requestBody = requestBody;
    }

    CompletableFuture<UnaryResponse> answer() {
        return answer;
    }

    /**
     * Gives up waiting, unless the answer has been coming since this was asked last: over a slow link a large one takes
     * longer than the time in which a peer has to show a sign of life.
     *
     * @return whether to ask again after that time
     */
    boolean timeOutUnlessComing(long millis) {
        long now = arrived;
        boolean coming = now - arrivedBefore >= LEAST_BYTES;
        arrivedBefore = now;
        if (!coming) {
            timeOut(millis);
        }
        return coming;
    }

    /** Bytes of the answer that are here. */
    long arrived() {
        return arrived;
    }

    private void timeOut(long millis) {
        boolean started = isStarted();
        if (end(false)) {
            String message = "no answer from " + origin.hostAndPort() + " within " + millis + " ms";
            answer.completeExceptionally(new TransportException(new TransportFailure(
                    started ? TransportFailure.Kind.BROKEN : TransportFailure.Kind.NOT_CONNECTED,
                    started ? message : message + ", the request was not begun",
                    null)));
        }
    }

    @Override
    protected long bodyLength() {
        return requestBody.remaining();
    }

    @Override
    public int available() {
        return requestSent ? 0 : Math.max(1, requestBody.remaining());
    }

    @Override
    public void produce(DataStreamChannel channel) throws IOException {
        while (requestBody.hasRemaining()) {
            if (channel.write(requestBody) == 0) {
                return;
            }
        }
        if (!requestSent) {
            requestSent = true;
            channel.endStream();
        }
    }

    @Override
    protected void onResponse(HttpResponse response, boolean more) {
        status = response.getCode();
        retryAfterMillis = retryAfterMillis(response);
    }

    @Override
    protected void onBody(ByteBuffer source) throws IOException {
        arrived = responseBody.size() + source.remaining();
        if (status >= 300) {
            onErrorBody(source);
            return;
        }
        if (responseBody.size() + source.remaining() > MAX_RESPONSE_BYTES) {
            throw new WireFormatException("answer is larger than " + MAX_RESPONSE_BYTES + " bytes");
        }
        byte[] chunk = new byte[source.remaining()];
        source.get(chunk);
        responseBody.write(chunk, 0, chunk.length);
    }

    /** A refusal stays one, however long its text is. */
    private void onErrorBody(ByteBuffer source) {
        byte[] chunk = new byte[Math.min(source.remaining(), MAX_ERROR_BODY_BYTES - responseBody.size())];
        source.get(chunk);
        responseBody.write(chunk, 0, chunk.length);
        if (source.hasRemaining()) {
            source.position(source.limit());
            if (end(false)) {
                answer.complete(new UnaryResponse(status, retryAfterMillis, responseBody.toByteArray(), true));
            }
        }
    }

    @Override
    protected void onResponseEnd() {
        boolean bodySent = bodyLength() == 0 || requestSent;
        if (end(bodySent)) {
            answer.complete(new UnaryResponse(status, retryAfterMillis, responseBody.toByteArray(), false));
        }
    }

    @Override
    protected void onFailure(TransportFailure failure) {
        answer.completeExceptionally(new TransportException(failure));
    }

    /** The pause the service asks for; no sensible one is longer than a day. */
    static long retryAfterMillis(HttpResponse response) {
        Header header = response.getFirstHeader("retry-after-ms");
        if (header == null || header.getValue() == null) {
            return 0;
        }
        try {
            return Math.min(Math.max(0, Long.parseLong(header.getValue().strip())), LONGEST_RETRY_AFTER_MILLIS);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
