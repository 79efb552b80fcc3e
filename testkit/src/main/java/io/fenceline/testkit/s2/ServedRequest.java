package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.ServerError;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncServerExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.ResponseChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.H2StreamResetException;
import org.jspecify.annotations.Nullable;

/** One request on its connection. Called by the server's I/O threads; everything behind it happens under the lock. */
final class ServedRequest implements AsyncServerExchangeHandler {

    private static final int WINDOW_BYTES = 1 << 20;

    private final EmbeddedServer server;
    private @Nullable SocketAddress client;
    private @Nullable Reply reply;
    private Call call = Call.IGNORE;
    private long bytesBeforeBreak = -1;

    ServedRequest(EmbeddedServer server) {
        this.server = server;
    }

    @Override
    public void handleRequest(
            HttpRequest head, @Nullable EntityDetails entity, ResponseChannel responses, HttpContext context)
            throws HttpException, IOException {
        Request request = Request.of(head);
        synchronized (server.lock()) {
            client = HttpCoreContext.cast(context).getEndpointDetails().getRemoteAddress();
            server.received(request);
            Reply answer =
                    new Reply(responses, context, request.acceptsGzip(), status -> server.answered(request, status));
            reply = answer;
            Fault.OnRequest fault = server.faults().strike(Fault.OnRequest.class);
            if (fault instanceof Fault.RefuseStream) {
                throw new H2StreamResetException(H2Error.REFUSED_STREAM, "as told");
            } else if (fault instanceof Fault.Hang) {
                return;
            } else if (fault instanceof Fault.RejectRequest reject) {
                answer.error(reject.error());
                return;
            } else if (fault instanceof Fault.BreakAfterBytes after) {
                bytesBeforeBreak = after.bytes();
            }
            try {
                if (server.faults().isUnavailable(request)) {
                    answer.error(ServerError.of(503, "unavailable", "as told"));
                    return;
                }
                server.authenticate(request);
                call = server.routes().open(request, answer, this::cut);
            } catch (Refused e) {
                answer.error(e.error());
            }
            if (entity == null) {
                call.end();
            }
        }
    }

    @Override
    public void consume(ByteBuffer source) {
        synchronized (server.lock()) {
            if (bytesBeforeBreak >= 0 && source.remaining() >= bytesBeforeBreak) {
                source.limit(source.position() + (int) bytesBeforeBreak);
                call.body(source);
                call = Call.IGNORE;
                cut();
                return;
            }
            bytesBeforeBreak -= bytesBeforeBreak >= 0 ? source.remaining() : 0;
            call.body(source);
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        synchronized (server.lock()) {
            call.end();
        }
    }

    @Override
    public int available() {
        synchronized (server.lock()) {
            return reply == null ? 0 : reply.available();
        }
    }

    @Override
    public void produce(DataStreamChannel open) throws IOException {
        synchronized (server.lock()) {
            if (reply != null) {
                reply.produce(open);
            }
        }
    }

    @Override
    public void updateCapacity(CapacityChannel capacity) throws IOException {
        capacity.update(WINDOW_BYTES);
    }

    @Override
    public void failed(Exception cause) {
        // what the client sent before counts
        releaseResources();
    }

    @Override
    public void releaseResources() {
        synchronized (server.lock()) {
            call.release();
        }
    }

    private void cut() {
        if (client != null) {
            server.cut(client);
        }
    }
}
