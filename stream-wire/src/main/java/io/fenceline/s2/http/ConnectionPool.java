package io.fenceline.s2.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.GatheringByteChannel;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.concurrent.CallbackContribution;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.nio.ssl.TlsStrategy;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http.protocol.HttpProcessorBuilder;
import org.apache.hc.core5.http.protocol.RequestUserAgent;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.http2.impl.nio.ClientH2PrefaceHandler;
import org.apache.hc.core5.http2.impl.nio.ClientH2StreamMultiplexerFactory;
import org.apache.hc.core5.http2.protocol.H2RequestConformance;
import org.apache.hc.core5.http2.protocol.H2RequestContent;
import org.apache.hc.core5.http2.protocol.H2ResponseConformance;
import org.apache.hc.core5.http2.ssl.H2ClientTlsStrategy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.DefaultConnectingIOReactor;
import org.apache.hc.core5.reactor.IOEventHandler;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOReactorShutdownException;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.ProtocolIOSession;
import org.apache.hc.core5.reactor.ssl.TransportSecurityLayer;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 connections to one origin, lent to one request each. Prior knowledge on {@code http}, ALPN and hostname
 * verification on {@code https}; whom TLS trusts is the JVM's default trust store unless told otherwise. With a proxy each
 * goes through a tunnel of its own, and the proxy looks up the origin's name. Any thread may call.
 */
final class ConnectionPool implements AutoCloseable {

    /** Load balancers cut idle connections after a minute or so; ours are gone before. */
    private static final Timeout IDLE_TIMEOUT = Timeout.ofSeconds(20);

    private static final int MAX_IDLE = 16;
    private static final int MAX_FRAME_BYTES = 16 << 10;
    /** Of one answer's head; the service's own have a few hundred bytes. */
    private static final int MAX_HEADER_BYTES = 64 << 10;

    /**
     * What a service may send on a stream before it is granted more: small, because a task with hundreds of read sessions
     * owes its memory bound to it; all other exchanges grant everything with the first frame.
     */
    static final int INITIAL_WINDOW_BYTES = 16 << 10;

    private static final AtomicInteger POOL_IDS = new AtomicInteger();

    /** Who listens and counts on one connection, and whom it is for. */
    private record Attendants(GoAwayListener goAway, OutputMeter output, Borrower borrower) {}

    /** Gets a connection or the reason why there is none. */
    interface Borrower {
        void connected(Connection connection);

        void failed(Exception cause);
    }

    private final Origin origin;
    private final @Nullable HttpProxy proxy;
    private final Timeout connectTimeout;
    private final Executor resolver;
    private final DefaultConnectingIOReactor reactor;
    /** Null on {@code http}: the trust store need not be there then. */
    private final @Nullable TlsStrategy tls;

    private final HttpProcessor requestHeaders = requestHeaders();
    private final H2Config http2 = H2Config.custom()
            .setPushEnabled(false)
            // a connection has one answer or a few in its life, too few for headers that are kept to come again
            .setHeaderTableSize(0)
            .setInitialWindowSize(INITIAL_WINDOW_BYTES)
            // each connection has a buffer of that size, and acks are small
            .setMaxFrameSize(MAX_FRAME_BYTES)
            .setMaxHeaderListSize(MAX_HEADER_BYTES)
            .build();
    private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger idleCount = new AtomicInteger();
    private final Set<Borrower> underWay = ConcurrentHashMap.newKeySet();

    /** Straight to the origin, trusting whom the JVM trusts. */
    ConnectionPool(Origin origin, Duration connectTimeout, int ioThreads, Executor resolver) {
        this(origin, null, null, connectTimeout, ioThreads, resolver);
    }

