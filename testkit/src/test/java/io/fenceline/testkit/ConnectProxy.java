package io.fenceline.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy on loopback that opens tunnels, and nothing else, to the port it is asked for on this machine, whatever the
 * host's name is: so it knows names that its clients do not.
 */
final class ConnectProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final @Nullable String credentials;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile @Nullable String answer;

    /** @param credentials what {@code proxy-authorization} has to be; null: nothing */
    ConnectProxy(@Nullable String credentials) {
        this.credentials = credentials;
        try {
            listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::acceptAll);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Instead of a tunnel everybody gets this; empty: the connection is closed; null: tunnels again. */
    void answerWith(@Nullable String bytes) {
        answer = bytes;
    }

    /** Heads of the requests so far. */
    List<String> heads() {
        return new ArrayList<>(heads);
    }

    private void acceptAll() throws IOException {
        while (true) {
            Socket client = listener.accept();
            open.add(client);
            daemon(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException {
        client.setTcpNoDelay(true);
        String head = head(client.getInputStream());
        heads.add(head);
        OutputStream out = client.getOutputStream();
        String instead = answer;
        if (instead != null) {
            out.write(instead.getBytes(StandardCharsets.ISO_8859_1));
            if (instead.isEmpty() || instead.endsWith("\r\n\r\n")) {
                client.close();
            }
            return;
        }
        if (credentials != null && !head.contains("\r\nproxy-authorization: " + credentials + "\r\n")) {
            out.write("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"x\"\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1));
            client.close();
            return;
        }
        String target = head.split(" ", 3)[1];
        Socket server = new Socket(
                InetAddress.getLoopbackAddress(), Integer.parseInt(target.substring(target.lastIndexOf(':') + 1)));
        open.add(server);
        server.setTcpNoDelay(true);
        out.write("HTTP/1.0 200 Connection established\r\nProxy-agent: test\r\n\r\n"
                .getBytes(StandardCharsets.ISO_8859_1));
        daemon(() -> pump(client, server));
        pump(server, client);
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed");
            }
            head.write(b);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static void pump(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException closed) {
                        // somebody hung up
                    }
                },
                "connect-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
