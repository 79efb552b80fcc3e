package io.fenceline.s2.http;

import io.fenceline.s2.wire.ServerError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.jspecify.annotations.Nullable;

/**
 * One request on a connection of its own, from asking for the connection to giving it back. Ends exactly once; whoever
 * ends it first wins. The library calls on an I/O thread, users on theirs.
 */
abstract class Exchange implements AsyncClientExchangeHandler, ConnectionPool.Borrower {

    /** How far the request is; what it decides is whether the service can have seen it. */
    private enum Progress {
        /** Nothing has been sent. */
        WAITING,
        /** The head may have left this process, and with it the body. */
        STARTED,
        /** Over, one way or another. */
        ENDED
    }

    protected final Origin origin;
    protected final ConnectionPool pool;
    private final RequestHead head;

    private final AtomicReference<Progress> progress = new AtomicReference<>(Progress.WAITING);
    /** Null before the pool gave one, and again once given back. */
    private final AtomicReference<@Nullable Connection> connection = new AtomicReference<>();

    Exchange(Origin origin, ConnectionPool pool, RequestHead head) {
        this.origin = origin;
        this.pool = pool;
        this.head = head;
    }

    final void start() {
        pool.borrow(this);
    }

    /** Hands on an error of the service as whoever asked is to hear it; may call {@code then} later, and on any thread. */
    protected final void judge(ServerError error, Consumer<ServerError> then) {
        head.judge(error, then);
    }

    /** Length of the request's body, 0 for none, or -1 if it is not known. */
    protected abstract long bodyLength();

    /** The connection is this exchange's from now on; nothing was written yet. */
    protected void onConnected(Connection borrowed) {}

    /** The response's head. {@code more} tells whether a body follows. */
    protected abstract void onResponse(HttpResponse response, boolean more) throws IOException;

    protected abstract void onBody(ByteBuffer source) throws IOException;

    protected abstract void onResponseEnd() throws IOException;

    /** The exchange is over without a complete answer. Called at most once, and not after an {@link #end}. */
    protected abstract void onFailure(TransportFailure failure);

    /** The peer goes away once what is under way is done. May be called more than once. */
    protected void onGoAway() {}

    /**
     * Ends the exchange; false if it was over already. A connection on which both directions are done goes back to the
     * pool, any other is cut.
     */
    protected final boolean end(boolean connectionIsClean) {
        if (progress.getAndSet(Progress.ENDED) == Progress.ENDED) {
            return false;
        }
        leave(connectionIsClean);
        return true;
    }

    /** Ends the exchange with a failure, unless it is over. */
    protected final void fail(Exception cause) {
        Progress before = progress.getAndSet(Progress.ENDED);
        if (before != Progress.ENDED) {
            Connection mine = connection.get();
            leave(false);
            onFailure(
                    before == Progress.STARTED
                            ? Failures.ofRequest(origin, cause)
                            : Failures.beforeRequest(origin, cause, mine != null && !mine.isUsed()));
        }
    }

    protected final boolean isOver() {
        return progress.get() == Progress.ENDED;
    }

    protected final boolean isStarted() {
        return progress.get() == Progress.STARTED;
    }

    /**
     * The peer said that it goes away. One that was not begun is failed by the library.
     *
     * @param served whether this request is one the peer still answers
     */
    final void goAwayReceived(boolean served) {
        if (!isStarted()) {
            return;
        }
        if (served) {
            onGoAway();
        } else {
            fail(new RequestNotExecutedException());
        }
    }

    private void leave(boolean connectionIsClean) {
        pool.done(this);
        Connection mine = connection.getAndSet(null);
        if (mine == null) {
            return;
        }
        if (connectionIsClean) {
            pool.giveBack(mine);
        } else {
            mine.discard();
        }
    }

    @Override
    public final void connected(Connection borrowed) {
        connection.set(borrowed);
        onConnected(borrowed);
        if (isOver()) {
            // ended while connecting; whoever sees the connection first takes it
            leave(true);
            return;
        }
        borrowed.execute(this);
    }

    @Override
    public final void produceRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
        if (!progress.compareAndSet(Progress.WAITING, Progress.STARTED)) {
            throw new RequestNotExecutedException();
        }
        long length = bodyLength();
        EntityDetails body = length == 0 ? null : new BasicEntityDetails(length, null);
        channel.sendRequest(head.toRequest(origin), body, context);
    }

    @Override
    public final void consumeInformation(HttpResponse response, HttpContext context) {}

    @Override
    public final void consumeResponse(HttpResponse response, @Nullable EntityDetails body, HttpContext context)
            throws IOException {
        // the library would keep the heads for as long as the exchange lasts, which with a session is long
        HttpCoreContext heads = HttpCoreContext.cast(context);
        heads.setRequest(null);
        heads.setResponse(null);
        if (isOver()) {
            return;
        }
        onResponse(response, body != null);
        if (body == null && !isOver()) {
            onResponseEnd();
        }
    }

    @Override
    public void updateCapacity(CapacityChannel channel) throws IOException {
        // what arrives is taken at once and is small or bounded by the request
        channel.update(Integer.MAX_VALUE);
    }

    @Override
    public final void consume(ByteBuffer source) throws IOException {
        if (!isOver()) {
            onBody(source);
        }
    }

    @Override
    public final void streamEnd(@Nullable List<? extends Header> trailers) throws IOException {
        if (!isOver()) {
            onResponseEnd();
        }
    }

    @Override
    public final void failed(Exception cause) {
        fail(cause);
    }

    @Override
    public final void cancel() {
        fail(new RequestNotExecutedException());
    }

    @Override
    public final void releaseResources() {
        fail(new ConnectionClosedException("closed by the peer"));
    }
}