    /**
     * @param proxy    null: straight to the origin
     * @param trust    null: the JVM's
     * @param resolver runs name look-ups, which block
     */
    ConnectionPool(
            Origin origin,
            @Nullable HttpProxy proxy,
            @Nullable SSLContext trust,
            Duration connectTimeout,
            int ioThreads,
            Executor resolver) {
        this.origin = origin;
        this.proxy = proxy;
        this.connectTimeout = Timeout.of(connectTimeout);
        this.resolver = resolver;
        this.tls = origin.secure() ? new H2ClientTlsStrategy(trust == null ? defaultTrust() : trust) : null;
        IOReactorConfig io = IOReactorConfig.custom()
                .setIoThreadCount(ioThreads)
                .setTcpNoDelay(true)
                .setSoKeepAlive(true)
                .setTcpKeepIdle(15)
                .setTcpKeepInterval(5)
                .setTcpKeepCount(3)
                .setSelectInterval(TimeValue.ofMilliseconds(lookMillis(connectTimeout)))
                .build();
        SendBuffers buffers = new SendBuffers(CoalescingSession.BUFFER_BYTES, ioThreads + 1);
        int id = POOL_IDS.incrementAndGet();
        AtomicInteger threads = new AtomicInteger();
        LogContext logContext = LogContext.current();
        ThreadFactory daemons = task -> {
            Thread thread =
                    new Thread(logContext.carriedTo(task), "fenceline-io-" + id + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        this.reactor = new DefaultConnectingIOReactor(
                (session, attachment) -> handler(session, (Attendants) attachment),
                io,
                daemons,
                session -> new QuickAckSession(origin.secure() ? new CoalescingSession(session, buffers) : session),
                null,
                new ClosedListener(this::forgetClosed),
                null);
        this.reactor.start();
    }

    /**
     * Every I/O thread wakes up so often to look for connect and idle timeouts, also when nothing comes for hours; so it is
     * no oftener than keeping the former to a fifth more than its length takes.
     */
    static long lookMillis(Duration connectTimeout) {
        return Math.max(50, Math.min(1_000, connectTimeout.toMillis() / 5));
    }

    private static SSLContext defaultTrust() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JVM's default TLS settings cannot be used: " + e.getMessage(), e);
        }
    }

    /** The library's own set, less {@code expect: 100-continue}: that would hold back the body for a round trip. */
    private static HttpProcessor requestHeaders() {
        return HttpProcessorBuilder.create()
                .addAll(H2RequestConformance.INSTANCE)
                .addAll(H2RequestContent.INSTANCE, new RequestUserAgent("fenceline"))
                .addAll(H2ResponseConformance.INSTANCE)
                .build();
    }

    private IOEventHandler handler(ProtocolIOSession session, Attendants attendants) {
        if (proxy == null) {
            if (tls != null) {
                tls.upgrade(session, endpoint(), HttpVersionPolicy.FORCE_HTTP_2, connectTimeout, null);
            }
            return http2Handler(session, attendants);
        }
        return new TunnelHandler(session, origin, proxy, connectTimeout, new TunnelHandler.Outcome() {
            @Override
            public void opened() throws IOException {
                goOnInTunnel(session, attendants);
            }

            @Override
            public void failed(ProxyException cause) {
                attendants.borrower().failed(cause);
            }
        });
    }

    /** As on a connection that has just come about, but nobody says to the handler that it is connected. */
    private void goOnInTunnel(ProtocolIOSession session, Attendants attendants) throws IOException {
        IOEventHandler http2Handler = http2Handler(session, attendants);
        session.upgrade(http2Handler);
        if (tls == null) {
            http2Handler.connected(session);
        } else {
            tls.upgrade(
                    session,
                    endpoint(),
                    HttpVersionPolicy.FORCE_HTTP_2,
                    connectTimeout,
                    new CallbackContribution<>(null) {
                        @Override
                        public void completed(TransportSecurityLayer secured) {
                            try {
                                http2Handler.connected(session);
                            } catch (IOException e) {
                                http2Handler.exception(session, e);
                            }
                        }
                    });
        }
        attendants.borrower().connected(new Connection(session, attendants.goAway(), attendants.output()));
    }

