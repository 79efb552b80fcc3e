package io.fenceline.s2.http;

import io.fenceline.s2.wire.S2sReadDecoder;
import io.fenceline.s2.wire.SseReadDecoder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one origin over HTTP/2: unary calls, a few at a time, and append exchanges, as many as asked for. Each has
 * a connection to itself while it lasts. No retries, redirects, cookies or transparent compression. Any thread may call;
 * threads are daemons.
 */
public final class Http2Transport implements AutoCloseable {

    /** Unary calls beyond that many wait for their turn. */
    private static final int MAX_UNARY_CONNECTIONS = 32;

    private static final int MAX_IO_THREADS = 3;
    private static final AtomicInteger IDS = new AtomicInteger();

    private final Origin origin;
    private final Duration requestTimeout;
    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor lookups;
    private final ConnectionPool pool;

    private final Object turns = new Object();
    // guarded by turns
    private int unaryUnderWay;
    private final Deque<UnaryExchange> waiting = new ArrayDeque<>();

    public Http2Transport(Origin origin, Duration connectTimeout, Duration requestTimeout) {
        this(origin, null, null, connectTimeout, requestTimeout);
    }

    /**
     * @param proxy null: straight to the origin
     * @param trust null: the JVM's
     */
    public Http2Transport(
            Origin origin,
            @Nullable HttpProxy proxy,
            @Nullable SSLContext trust,
            Duration connectTimeout,
            Duration requestTimeout) {
        this.origin = origin;
        this.requestTimeout = requestTimeout;
        int id = IDS.incrementAndGet();
        this.timer = timer(id);
        this.lookups = lookups(id);
        int ioThreads = Math.min(MAX_IO_THREADS, Runtime.getRuntime().availableProcessors());
        this.pool = new ConnectionPool(origin, proxy, trust, connectTimeout, ioThreads, lookups);
    }

    private static ScheduledThreadPoolExecutor timer(int id) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, daemons("fenceline-io-timer-" + id));
        executor.setRemoveOnCancelPolicy(true);
        executor.setKeepAliveTime(30, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** A look-up can hang for many seconds, so it must not be in the way of anything else. */
    private static ThreadPoolExecutor lookups(int id) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                2, 2, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("fenceline-io-lookup-" + id));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private static ThreadFactory daemons(String name) {
        AtomicInteger threads = new AtomicInteger();
        LogContext logContext = LogContext.current();
        return task -> {
            Thread thread = new Thread(logContext.carriedTo(task), name + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Sends a request and collects its answer, whatever its status. Fails with a {@link TransportException}. */
    public CompletableFuture<UnaryResponse> call(RequestHead head, ByteBuffer body) {
        UnaryExchange exchange = new UnaryExchange(origin, pool, head, body);
        try {
            watch(exchange, requestTimeout.toMillis());
        } catch (RejectedExecutionException e) {
            exchange.failed(new ConnectionClosedException("the client is closed"));
            return exchange.answer();
        }
        exchange.answer().whenComplete((answer, failure) -> unaryDone(exchange));
        synchronized (turns) {
            if (unaryUnderWay == MAX_UNARY_CONNECTIONS) {
                waiting.add(exchange);
                return exchange.answer();
            }
            unaryUnderWay++;
        }
        exchange.start();
        return exchange.answer();
    }

    private void watch(UnaryExchange exchange, long millis) {
        Future<?> look = timer.schedule(
                () -> {
                    if (exchange.timeOutUnlessComing(millis)) {
                        watch(exchange, millis);
                    }
                },
                millis,
                TimeUnit.MILLISECONDS);
        exchange.answer().whenComplete((answer, failure) -> look.cancel(false));
    }

    private void unaryDone(UnaryExchange done) {
        UnaryExchange next;
        synchronized (turns) {
            if (waiting.remove(done)) {
                return;
            }
            next = waiting.poll();
            if (next == null) {
                unaryUnderWay--;
            }
        }
        if (next != null) {
            next.start();
        }
    }

    /** Starts an append session; batches may be given to it at once. */
    public AppendExchange openAppend(RequestHead head, boolean compress, AppendExchange.Listener listener) {
        Http2AppendExchange exchange = new Http2AppendExchange(origin, pool, head, compress, listener);
        exchange.start();
        return exchange;
    }

    /** Starts a read session in S2S frames. */
    public ReadExchange openRead(RequestHead head, ReadExchange.Listener listener) {
        return open(new Http2ReadExchange(origin, pool, head, "s2s/proto", new S2sReadDecoder(), listener));
    }

    /** Starts a read session in server-sent events. */
    public ReadExchange openEvents(RequestHead head, ReadExchange.Listener listener) {
        return open(new Http2ReadExchange(origin, pool, head, "text/event-stream", new SseReadDecoder(), listener));
    }

    private static ReadExchange open(Http2ReadExchange exchange) {
        exchange.start();
        return exchange;
    }

    /** Cuts what is under way and ends the threads. */
    @Override
    public void close() {
        timer.shutdownNow();
        lookups.shutdownNow();
        pool.close();
        List<UnaryExchange> never;
        synchronized (turns) {
            never = new ArrayList<>(waiting);
        }
        never.forEach(exchange -> exchange.failed(new ConnectionClosedException("the client is closed")));
    }
}
