package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.SequencedRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.impl.bootstrap.HttpAsyncServer;
import org.apache.hc.core5.http.nio.support.BasicAsyncServerExpectationDecorator;
import org.apache.hc.core5.http.nio.support.DefaultAsyncResponseExchangeHandlerFactory;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.IOSessionListener;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;

/**
 * An S2 server on loopback, in memory or in a folder: HTTP/1.1 and HTTP/2 with prior knowledge on one port, no TLS, any
 * access token unless it is told to {@link #acceptOnly} some. It follows s2-lite, which the conformance suite compares it
 * with, and fails as told by {@link Fault}s.
 *
 * <p>In a folder, what is acknowledged is on disk. Records are in memory as well, so it holds what fits there. Keys of
 * encrypted streams are checked; nothing is encrypted.
 *
 * <p>Any thread may script it and look at it. One lock guards everything behind the connections.
 */
public final class EmbeddedServer implements AutoCloseable {

    private static final Duration TICK = Duration.ofSeconds(1);

    private final HttpAsyncServer http;
    private final int port;
    private final LongSupplier clockMillis;
    private final @Nullable String everyBasin;
    private final Consumer<String> requestLog;
    private final ScheduledThreadPoolExecutor timers;
    private final Map<SocketAddress, IOSession> connections = new ConcurrentHashMap<>();
    private final Routes routes = new Routes(this);

    private final Object lock = new Object();
    // guarded by lock
    private final Commits commits;
    private final Account account;
    private final FaultScript faults = new FaultScript();
    private final List<Request> requests = new ArrayList<>();
    private final boolean remembersRequests;
    private int connectionsAccepted;
    /** Null: any, and none. */
    private @Nullable Set<String> accessTokens;

    private int refusedTokens;

