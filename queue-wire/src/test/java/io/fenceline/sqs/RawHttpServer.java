package io.fenceline.sqs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An HTTP/1.1 server of bytes: what it answers, and where it breaks off, is said request by request. Counts what it sees. */
final class RawHttpServer implements AutoCloseable {

    /** What is done with one request, once it is read to its end. */
    interface Reply {
        void to(Request request, Socket socket) throws IOException;
    }

    record Request(String head, String body) {
        String header(String name) {
            for (String line : head.split("\r\n")) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                    return line.substring(colon + 1).trim();
                }
            }
            return "";
        }
    }

    private final ServerSocket listener;
    private final Thread accepts;
    private final Reply otherwise;
    private final Deque<Reply> script = new ArrayDeque<>();
    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /** @param otherwise what a request gets that nothing was said of */
    RawHttpServer(Reply otherwise) throws IOException {
        this.otherwise = otherwise;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.accepts = new Thread(this::accept, "raw-http");
        accepts.setDaemon(true);
        accepts.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** What the next requests get, in their order. */
    void next(Reply... replies) {
        synchronized (script) {
            script.addAll(List.of(replies));
        }
    }

    /** Those that came to their end. */
    List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    int connections() {
        return connections.get();
    }

    /** Of all connections, heads and parts of requests included. */
    long bytes() {
        return bytes.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                connections.incrementAndGet();
                Thread thread = new Thread(() -> serve(socket), "raw-http-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                Request request = read(in);
                if (request == null) {
                    return;
                }
                requests.add(request);
                Reply reply;
                synchronized (script) {
                    reply = script.isEmpty() ? otherwise : script.poll();
                }
                reply.to(request, socket);
                if (socket.isClosed()) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client went away, which some of the tests are about
        } finally {
            sockets.remove(socket);
        }
    }

    private Request read(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int b = in.read();
            if (b < 0) {
                return null;
            }
            bytes.incrementAndGet();
            head.write(b);
            matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
        }
        Request request = new Request(head.toString(ISO_8859_1), "");
        int length = Integer.parseInt(request.header("Content-Length"));
        byte[] body = in.readNBytes(length);
        bytes.addAndGet(body.length);
        return body.length < length ? null : new Request(request.head(), new String(body, UTF_8));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        // the kernel goes on listening until a thread that waits in accept has come back
        try {
            accepts.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while closing");
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    // ------------------------------------------------------------ replies

    /** Bytes as they are. */
    static Reply raw(String answer) {
        return (request, socket) -> write(socket, answer);
    }

    static Reply http(int status, String contentType, String body, String... headers) {
        return raw(text(status, contentType, body, headers));
    }

    static String text(int status, String contentType, String body, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" Said\r\n");
        head.append("Content-Type: ").append(contentType).append("\r\n");
        head.append("Content-Length: ").append(body.getBytes(UTF_8).length).append("\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").append(body).toString();
    }

    static Reply json(int status, String body) {
        return http(status, "application/x-amz-json-1.0", body, "x-amzn-RequestId: 5f0e9d1c");
    }

    /** An error in SQS's own form. */
    static Reply error(int status, String code) {
        return json(
                status, String.format(Locale.ROOT, "{\"__type\":\"com.amazonaws.sqs#%s\",\"message\":\"said\"}", code));
    }

    static Reply html(int status, String... headers) {
        return http(status, "text/html", "<html><body>Please sign in</body></html>", headers);
    }

    /** Closes in place of an answer. */
    static Reply closes() {
        return (request, socket) -> socket.close();
    }

    /** A reset in place of an answer. */
    static Reply resets() {
        return (request, socket) -> {
            socket.setSoLinger(true, 0);
            socket.close();
        };
    }

    /** First these bytes, then the other. */
    static Reply then(Reply first, Reply second) {
        return (request, socket) -> {
            first.to(request, socket);
            second.to(request, socket);
        };
    }

    /** Says nothing until the client goes away, which {@code gone} is told. */
    static Reply silence(CountDownLatch gone) {
        return (request, socket) -> {
            try {
                while (socket.getInputStream().read() >= 0) {
                    // nothing is expected
                }
            } finally {
                gone.countDown();
                socket.close();
            }
        };
    }

    /** One byte in 20 ms until the client goes away, which {@code gone} is told. */
    static Reply drips(String start, CountDownLatch gone) {
        return (request, socket) -> {
            write(socket, start);
            try {
                socket.setSoTimeout(20);
                while (true) {
                    write(socket, "x");
                    try {
                        if (socket.getInputStream().read() < 0) {
                            return;
                        }
                    } catch (java.net.SocketTimeoutException e) {
                        // time for the next byte
                    }
                }
            } finally {
                gone.countDown();
                socket.close();
            }
        };
    }

    private static void write(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(UTF_8));
        out.flush();
    }
}