    private IOEventHandler http2Handler(ProtocolIOSession session, Attendants attendants) {
        ProtocolIOSession output = session;
        if (tls == null && session.channel() instanceof GatheringByteChannel socket) {
            output = new GatheringSession(session, socket, attendants.output());
        }
        ClientH2StreamMultiplexerFactory streams =
                new ClientH2StreamMultiplexerFactory(requestHeaders, null, http2, null, attendants.goAway());
        return new ClientH2PrefaceHandler(output, streams, origin.secure(), null);
    }

    /** Lends an idle connection or opens one. The borrower counts as under way until it says that it is {@link #done}. */
    void borrow(Borrower borrower) {
        underWay.add(borrower);
        for (Connection connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            idleCount.decrementAndGet();
            if (connection.isUsable()) {
                connection.keepOpen();
                borrower.connected(connection);
                return;
            }
        }
        try {
            resolver.execute(() -> open(borrower));
        } catch (RejectedExecutionException e) {
            borrower.failed(clientClosed());
        }
    }

    void done(Borrower borrower) {
        underWay.remove(borrower);
    }

    /** Takes back a connection on which nothing is under way. */
    void giveBack(Connection connection) {
        if (!connection.isUsable() || idleCount.get() >= MAX_IDLE) {
            connection.discard();
            return;
        }
        connection.markUsed();
        connection.closeWhenIdleFor(IDLE_TIMEOUT);
        idleCount.incrementAndGet();
        idle.addFirst(connection);
    }

    /** Discards what is idle: the service asked to come back on new connections. */
    void evictIdle() {
        for (Connection connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            idleCount.decrementAndGet();
            connection.discard();
        }
    }

    /** An idle connection that was closed has some 40 KiB, and nobody may ask for another one for hours. */
    private void forgetClosed() {
        for (Connection connection : idle) {
            if (!connection.isUsable() && idle.remove(connection)) {
                idleCount.decrementAndGet();
            }
        }
    }

    private void open(Borrower borrower) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(proxy == null ? origin.host() : proxy.host());
        } catch (UnknownHostException e) {
            borrower.failed(
                    proxy == null ? e : new ProxyException("unknown host " + proxy.host() + " of the proxy", 0, e));
            return;
        }
        open(List.of(addresses).iterator(), borrower);
    }

    private void open(Iterator<InetAddress> addresses, Borrower borrower) {
        InetSocketAddress address =
                new InetSocketAddress(addresses.next(), proxy == null ? origin.port() : proxy.port());
        Attendants attendants = new Attendants(new GoAwayListener(), new OutputMeter(), borrower);
        try {
            reactor.connect(endpoint(), address, null, connectTimeout, attendants, new FutureCallback<>() {
                @Override
                public void completed(IOSession session) {
                    if (proxy != null) {
                        // the tunnel comes first
                        return;
                    }
                    session.setSocketTimeout(Timeout.DISABLED);
                    borrower.connected(new Connection(session, attendants.goAway(), attendants.output()));
                }

                @Override
                public void failed(Exception cause) {
                    if (addresses.hasNext()) {
                        open(addresses, borrower);
                    } else {
                        borrower.failed(proxy == null ? cause : Failures.ofProxy(proxy, cause));
                    }
                }

                @Override
                public void cancelled() {
                    borrower.failed(clientClosed());
                }
            });
        } catch (IOReactorShutdownException e) {
            borrower.failed(clientClosed());
        }
    }

    private HttpHost endpoint() {
        return new HttpHost(origin.secure() ? "https" : "http", origin.host(), origin.port());
    }

    /** Cuts all connections, fails whoever is under way and ends the threads. */
    @Override
    public void close() {
        reactor.close(CloseMode.IMMEDIATE);
        underWay.forEach(borrower -> borrower.failed(clientClosed()));
    }

    private static ConnectionClosedException clientClosed() {
        return new ConnectionClosedException("the client is closed");
    }
}
