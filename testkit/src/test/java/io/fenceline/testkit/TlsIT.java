package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.TransportFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A server whose certificate nobody signed. */
class TlsIT {

    private static int port;
    private static ManagedProcess server;

    @BeforeAll
    static void start() {
        Assumptions.assumeTrue(
                S2Location.Wanted.bySystemProperty() == S2Location.Wanted.REAL,
                "left out by -Ds2=embedded: the embedded server has no TLS");
        S2Location location = S2Location.findOrInstallOwn();
        Assumptions.assumeTrue(location instanceof S2Location.Binary, "needs the server's program");
        S2Location.Binary binary = (S2Location.Binary) location;
        port = Ports.free();
        List<String> command = new ArrayList<>();
        command.add(binary.path().toString());
        binary.subcommand().ifPresent(command::add);
        command.addAll(List.of("--port", Integer.toString(port), "--no-dashboard", "--tls-self"));
        server = ManagedProcess.start(
                "s2 server with TLS",
                command,
                Map.of("RUST_LOG", "warn", "SL8_MANIFEST_POLL_INTERVAL", "100ms"),
                Path.of("target", "runs", "tls", "s2.log"));
        Await.until("the TLS port answers", Duration.ofSeconds(30), () -> {
            server.requireAlive();
            return answersTls();
        });
    }

    private static boolean answersTls() {
        try (SSLSocket socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket("localhost", port)) {
            socket.startHandshake();
            return true;
        } catch (SSLHandshakeException untrustedButThere) {
            return true;
        } catch (java.io.IOException e) {
            return false;
        }
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.stop(Duration.ofSeconds(10));
        }
    }

    @Test
    void refusesACertificateNobodySignedAndSaysSo() {
        try (S2Client client = client("https://localhost:" + port)) {
            TransportFailure failure = S2ClientContract.failure(client.ping()).failure();
            assertThat(failure).isNotNull();
            assertThat(failure.kind()).isEqualTo(TransportFailure.Kind.NOT_CONNECTED);
            assertThat(failure.message())
                    .contains("certificate of localhost:" + port)
                    .contains("trust store");

            ExchangeEvents events = new ExchangeEvents();
            client.openAppend("any", events).send(Batches.at(0, "x"));
            assertThat(events.next(ExchangeEvents.Broken.class).failure().message())
                    .isEqualTo(failure.message());
        }
    }

    @Test
    void saysThatATlsServerDoesNotSpeakPlainHttp2() {
        try (S2Client client = client("http://localhost:" + port)) {
            TransportFailure failure = S2ClientContract.failure(client.ping()).failure();
            assertThat(failure).isNotNull();
            assertThat(failure.kind()).isEqualTo(TransportFailure.Kind.NOT_CONNECTED);
            assertThat(failure.message()).contains("localhost:" + port);
        }
    }

    private static S2Client client(String endpoint) {
        return new S2Client(S2ClientConfig.forBasin("fenceline-tls")
                .withEndpoint(endpoint)
                .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(5)));
    }
}
