package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.HttpProxy;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.http.TrustStore;
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
import org.junit.jupiter.api.io.TempDir;

/** Servers whose certificate nobody signed, or an authority of one's own. */
class TlsIT {

    private static int port;
    private static ManagedProcess server;

    @BeforeAll
    static void start() {
        Assumptions.assumeTrue(
                S2Location.Wanted.bySystemProperty() == S2Location.Wanted.REAL,
                "left out by -Ds2=embedded: the embedded server has no TLS");
        port = Ports.free();
        server = start(port, Path.of("target", "runs", "tls", "s2.log"), List.of("--tls-self"));
        Await.until("the TLS port answers", Duration.ofSeconds(30), () -> {
            server.requireAlive();
            return answersTls(port);
        });
    }

    private static ManagedProcess start(int port, Path log, List<String> tls) {
        S2Location location = S2Location.findOrInstallOwn();
        Assumptions.assumeTrue(location instanceof S2Location.Binary, "needs the server's program");
        S2Location.Binary binary = (S2Location.Binary) location;
        List<String> command = new ArrayList<>();
        command.add(binary.path().toString());
        binary.subcommand().ifPresent(command::add);
        command.addAll(List.of("--port", Integer.toString(port), "--no-dashboard"));
        command.addAll(tls);
        return ManagedProcess.start(
                "s2 server with TLS", command, Map.of("RUST_LOG", "warn", "SL8_MANIFEST_POLL_INTERVAL", "100ms"), log);
    }

    private static boolean answersTls(int port) {
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

    @Test
    void anAuthorityOfOnesOwnIsTrustedByItsTrustStoreAlsoThroughAProxy(@TempDir Path folder) throws Exception {
        OwnAuthority authority = OwnAuthority.in(folder);
        int own = Ports.free();
        ManagedProcess secured = start(own, folder.resolve("s2.log"), authority.serverOptions());
        try (ConnectProxy proxy = new ConnectProxy(null)) {
            String endpoint = "https://localhost:" + own;
            S2ClientConfig config = S2ClientConfig.forBasin("fenceline-tls")
                    .withEndpoint(endpoint)
                    .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(5));
            Await.until("the server answers", Duration.ofSeconds(30), () -> {
                secured.requireAlive();
                return answersTls(own);
            });
            HttpProxy tunnel = new HttpProxy("127.0.0.1", proxy.port(), null, null);
            for (HttpProxy through : new HttpProxy[] {null, tunnel}) {
                try (S2Client client = new S2Client(config.withProxy(through))) {
                    assertThat(S2ClientContract.failure(client.ping()).failure().message())
                            .contains("certificate of localhost:" + own, "trust store");
                }
                for (TrustStore trusted : authority.trustStores()) {
                    int before = proxy.heads().size();
                    try (S2Client client =
                            new S2Client(config.withProxy(through).withTrustStore(trusted))) {
                        // no basin: so far both get
                        assertThat(S2ClientContract.serverError(client.ping()).status())
                                .isEqualTo(404);
                        ExchangeEvents events = new ExchangeEvents();
                        client.openAppend("any", events).send(Batches.at(0, "x"));
                        assertThat(events.next(ExchangeEvents.Rejected.class)
                                        .error()
                                        .status())
                                .isEqualTo(404);
                    }
                    assertThat(proxy.heads().size() > before)
                            .as(trusted + " by " + through)
                            .isEqualTo(through != null);
                }
            }
            assertThatThrownBy(() -> new S2Client(config.withTrustStore(
                            new TrustStore(authority.trustStores().get(0).location(), "PKCS12", "wrong"))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot be read as PKCS12")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("wrong"));
        } finally {
            secured.stop(Duration.ofSeconds(10));
        }
    }

    private static S2Client client(String endpoint) {
        return new S2Client(S2ClientConfig.forBasin("fenceline-tls")
                .withEndpoint(endpoint)
                .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(5)));
    }
}
