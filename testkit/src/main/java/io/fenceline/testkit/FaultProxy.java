package io.fenceline.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on loopback between a client and one server, told by the test what goes wrong. It knows bytes only, so
 * the protocol under test cannot notice it. Thread-safe; two threads per connection.
 *
 * <p>Counters tell whether a fault took effect: a run in which nothing was lost has shown nothing.
 */
public final class FaultProxy implements AutoCloseable {

    /** What happens to bytes from now on, on all connections. */
    public enum Mode {
        /** Forward both ways. */
        PASS,
        /** LR: the server gets everything, its replies vanish. */
        LOSE_REPLIES,
        /** HO: forward nothing, close nothing; what waits goes on when the mode changes. */
        HOLE,
        /** LL: keep what the client sends back, until {@link #landLate}. */
        HOLD_REQUESTS
    }

    private final InetSocketAddress target;
    private final int port;
    private final Set<Link> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong lostReplyBytes = new AtomicLong();
    private final AtomicLong lateBytes = new AtomicLong();
    private final AtomicLong cut = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();
    private final Object modeChanged = new Object();
    private volatile Mode mode = Mode.PASS;
    private volatile long cutAfterBytes = -1;
    private volatile boolean closed;
    private ServerSocket listener;

    private FaultProxy(InetSocketAddress target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        this.port = listener.getLocalPort();
        accept(listener);
    }

    public static FaultProxy to(URI server) {
        try {
            return new FaultProxy(new InetSocketAddress(server.getHost(), server.getPort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public void mode(Mode next) {
        synchronized (modeChanged) {
            mode = next;
            modeChanged.notifyAll();
        }
    }

    /** CUT(k): the next connection that sends k more bytes is reset in the middle, once. */
    public void cutAfter(long requestBytes) {
        cutAfterBytes = requestBytes;
    }

    /** REF: refuse connections and reset the open ones, until {@link #admit}. */
    public synchronized void refuse() {
        quietly(listener);
        resetAll();
    }

    public synchronized void admit() {
        try {
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 128);
            accept(listener);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** HO, for good: connections that are open now forward nothing any more and stay open; new ones are well. */
    public void freezeOpen() {
        connections.forEach(connection -> connection.frozen = true);
    }

    /** Resets the clients and lets go of the server. */
    public void resetAll() {
        connections.forEach(connection -> connection.reset(true));
    }

    /** Resets the clients; the server's side stays, with what was held back. For {@link Mode#HOLD_REQUESTS}. */
    public void resetClientsOnly() {
        connections.forEach(connection -> connection.reset(false));
    }

    /** Delivers what was held back to the server, long after its client is gone. */
    public void landLate() {
        connections.forEach(Link::landLate);
    }

    public long lostReplyBytes() {
        return lostReplyBytes.get();
    }

    /** What waits for {@link #landLate}. */
    public long heldBytes() {
        return connections.stream().mapToLong(Link::heldBytes).sum();
    }

    public long lateBytes() {
        return lateBytes.get();
    }

    public long cutConnections() {
        return cut.get();
    }

    public long acceptedConnections() {
        return accepted.get();
    }

    @Override
    public void close() {
        closed = true;
        quietly(listener);
        mode(Mode.PASS);
        connections.forEach(connection -> connection.reset(true));
    }

    private void accept(ServerSocket on) {
        thread("fault-proxy-accept", () -> {
            while (!closed) {
                Socket client;
                try {
                    client = on.accept();
                } catch (IOException e) {
                    return;
                }
                try {
                    accepted.incrementAndGet();
                    Socket server = new Socket();
                    server.connect(target, 2_000);
                    Link connection = new Link(client, server);
                    connections.add(connection);
                    connection.start();
                } catch (IOException e) {
                    abort(client);
                }
            }
        });
    }

    private void awaitPassable(Link connection) throws InterruptedException {
        synchronized (modeChanged) {
            while ((mode == Mode.HOLE || connection.frozen) && !closed) {
                modeChanged.wait();
            }
        }
    }

    private static void thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // closing is all we wanted
        }
    }

    /** A reset instead of an orderly end, so that no reader takes it for one. */
    private static void abort(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // already gone
        }
        quietly(socket);
    }

    private final class Link {

        private final Socket client;
        private final Socket server;
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();
        private volatile boolean frozen;

        Link(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        void start() {
            thread("fault-proxy-requests", this::requests);
            thread("fault-proxy-replies", this::replies);
        }

        private void requests() {
            byte[] buffer = new byte[64 << 10];
            try {
                InputStream in = client.getInputStream();
                OutputStream out = server.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    awaitPassable(this);
                    if (mode == Mode.HOLD_REQUESTS) {
                        synchronized (held) {
                            held.write(buffer, 0, n);
                        }
                        continue;
                    }
                    int forward = n;
                    boolean cutHere = false;
                    synchronized (FaultProxy.this) {
                        if (cutAfterBytes >= 0) {
                            cutHere = cutAfterBytes < n;
                            forward = (int) Math.min(n, cutAfterBytes);
                            cutAfterBytes = cutHere ? -1 : cutAfterBytes - n;
                        }
                    }
                    out.write(buffer, 0, forward);
                    out.flush();
                    if (cutHere) {
                        cut.incrementAndGet();
                        // orderly towards the server: what it has got counts
                        quietly(server);
                        abort(client);
                        connections.remove(this);
                        return;
                    }
                }
                server.shutdownOutput();
            } catch (IOException e) {
                endUnlessHeld();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void replies() {
            byte[] buffer = new byte[64 << 10];
            try {
                InputStream in = server.getInputStream();
                OutputStream out = client.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    awaitPassable(this);
                    if (mode == Mode.LOSE_REPLIES) {
                        lostReplyBytes.addAndGet(n);
                        continue;
                    }
                    out.write(buffer, 0, n);
                    out.flush();
                }
                client.shutdownOutput();
            } catch (IOException e) {
                endUnlessHeld();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void reset(boolean both) {
            abort(client);
            if (both) {
                quietly(server);
                connections.remove(this);
            }
        }

        void landLate() {
            byte[] late;
            synchronized (held) {
                late = held.toByteArray();
                held.reset();
            }
            if (late.length > 0) {
                try {
                    server.getOutputStream().write(late);
                    server.getOutputStream().flush();
                    lateBytes.addAndGet(late.length);
                } catch (IOException e) {
                    // the server gave the connection up: nothing lands
                }
            }
        }

        long heldBytes() {
            synchronized (held) {
                return held.size();
            }
        }

        private void endUnlessHeld() {
            boolean holding;
            synchronized (held) {
                holding = held.size() > 0;
            }
            quietly(client);
            if (!holding) {
                quietly(server);
                connections.remove(this);
            }
        }
    }
}
