package io.fenceline.s2.http;

import io.fenceline.s2.wire.PeerText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOEventHandler;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Asks a proxy for a tunnel to the origin and reads its answer's head, no byte more: what follows is the origin's. Heard is
 * one outcome, once. One I/O thread.
 */
final class TunnelHandler implements IOEventHandler {

    /** What came of it. */
    interface Outcome {

        /** Bytes go to the origin and come from it from now on. */
        void opened() throws IOException;

        void failed(ProxyException cause);
    }

    /** Of a proxy's answer; they have some hundred bytes. */
    private static final int MAX_HEAD_BYTES = 16 << 10;

    private final IOSession connection;
    private final Origin origin;
    private final HttpProxy proxy;
    private final Timeout timeout;
    private final Outcome outcome;

    private final ByteBuffer request;
    private final StringBuilder head = new StringBuilder();
    private boolean over;

    /** @param timeout for the answer, from the connection on */
    TunnelHandler(IOSession connection, Origin origin, HttpProxy proxy, Timeout timeout, Outcome outcome) {
        this.connection = connection;
        this.origin = origin;
        this.proxy = proxy;
        this.timeout = timeout;
        this.outcome = outcome;
        this.request = ByteBuffer.wrap(requestHead(origin, proxy).getBytes(StandardCharsets.US_ASCII));
    }

    private static String requestHead(Origin origin, HttpProxy proxy) {
        String credentials = proxy.credentials();
        return "CONNECT " + origin.target() + " HTTP/1.1\r\n"
                + "host: " + origin.target() + "\r\n"
                + (credentials == null ? "" : "proxy-authorization: " + credentials + "\r\n")
                + "user-agent: fenceline\r\n"
                + "\r\n";
    }

    @Override
    public void connected(IOSession session) throws IOException {
        connection.setSocketTimeout(timeout);
        outputReady(connection);
    }

    @Override
    public void outputReady(IOSession session) throws IOException {
        if (request.hasRemaining()) {
            connection.write(request);
        }
        if (request.hasRemaining()) {
            connection.setEvent(SelectionKey.OP_WRITE);
        } else {
            connection.clearEvent(SelectionKey.OP_WRITE);
        }
    }

    @Override
    public void inputReady(IOSession session, @Nullable ByteBuffer source) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        while (!over) {
            one.clear();
            int n = connection.read(one);
            if (n < 0) {
                throw new ConnectionClosedException("it closed the connection");
            }
            if (n == 0) {
                return;
            }
            head.append((char) (one.get(0) & 0xff));
            if (head.length() > MAX_HEAD_BYTES) {
                throw new IOException("its answer has no end");
            }
            if (endsWithAnEmptyLine()) {
                onAnswer();
            }
        }
    }

    private boolean endsWithAnEmptyLine() {
        int length = head.length();
        return length >= 2
                && head.charAt(length - 1) == '\n'
                && (head.charAt(length - 2) == '\n'
                        || length >= 4 && head.substring(length - 4).equals("\r\n\r\n"));
    }

    private void onAnswer() throws IOException {
        String line = head.substring(0, head.indexOf("\n")).strip();
        int status = status(line);
        if (status >= 100 && status < 200) {
            head.setLength(0);
        } else if (status >= 200 && status < 300) {
            over = true;
            connection.setSocketTimeout(Timeout.DISABLED);
            outcome.opened();
        } else {
            String answer = PeerText.brief(line);
            fail(new ProxyException(
                    status == 0
                            ? "proxy " + proxy + " does not answer as an HTTP proxy: " + answer
                            : "proxy " + proxy + " opens no tunnel to " + origin.hostAndPort() + ": " + answer,
                    status,
                    null));
        }
    }

    /** Zero if this is no status line. */
    private static int status(String line) {
        return line.matches("HTTP/1\\.[01] [0-9]{3}( .*)?") ? Integer.parseInt(line.substring(9, 12)) : 0;
    }

    @Override
    public void timeout(IOSession session, Timeout elapsed) {
        fail(new ProxyException("proxy " + proxy + " did not answer within " + elapsed, 0, null));
    }

    @Override
    public void exception(IOSession session, Exception cause) {
        fail(new ProxyException(
                "no tunnel through proxy " + proxy + " to " + origin.hostAndPort() + ": "
                        + PeerText.brief(String.valueOf(cause.getMessage())),
                0,
                cause));
    }

    @Override
    public void disconnected(IOSession session) {
        exception(session, new ConnectionClosedException("it closed the connection"));
    }

    private void fail(ProxyException cause) {
        if (!over) {
            over = true;
            connection.close(CloseMode.IMMEDIATE);
            outcome.failed(cause);
        }
    }
}
