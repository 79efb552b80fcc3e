package io.fenceline.testkit;

import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.SequencedRecord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.impl.bootstrap.HttpAsyncServer;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.http2.impl.nio.bootstrap.H2ServerBootstrap;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.IOSessionListener;
import org.jspecify.annotations.Nullable;

/**
 * An S2 server on loopback that keeps its streams in memory, by the service's rules, and fails as told: real HTTP/2,
 * real frames, {@link Fault}s as values. One I/O thread serves all connections, so events are handled one at a time.
 * Any thread may script it and look at it.
 */
public final class ScriptedS2Server implements AutoCloseable {

    /** What a client asked for; header names in lower case. */
    public record Request(String method, String path, Map<String, String> headers) {}

    private final HttpAsyncServer server;
    private final int port;
    private final LongSupplier clockMillis;
    private final Map<SocketAddress, IOSession> connections = new ConcurrentHashMap<>();

    private final Object lock = new Object();
    // guarded by lock
    private final Map<String, StreamModel> streams = new TreeMap<>();
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final List<Request> requests = new ArrayList<>();
    private final Deque<Runnable> untilDurable = new ArrayDeque<>();
    private boolean durabilityHeld;
    private int connectionsAccepted;

    private ScriptedS2Server(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
        this.server = H2ServerBootstrap.bootstrap()
                .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_2)
                .setH2Config(H2Config.custom()
                        .setPushEnabled(false)
                        .setInitialWindowSize(1 << 20)
                        .setMaxConcurrentStreams(200)
                        .build())
                .setIOReactorConfig(IOReactorConfig.custom()
                        .setIoThreadCount(1)
                        .setTcpNoDelay(true)
                        .build())
                .setIOSessionListener(new Connections())
                .setRequestRouter((request, context) -> () -> new ScriptedRequestHandler(this))
                .create();
        server.start();
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            SocketAddress bound = server.listen(address, URIScheme.HTTP).get().getAddress();
            this.port = ((InetSocketAddress) bound).getPort();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot listen on loopback", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    public static ScriptedS2Server start() {
        return start(System::currentTimeMillis);
    }

    /** @param clockMillis arrival time of records and creation time of streams */
    public static ScriptedS2Server start(LongSupplier clockMillis) {
        return new ScriptedS2Server(clockMillis);
    }

    /** For both endpoints of a client. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Queues faults behind those still waiting. */
    public void inject(Fault... next) {
        synchronized (lock) {
            Collections.addAll(faults, next);
        }
    }

    /** Faults that have not struck yet. */
    public List<Fault> waitingFaults() {
        synchronized (lock) {
            return List.copyOf(faults);
        }
    }

    /** From now on batches are sequenced but not durable: no ack, no failed condition, no reader sees them. */
    public void holdDurability() {
        synchronized (lock) {
            durabilityHeld = true;
        }
    }

    public void releaseDurability() {
        List<Runnable> due;
        synchronized (lock) {
            durabilityHeld = false;
            due = List.copyOf(untilDurable);
            untilDurable.clear();
            due.forEach(Runnable::run);
        }
    }

    public void createStream(String name) {
        synchronized (lock) {
            streams.putIfAbsent(name, new StreamModel(clockMillis));
        }
    }

    /** Gone at once, records and token. */
    public void deleteStream(String name) {
        synchronized (lock) {
            streams.remove(name);
        }
    }

    /** Appends as somebody else, without conditions. */
    public void append(String name, AppendRecord... records) {
        synchronized (lock) {
            try {
                StreamModel stream = existing(name);
                stream.append(new AppendInput(List.of(records), null, null));
                stream.makeDurable(stream.end());
            } catch (StreamModel.Refused e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    /** Everything appended so far, durable or not, trimmed or not. */
    public List<SequencedRecord> records(String name) {
        synchronized (lock) {
            return existing(name).everything();
        }
    }

    public FencingToken token(String name) {
        synchronized (lock) {
            return existing(name).token();
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

    /** Resets every open connection. */
    public void resetConnections() {
        List.copyOf(connections.values()).forEach(session -> session.close(CloseMode.IMMEDIATE));
    }

    @Override
    public void close() {
        server.close(CloseMode.IMMEDIATE);
    }

    Object lock() {
        return lock;
    }

    /** The rest with the lock held. */
    @Nullable
    StreamModel stream(String name) {
        return streams.get(name);
    }

    Collection<Map.Entry<String, StreamModel>> allStreams() {
        return streams.entrySet();
    }

    void received(Request request) {
        requests.add(request);
    }

    /** The fault at the head of the queue, if it is about this kind of event. */
    <T extends Fault> @Nullable T strike(Class<T> event) {
        Fault head = faults.peek();
        if (!event.isInstance(head)) {
            return null;
        }
        faults.remove();
        if (head instanceof Fault.Pass pass) {
            if (pass.appends() > 1) {
                faults.addFirst(new Fault.Pass(pass.appends() - 1));
            }
            return null;
        }
        if (head instanceof Fault.LoseReplies lose && lose.appends() > 1) {
            faults.addFirst(new Fault.LoseReplies(lose.appends() - 1));
        }
        return event.cast(head);
    }

    /** Runs now, or with all others in order when durability is released. */
    void whenDurable(Runnable action) {
        if (durabilityHeld) {
            untilDurable.add(action);
        } else {
            action.run();
        }
    }

    void cut(SocketAddress client) {
        IOSession session = connections.get(client);
        if (session != null) {
            session.close(CloseMode.IMMEDIATE);
        }
    }

    private StreamModel existing(String name) {
        StreamModel stream = streams.get(name);
        if (stream == null) {
            throw new IllegalArgumentException("no stream " + name);
        }
        return stream;
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
