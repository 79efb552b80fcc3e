package io.fenceline.s2.http;

import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.WireFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;

/**
 * What all sessions over HTTP/2 have in common: an answer that establishes them or an error instead, a body that goes on, and
 * the ways in which they end. The library calls on an I/O thread.
 */
abstract class SessionExchange extends Exchange {

    private final String contentType;
    private final SessionListener listener;
    private volatile boolean aborted;

    // I/O thread only
    private int status;
    private long retryAfterMillis;
    private final ByteArrayOutputStream errorBody = new ByteArrayOutputStream();
    /** The service asked for a new connection, in a frame or by HTTP/2's own means, so this one is of no further use. */
    private boolean reconnectAdvised;

    /** @param contentType of an answer that establishes the session */
    SessionExchange(
            Origin origin, ConnectionPool pool, RequestHead head, String contentType, SessionListener listener) {
        super(origin, pool, head);
        this.contentType = contentType;
        this.listener = listener;
    }

    /** Bytes of an established session. */
    protected abstract void onSessionBody(ByteBuffer source) throws WireFormatException;

    /** Whether the body may end here. */
    protected abstract boolean isComplete();

    /** Nothing of the request is left to be written. */
    protected abstract boolean isRequestSent();

    public void abort() {
        aborted = true;
        end(false);
    }

    protected final boolean isAborted() {
        return aborted;
    }

    @Override
    protected final void onResponse(HttpResponse response, boolean more) throws IOException {
        status = response.getCode();
        retryAfterMillis = UnaryExchange.retryAfterMillis(response);
        if (status != 200) {
            return;
        }
        Header type = response.getFirstHeader("content-type");
        if (type == null || type.getValue() == null || !type.getValue().startsWith(contentType)) {
            throw broken(new WireFormatException("answer to a request for a session of " + contentType + " is "
                    + (type == null ? "untyped" : PeerText.brief(type.getValue()))));
        }
        if (!aborted) {
            listener.onEstablished();
        }
    }

    @Override
    protected final void onBody(ByteBuffer source) throws IOException {
        if (status != 200) {
            onErrorBody(source);
            return;
        }
        try {
            onSessionBody(source);
        } catch (WireFormatException e) {
            throw broken(e);
        }
    }

    /** The rest of a long one is not waited for: it may have no end. */
    private void onErrorBody(ByteBuffer source) {
        byte[] chunk = new byte[Math.min(source.remaining(), UnaryExchange.MAX_ERROR_BODY_BYTES - errorBody.size())];
        source.get(chunk);
        errorBody.write(chunk, 0, chunk.length);
        if (source.hasRemaining()) {
            source.position(source.limit());
            reject(ServerError.parse(status, errorBody.toByteArray(), true, retryAfterMillis));
        }
    }

    @Override
    protected final void onResponseEnd() {
        if (status != 200) {
            reject(ServerError.parse(status, errorBody.toByteArray(), retryAfterMillis));
        } else if (!isComplete()) {
            fail(new ConnectionClosedException("the response ended inside a frame or before its end"));
        } else if (end(isRequestSent() && !reconnectAdvised) && !aborted) {
            listener.onEnded();
        }
    }

    /** The service said in the session that it is over. */
    protected final void reject(ServerError error) {
        if (error.answer() == Answer.DRAINING) {
            pool.evictIdle();
        }
        if (end(false) && !aborted) {
            judge(error, judged -> {
                if (!aborted) {
                    listener.onRejected(judged);
                }
            });
        }
    }

    /** Ends the exchange before the library hears of it: it would end it too, and with less to say. */
    private WireFormatException broken(WireFormatException cause) {
        fail(cause);
        return cause;
    }

    /** Advice in a frame, which its listener hears of with the frame. */
    protected final void onAdvice() {
        reconnectAdvised = true;
        pool.evictIdle();
    }

    @Override
    protected final void onGoAway() {
        boolean news = !reconnectAdvised && !aborted;
        onAdvice();
        if (news) {
            listener.onReconnectAdvised();
        }
    }

    @Override
    protected final void onFailure(TransportFailure failure) {
        if (!aborted) {
            listener.onBroken(failure);
        }
    }
}
