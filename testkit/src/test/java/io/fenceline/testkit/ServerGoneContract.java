package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure.Kind;
import io.fenceline.testkit.ExchangeEvents.Broken;
import io.fenceline.testkit.ExchangeEvents.Established;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that goes away under an open exchange. */
@Timeout(90)
abstract class ServerGoneContract {

    private static final String STREAM = "gone";

    private final S2Location location;
    private final ExchangeEvents events = new ExchangeEvents();
    private S2Server server;
    private S2Client client;
    private AppendExchange exchange;

    ServerGoneContract(S2Location location) {
        this.location = location;
    }

    @BeforeEach
    void openExchange() {
        server = S2Server.builder(Path.of("target", "runs", "gone")).start(location);
        server.reader("fenceline-gone").createBasin();
        client = new S2Client(S2ClientConfig.forBasin("fenceline-gone").withEndpoint(server.basinEndpoint()));
        client.createStream(STREAM).join();
        exchange = client.openAppend(STREAM, events);
        exchange.send(Batches.at(0, "before"));
        events.next(Established.class);
        assertThat(events.nextAck()).isZero();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void reportsAKilledServerAtOnceAndThenThatNobodyListens() {
        server.kill();
        assertThat(events.next(Broken.class).failure().kind()).isEqualTo(Kind.BROKEN);

        ExchangeEvents next = new ExchangeEvents();
        client.openAppend(STREAM, next);
        assertThat(next.next(Broken.class).failure().kind()).isEqualTo(Kind.NOT_CONNECTED);
        assertThat(S2ClientContract.failure(client.checkTail(STREAM)).failure())
                .satisfies(failure -> assertThat(failure.message()).contains("refused"));
    }

    @Test
    void finishesWhatItCanWhileTheServerShutsDown() {
        CompletableFuture<Void> stopped =
                CompletableFuture.runAsync(() -> server.process().stop(Duration.ofSeconds(30)));
        // It says so, and still answers what is under way. Nobody else calls meanwhile: a connection that is taken but
        // never looked at holds its caller up until the server has gone.
        events.next(ExchangeEvents.Advised.class);
        exchange.send(Batches.at(1, "meanwhile"));
        assertThat(events.nextAck()).isEqualTo(1);
        exchange.end();
        events.next(ExchangeEvents.Ended.class);
        stopped.join();
    }
}
