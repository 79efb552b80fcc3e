package io.fenceline.testkit;

import io.fenceline.testkit.sqs.Http1Message;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 proxy on loopback in front of a server that speaks SQS's protocol, told by the test what goes wrong with which
 * request of which operation. Requests are forwarded whole and as they came. Thread-safe; one thread per connection, and one
 * connection to the server for each of the client's.
 *
 * <p>Counters tell whether a fault took effect: {@link #struck} counts only what the server had answered with success. Faults
 * behind the server leave a {@code ReceiveMessage} without messages alone, for nothing would be lost, and wait for one with
 * messages. A client that goes away while its request is served takes the proxy's connection to the server with it.
 */
public final class HttpFaultProxy implements AutoCloseable {

    /** What happens to one request. */
    public enum Fault {
        /** Forwarded, and its answer is thrown away: the client's connection ends in its place. */
        LOSE_ANSWER,
        /** Forwarded, and answered with 500 in place of the server's success. */
        ERROR_500_AFTER,
        /** Forwarded, and answered with 503 in place of the server's success. */
        ERROR_503_AFTER,
        /** Not forwarded: the client's connection ends. */
        DROP_REQUEST,
        /** Not forwarded, and answered with 503. */
        ERROR_503_BEFORE,
        /** Not forwarded before {@link #release}; then it reaches the server, whether its client still waits or not. */
        HOLD_REQUEST,
        /** Forwarded at once; the answer waits for {@link #release}. */
        HOLD_ANSWER
    }

    /** Says what happens to a request. Called by the threads of connections, one call at a time per operation. */
    public interface Plan {

        /** @param number counts the operation's requests from 1 on, since the plan was made */
        @Nullable
        Fault faultOf(long number);

        /** Every n-th request. */
        static Plan every(long n, Fault fault) {
            return number -> number % n == 0 ? fault : null;
        }

        /** The next requests, and then none. */
        static Plan next(long times, Fault fault) {
            return number -> number <= times ? fault : null;
        }
    }

    private static final class Planned {
        final Plan plan;
        private long seen;

        Planned(Plan plan) {
            this.plan = plan;
        }

        synchronized @Nullable Fault next() {
            return plan.faultOf(++seen);
        }

        /** The last one was not worth it: its number is given to another. */
        synchronized void takeBack() {
            seen--;
        }
    }

    private static final int BACKLOG = 128;

    private final InetSocketAddress target;
    private final InetSocketAddress address;
    private volatile ServerSocket listener;
    private Thread acceptor;
    /** Keeps the port while nobody listens there. */
    private @Nullable Socket placeholder;

    private final Map<String, Planned> plans = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> requests = new ConcurrentHashMap<>();
    private final Map<Fault, AtomicLong> struck = new ConcurrentHashMap<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong late = new AtomicLong();
    private final Object gate = new Object();
    private int held;
    private int released;
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean refusing;
    private volatile boolean closed;

    private HttpFaultProxy(InetSocketAddress target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
        this.acceptor = acceptOn(listener);
    }

    public static HttpFaultProxy to(URI server) {
        try {
            return new HttpFaultProxy(new InetSocketAddress(server.getHost(), server.getPort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Value for {@code sqs.endpoint}. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + address.getPort());
    }

    /** The URL of a queue, with the proxy's address in place of the server's. */
    public String queueUrl(String queueUrl) {
        return url() + URI.create(queueUrl).getPath();
    }

    /** From now on this plan says what happens to the requests of that operation; it replaces the one before. */
    public void plan(String operation, Plan plan) {
        plans.put(operation, new Planned(plan));
    }

    /** No faults any more; what is held stays so until {@link #release}. */
    public void clearPlans() {
        plans.clear();
    }

    /** Every request is forwarded that much later, in real time. */
    public void delay(Duration delay) {
        this.delay = delay;
    }

    /** Ends every connection as soon as it sends something, and those that are open now, until {@link #admit}. */
    public void refuse() {
        refusing = true;
        open.forEach(HttpFaultProxy::quietly);
    }

    public void admit() {
        refusing = false;
    }

    /** As when the server is down: connections are refused, and those that are open now end, until {@link #reopen}. */
    public synchronized void shut() {
        quietly(listener);
        open.forEach(HttpFaultProxy::quietly);
        try {
            // the port is free when nobody is inside accept any more
            acceptor.join();
            Socket bound = new Socket();
            bound.setReuseAddress(true);
            bound.bind(address);
            placeholder = bound;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Connections are taken again, on the same port. */
    public synchronized void reopen() {
        if (placeholder != null) {
            quietly(placeholder);
            placeholder = null;
        }
        try {
            ServerSocket next = new ServerSocket();
            next.setReuseAddress(true);
            next.bind(address, BACKLOG);
            listener = next;
            acceptor = acceptOn(next);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void release() {
        synchronized (gate) {
            released++;
            gate.notifyAll();
        }
    }

    /** Requests and answers that wait for {@link #release} now. */
    public int held() {
        synchronized (gate) {
            return held;
        }
    }

    /** Requests of that operation that were read to their end, whatever became of them. */
    public long requests(String operation) {
        AtomicLong count = requests.get(operation);
        return count == null ? 0 : count.get();
    }

    /** How often that fault took effect; one behind the server only if the server had answered with success. */
    public long struck(Fault fault) {
        AtomicLong count = struck.get(fault);
        return count == null ? 0 : count.get();
    }

    /** Held requests that reached the server after their client had gone. */
    public long late() {
        return late.get();
    }

    @Override
    public synchronized void close() {
        closed = true;
        quietly(listener);
        if (placeholder != null) {
            quietly(placeholder);
        }
        release();
        open.forEach(HttpFaultProxy::quietly);
    }

    private Thread acceptOn(ServerSocket socket) {
        return thread("http-fault-proxy-accept", () -> accept(socket));
    }

    private void accept(ServerSocket socket) {
        while (!closed) {
            try {
                Socket client = socket.accept();
                client.setTcpNoDelay(true);
                open.add(client);
                if (closed || socket.isClosed()) {
                    quietly(client);
                }
                thread("http-fault-proxy-connection", () -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket()) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            @Nullable InputStream answers = null;
            for (Http1Message request = Http1Message.read(in, out);
                    request != null && !refusing;
                    request = Http1Message.read(in, out)) {
                requests.computeIfAbsent(request.operation(), unseen -> new AtomicLong())
                        .incrementAndGet();
                Planned planned = plans.get(request.operation());
                Fault fault = planned == null ? null : planned.next();
                if (!delay.isZero()) {
                    Await.sleep(delay);
                }
                if (fault == Fault.DROP_REQUEST) {
                    count(fault);
                    return;
                }
                if (fault == Fault.ERROR_503_BEFORE) {
                    count(fault);
                    error(503).writeTo(out);
                    continue;
                }
                if (fault == Fault.HOLD_REQUEST) {
                    hold(fault);
                    if (client.isClosed() || ClientSocket.hasEnded(client)) {
                        late.incrementAndGet();
                    }
                }
                if (answers == null) {
                    server.connect(target, 3_000);
                    server.setTcpNoDelay(true);
                    answers = new BufferedInputStream(server.getInputStream());
                }
                request.writeTo(server.getOutputStream());
                if (fault == null && !awaitAnswer(client, server, answers)) {
                    return;
                }
                Http1Message answer = Http1Message.read(answers, null);
                if (answer == null) {
                    return;
                }
                if (planned != null && fault != null && isBehind(fault) && isEmptyReceive(request, answer)) {
                    planned.takeBack();
                    fault = null;
                }
                if (fault == Fault.HOLD_ANSWER) {
                    hold(fault);
                }
                if (answer.status() == 200 && fault == Fault.LOSE_ANSWER) {
                    count(fault);
                    return;
                }
                if (answer.status() == 200 && (fault == Fault.ERROR_500_AFTER || fault == Fault.ERROR_503_AFTER)) {
                    count(fault);
                    answer = error(fault == Fault.ERROR_500_AFTER ? 500 : 503);
                }
                answer.writeTo(out);
            }
        } catch (IOException e) {
            // one side is gone, and with it the connection to the other
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    /** Waits for the first byte of the answer, as long as the client does. @return false if the client has gone */
    private static boolean awaitAnswer(Socket client, Socket server, InputStream answers) throws IOException {
        answers.mark(1);
        server.setSoTimeout(100);
        try {
            while (true) {
                try {
                    answers.read();
                    answers.reset();
                    return true;
                } catch (SocketTimeoutException e) {
                    if (ClientSocket.hasEnded(client)) {
                        return false;
                    }
                }
            }
        } finally {
            server.setSoTimeout(0);
        }
    }

    private static boolean isBehind(Fault fault) {
        return fault == Fault.LOSE_ANSWER
                || fault == Fault.ERROR_500_AFTER
                || fault == Fault.ERROR_503_AFTER
                || fault == Fault.HOLD_ANSWER;
    }

    private static boolean isEmptyReceive(Http1Message request, Http1Message answer) {
        return request.operation().equals("ReceiveMessage")
                && answer.status() == 200
                && !new String(answer.body(), StandardCharsets.UTF_8).contains("\"MessageId\"");
    }

    private void hold(Fault fault) throws InterruptedException {
        synchronized (gate) {
            int before = released;
            held++;
            while (released == before && !closed) {
                gate.wait();
            }
            held--;
        }
        count(fault);
    }

    private void count(Fault fault) {
        struck.computeIfAbsent(fault, unseen -> new AtomicLong()).incrementAndGet();
    }

    private static Http1Message error(int status) {
        return Http1Message.answer(
                status, "text/html", ("<html><body>" + status + "</body></html>").getBytes(StandardCharsets.UTF_8));
    }

    private static Thread thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void quietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // closing is all we wanted
        }
    }
}
