package io.fenceline.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.HttpProxy;
import io.fenceline.s2.http.ProxyException;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.testkit.ExchangeEvents.Acked;
import io.fenceline.testkit.ExchangeEvents.Broken;
import io.fenceline.testkit.ExchangeEvents.Ended;
import io.fenceline.testkit.ExchangeEvents.Established;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections through an HTTP proxy. */
@Timeout(60)
class TunnelTest {

    private static final String STREAM = "orders/0";
    /** base64 of {@code me:secret} */
    private static final String CREDENTIALS = "Basic bWU6c2VjcmV0";

    private final ScriptedS2Server server = ScriptedS2Server.start();
    private final ConnectProxy proxy = new ConnectProxy(CREDENTIALS);

    @AfterEach
    void stop() {
        proxy.close();
        server.close();
    }

    /** A name that nobody but the proxy can look up. */
    private S2Client client(HttpProxy through) {
        return new S2Client(S2ClientConfig.forBasin("scripted")
                .withEndpoint(
                        "http://s2.behind-the-proxy.invalid:" + server.url().getPort())
                .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(5))
                .withProxy(through));
    }

    private HttpProxy withPassword() {
        return new HttpProxy("127.0.0.1", proxy.port(), "me", "secret");
    }

    @Test
    void callsAndSessionsGoThroughTunnelsAndTheProxyLooksTheNameUp() {
        try (S2Client client = client(withPassword())) {
            assertThat(client.createStream(STREAM).join()).isTrue();
            ExchangeEvents events = new ExchangeEvents();
            AppendExchange exchange = client.openAppend(STREAM, events);
            exchange.send(Batches.at(0, "first"));
            events.next(Established.class);
            events.next(Acked.class);
            exchange.send(Batches.largestAt(1));
            events.next(Acked.class);
            exchange.end();
            events.next(Ended.class);
            assertThat(client.checkTail(STREAM).join().seqNum()).isEqualTo(2);
        }
        String target = "s2.behind-the-proxy.invalid:" + server.url().getPort();
        assertThat(proxy.heads()).isNotEmpty().allSatisfy(head -> assertThat(head)
                .startsWith("CONNECT " + target + " HTTP/1.1\r\nhost: " + target + "\r\n"));
        assertThat(server.connectionsAccepted())
                .as("each in a tunnel of its own")
                .isEqualTo(proxy.heads().size());
    }

    @Test
    void aProxyThatWantsAPasswordIsNamedAndNothingIsSent() {
        for (HttpProxy without : new HttpProxy[] {
            new HttpProxy("127.0.0.1", proxy.port(), null, null),
            new HttpProxy("127.0.0.1", proxy.port(), "me", "wrong")
        }) {
            try (S2Client client = client(without)) {
                TransportFailure failure = failure(client);
                assertThat(failure.kind()).isEqualTo(TransportFailure.Kind.NOT_CONNECTED);
                assertThat(failure.message())
                        .contains("127.0.0.1:" + proxy.port(), "no tunnel", "407 Proxy Authentication Required")
                        .doesNotContain("wrong", "bWU6");
                assertThat(failure.cause())
                        .isInstanceOfSatisfying(ProxyException.class, e -> assertThat(e.isOfCredentials())
                                .isTrue());
                assertThat(without.toString() + without.password()).doesNotContain("secret");
            }
        }
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aProxyThatOpensNoTunnelIsNamedWithWhatItSays() {
        try (S2Client client = client(withPassword())) {
            proxy.answerWith("HTTP/1.1 403 Filtered\r\n\r\n");
            assertThat(failure(client).message()).contains("proxy", "opens no tunnel", "403 Filtered");
            ExchangeEvents events = new ExchangeEvents();
            client.openAppend(STREAM, events).send(Batches.at(0, "x"));
            assertThat(events.next(Broken.class).failure().message()).contains("403 Filtered");

            proxy.answerWith("SSH-2.0-OpenSSH_9\r\n\r\n");
            assertThat(failure(client).message()).contains("does not answer as an HTTP proxy", "SSH-2.0");
            proxy.answerWith("x".repeat(20_000));
            assertThat(failure(client).message()).contains("its answer has no end");
            proxy.answerWith("");
            assertThat(failure(client).message()).contains("no tunnel through proxy", "closed the connection");
            proxy.answerWith("HTTP/1.1 ");
            assertThat(failure(client).message()).contains("did not answer within");

            proxy.answerWith(null);
            assertThat(client.createStream(STREAM).join())
                    .as("and then it works")
                    .isTrue();
        }
        assertThat(proxy.heads()).hasSize(7);
    }

    @Test
    void aProxyThatIsNotThereIsNamed() {
        proxy.close();
        try (S2Client client = client(withPassword())) {
            assertThat(failure(client).message()).contains("proxy", "127.0.0.1:" + proxy.port(), "refused");
        }
        try (S2Client client = client(new HttpProxy("no-such-proxy.invalid", 1, null, null))) {
            assertThat(failure(client).message()).contains("unknown host no-such-proxy.invalid of the proxy");
        }
    }

    private static TransportFailure failure(S2Client client) {
        return requireNonNull(S2ClientContract.failure(client.ping()).failure());
    }
}
