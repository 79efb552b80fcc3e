package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.s2.http.RawHttp2Peer.Client;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that come, but not fast. */
@Timeout(60)
class SlowAnswerTest {

    /** A read of 1 MiB over 100 kB/s failed after ten seconds, and so did every other attempt to read it. */
    @Test
    void anAnswerThatIsComingIsWaitedForAndOneThatStopsIsNot() throws Exception {
        try (RawHttp2Peer peer = new RawHttp2Peer();
                ConnectionPool pool = new ConnectionPool(peer.origin(), Duration.ofSeconds(5), 1, Runnable::run)) {
            UnaryExchange exchange =
                    new UnaryExchange(peer.origin(), pool, new RequestHead("GET", "/v1/x"), ByteBuffer.allocate(0));
            exchange.start();
            Client client = peer.nextClient();
            int stream = client.nextRequest();
            client.accept(stream, "application/protobuf");
            for (int part = 1; part <= 5; part++) {
                client.data(stream, new byte[UnaryExchange.LEAST_BYTES]);
                while (exchange.arrived() < (long) part * UnaryExchange.LEAST_BYTES) {
                    Thread.onSpinWait();
                }
                assertThat(exchange.timeOutUnlessComing(10_000)).isTrue();
                assertThat(exchange.answer()).isNotDone();
            }
            // a byte now and then is no sign of life
            client.data(stream, new byte[UnaryExchange.LEAST_BYTES - 1]);
            while (exchange.arrived() < 6L * UnaryExchange.LEAST_BYTES - 1) {
                Thread.onSpinWait();
            }
            assertThat(exchange.timeOutUnlessComing(10_000)).isFalse();
            assertThatThrownBy(() -> exchange.answer().join()).hasMessageContaining("within 10000 ms");
        }
    }
}
