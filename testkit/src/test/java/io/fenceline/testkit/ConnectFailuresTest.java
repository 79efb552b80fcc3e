package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.http.TransportFailure.Kind;
import io.fenceline.testkit.ExchangeEvents.Broken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No connection: nothing was sent, and the message says what is wrong with which peer. */
@Timeout(60)
class ConnectFailuresTest {

    @Test
    void saysThatTheHostIsUnknown() {
        TransportFailure failure = failure("http://no-such-host.invalid:4443");
        assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
        assertThat(failure.message())
                .isEqualTo("unknown host no-such-host.invalid (connecting to no-such-host.invalid:4443)");
    }

    @Test
    void saysThatTheConnectionWasRefused() {
        int port = Ports.free();
        TransportFailure failure = failure("http://127.0.0.1:" + port);
        assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
        assertThat(failure.message()).startsWith("connection to 127.0.0.1:" + port + " was refused");
    }

    @Test
    void saysThatConnectingTookTooLong() throws IOException {
        // a full accept queue: the kernel drops further connection requests
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> queue = new ArrayList<>();
            try {
                for (int i = 0; i < 3; i++) {
                    Socket socket = new Socket();
                    queue.add(socket);
                    try {
                        socket.connect(full.getLocalSocketAddress(), 200);
                    } catch (java.net.SocketTimeoutException e) {
                        break;
                    }
                }
                TransportFailure failure = failure("http://127.0.0.1:" + full.getLocalPort());
                assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
                assertThat(failure.message())
                        .startsWith("connecting to 127.0.0.1:" + full.getLocalPort() + " timed out");
            } finally {
                for (Socket socket : queue) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void saysThatThePeerDoesNotSpeakHttp2() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread http1 = new Thread(() -> {
                while (true) {
                    try (Socket client = server.accept()) {
                        client.getOutputStream()
                                .write("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                        client.getInputStream().read(new byte[1024]);
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            http1.setDaemon(true);
            http1.start();
            TransportFailure failure = failure("http://127.0.0.1:" + server.getLocalPort());
            assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
            assertThat(failure.message())
                    .startsWith("no HTTP/2 connection to 127.0.0.1:" + server.getLocalPort() + " without TLS");
        }
    }

    @Test
    void saysThatThePeerAcceptsAndKeepsSilent() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                S2Client client = client("http://127.0.0.1:" + silent.getLocalPort())) {
            TransportFailure failure = S2ClientContract.failure(client.ping()).failure();
            assertThat(failure).isNotNull();
            assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
            assertThat(failure.message())
                    .contains("127.0.0.1:" + silent.getLocalPort())
                    .contains("within 2000 ms");
        }
    }

    @Test
    void saysThatTlsFailedAgainstAPlainServer() {
        try (ScriptedS2Server server = ScriptedS2Server.start()) {
            TransportFailure failure =
                    failure("https://127.0.0.1:" + server.url().getPort());
            assertThat(failure.kind()).isEqualTo(Kind.NOT_CONNECTED);
            assertThat(failure.message())
                    .startsWith(
                            "no HTTP/2 connection to 127.0.0.1:" + server.url().getPort() + " over TLS");
        }
    }

    /** The same failure for a unary call and for an exchange. */
    private static TransportFailure failure(String endpoint) {
        try (S2Client client = client(endpoint)) {
            TransportFailure unary = S2ClientContract.failure(client.ping()).failure();
            ExchangeEvents events = new ExchangeEvents();
            client.openAppend("any", events).send(Batches.at(0, "x"));
            TransportFailure exchange = events.next(Broken.class).failure();
            assertThat(unary).isNotNull();
            assertThat(unary.message()).isEqualTo(exchange.message());
            assertThat(unary.kind()).isEqualTo(exchange.kind());
            return unary;
        }
    }

    private static S2Client client(String endpoint) {
        return new S2Client(S2ClientConfig.forBasin("nowhere")
                .withEndpoint(endpoint)
                .withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(2)));
    }
}