    private EmbeddedServer(Builder settings) throws IOException {
        clockMillis = settings.clockMillis;
        everyBasin = settings.everyBasin;
        requestLog = settings.requestLog;
        remembersRequests = settings.remembersRequests;
        commits = settings.root == null ? Commits.inMemory(lock) : Commits.onDisk(lock, settings.onDiskFailure);
        account = new Account(clockMillis, commits, settings.root);
        if (everyBasin != null) {
            synchronized (lock) {
                try {
                    account.ensureBasin(everyBasin, BasinSettings.DEFAULTS);
                } catch (Refused e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        timers = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "s2-timers");
            thread.setDaemon(true);
            return thread;
        });
        timers.setRemoveOnCancelPolicy(true);
        http = new HttpAsyncServer(
                new OnePort(new DefaultAsyncResponseExchangeHandlerFactory(
                        (request, context) -> () -> new ServedRequest(this),
                        handler -> new BasicAsyncServerExpectationDecorator(handler, failure -> {}))),
                IOReactorConfig.custom()
                        .setIoThreadCount(settings.ioThreads)
                        .setTcpNoDelay(true)
                        .setSoReuseAddress(true)
                        .build(),
                null,
                failure -> {},
                new Connections(),
                null,
                null,
                null);
        http.start();
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port);
            SocketAddress bound = http.listen(address, URIScheme.HTTP).get().getAddress();
            port = ((InetSocketAddress) bound).getPort();
        } catch (ExecutionException e) {
            close();
            throw new IOException("cannot listen on loopback, port " + settings.port + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        timers.scheduleWithFixedDelay(
                () -> {
                    synchronized (lock) {
                        account.tick();
                    }
                },
                TICK.toMillis(),
                TICK.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** In memory on any free port unless told otherwise. */
    public static final class Builder {

        private int port;
        private int ioThreads = 1;
        private @Nullable Path root;
        private LongSupplier clockMillis = System::currentTimeMillis;
        private @Nullable String everyBasin;
        private Consumer<String> requestLog = line -> {};
        private boolean remembersRequests;
        private Consumer<IOException> onDiskFailure = failure -> {
            throw new UncheckedIOException(failure);
        };

        private Builder() {}

        public Builder port(int value) {
            port = value;
            return this;
        }

        /** With one, requests are handled one at a time in the order they come. */
        public Builder ioThreads(int value) {
            ioThreads = value;
            return this;
        }

        /** Keeps everything in this folder. */
        public Builder in(Path folder) {
            root = folder;
            return this;
        }

        /** Arrival time of records, creation time of streams, age of records. */
        public Builder clock(LongSupplier millis) {
            clockMillis = millis;
            return this;
        }

        /** There is one basin, and it answers to every name. */
        public Builder oneBasin() {
            everyBasin = "every-basin";
            return this;
        }

        public Builder logRequests(Consumer<String> lines) {
            requestLog = lines;
            return this;
        }

        /** For {@link EmbeddedServer#requests()}; a server that runs for long has better things to keep. */
        public Builder rememberRequests() {
            remembersRequests = true;
            return this;
        }

        public Builder onDiskFailure(Consumer<IOException> action) {
            onDiskFailure = action;
            return this;
        }

        public EmbeddedServer start() throws IOException {
            return new EmbeddedServer(this);
        }
    }

    public int port() {
        return port;
    }

    /** For both endpoints of a client. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    // ---- scripting

    /** Queues faults behind those still waiting. */
    public void inject(Fault... next) {
        synchronized (lock) {
            faults.add(next);
        }
    }

    /** Faults that have not struck yet. */
    public List<Fault> waitingFaults() {
        synchronized (lock) {
            return faults.waiting();
        }
    }

    /** Whether every request about this stream is answered with 503, as long as nothing else is said. */
    public void unavailable(String stream, boolean on) {
        synchronized (lock) {
            faults.unavailable(stream, on);
        }
    }

    /** From now on batches are sequenced but not durable: no ack, no failed condition, no reader sees them. */
    public void holdDurability() {
        synchronized (lock) {
            commits.hold();
        }
    }

    public void releaseDurability() {
        synchronized (lock) {
            commits.release();
        }
    }

    /**
     * From now on a request needs one of these access tokens, or is refused as the cloud refuses it. What has begun goes on, as
     * there: S2 looks at a token when a call or a session begins. Before the first call any token will do, and none.
     */
    public void acceptOnly(String... tokens) {
        synchronized (lock) {
            accessTokens = Set.of(tokens);
        }
    }

    /** Requests refused for their token. */
    public int refusedTokens() {
        synchronized (lock) {
            return refusedTokens;
        }
    }

    /** From now on any access token will do, and none. */
    public void acceptAnybody() {
        synchronized (lock) {
            accessTokens = null;
        }
    }

    /** Resets every open connection. */
    public void resetConnections() {
        List.copyOf(connections.values()).forEach(session -> session.close(CloseMode.IMMEDIATE));
    }

    // ---- looking at it, and being somebody else

    /** Does nothing if it exists. */
    public void createStream(String basin, String stream) {
        synchronized (lock) {
            try {
                Basin there = basin(basin);
                if (!there.streams.containsKey(stream)) {
                    account.createStream(there, stream, StreamSettings.NOTHING, null);
                }
            } catch (Refused e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    /** Does nothing if there is none. */
    public void deleteStream(String basin, String stream) {
        synchronized (lock) {
            try {
                Basin there = basin(basin);
                HostedStream doomed = there.streams.get(stream);
                if (doomed != null) {
                    account.delete(there, doomed);
                }
            } catch (Refused e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    /** Appends without conditions; durable at once in memory unless durability is held. */
    public void append(String basin, String stream, AppendInput input) {
        synchronized (lock) {
            try {
                append(existing(basin, stream), input, null);
            } catch (Refused e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    /** Everything appended so far and not trimmed, durable or not. */
    public List<SequencedRecord> records(String basin, String stream) {
        synchronized (lock) {
            return existing(basin, stream).model.everything();
        }
    }

    public FencingToken token(String basin, String stream) {
        synchronized (lock) {
            return existing(basin, stream).model.token();
        }
    }

    public List<Request> requests() {
        synchronized (lock) {
            return List.copyOf(requests);
        }
    }

    /** Connections accepted since the start. */
    public int connectionsAccepted() {
        synchronized (lock) {
            return connectionsAccepted;
        }
    }

    public int openConnections() {
        return connections.size();
    }

    /** Takes no more connections, says so on those there are, and closes when what is under way is done or time is up. */
    public void shutDown(Duration patience) {
        http.initiateShutdown();
        try {
            http.awaitShutdown(TimeValue.ofMilliseconds(patience.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
        timers.shutdownNow();
        commits.close();
        try {
            synchronized (lock) {
                account.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HostedStream existing(String basin, String stream) {
        try {
            return account.stream(basin(basin), stream);
        } catch (Refused e) {
            throw new IllegalArgumentException(e);
        }
    }

    // ---- for the calls, with the lock held

    Object lock() {
        return lock;
    }

    Account account() {
        return account;
    }

    Commits commits() {
        return commits;
    }

    FaultScript faults() {
        return faults;
    }

    Routes routes() {
        return routes;
    }

    LongSupplier clock() {
        return clockMillis;
    }

    Basin basin(String name) throws Refused {
        return account.basin(everyBasin == null ? name : everyBasin);
    }

    /** Sequences a batch; readers see it when it is durable, and what is then submitted to the commits comes behind. */
    AppendAck append(HostedStream stream, AppendInput input, @Nullable String key) throws Refused {
        StreamModel.Admitted admitted = stream.model.append(input, key);
        commits.submit(stream.log, stream.log == null ? null : DataFolder.encode(admitted.entries()), () -> {
            stream.model.makeDurable(admitted.ack().tail());
            stream.tellFollowers();
        });
        return admitted.ack();
    }

    /** Runs with the lock held, unless it is cancelled before. */
    Future<?> after(Duration delay, Runnable action) {
        return timers.schedule(
                () -> {
                    synchronized (lock) {
                        action.run();
                    }
                },
                delay.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Lock held. */
    void authenticate(Request request) throws Refused {
        Set<String> accepted = accessTokens;
        String given = request.header("authorization");
        if (accepted != null
                && (given == null
                        || !given.startsWith("Bearer ")
                        || !accepted.contains(given.substring("Bearer ".length())))) {
            refusedTokens++;
            throw Refused.of(401, "authn", "the access token is not valid");
        }
    }

    void received(Request request) {
        if (remembersRequests) {
            requests.add(request);
        }
    }

    void answered(Request request, int status) {
        requestLog.accept("request{method=" + request.method() + " uri=" + request.path() + "} " + status);
    }

    void cut(SocketAddress client) {
        IOSession session = connections.get(client);
        if (session != null) {
            session.close(CloseMode.IMMEDIATE);
        }
    }

    /** Keeps track of who is connected. */
    private final class Connections implements IOSessionListener {

        @Override
        public void connected(IOSession session) {
            connections.put(session.getRemoteAddress(), session);
            synchronized (lock) {
                connectionsAccepted++;
            }
        }

        @Override
        public void disconnected(IOSession session) {
            connections.values().removeIf(open -> open.getId().equals(session.getId()));
        }

        @Override
        public void startTls(IOSession session) {}

        @Override
        public void inputReady(IOSession session) {}

        @Override
        public void outputReady(IOSession session) {}

        @Override
        public void timeout(IOSession session) {}

        @Override
        public void exception(IOSession session, Exception cause) {}
    }
}
