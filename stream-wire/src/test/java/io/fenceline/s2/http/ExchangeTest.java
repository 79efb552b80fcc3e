package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.junit.jupiter.api.Test;

class ExchangeTest {

    /** A session lasts for hours, and the library has its context for as long. */
    @Test
    void headsAreNotKeptOnceTheAnswerHasBegun() throws IOException {
        Origin nobody = new Origin(false, "localhost", 1);
        try (ConnectionPool pool = new ConnectionPool(nobody, Duration.ofSeconds(1), 1, Runnable::run)) {
            UnaryExchange exchange =
                    new UnaryExchange(nobody, pool, new RequestHead("GET", "/"), ByteBuffer.allocate(0));
            BasicHttpResponse response = new BasicHttpResponse(200);
            HttpCoreContext context = HttpCoreContext.create();
            context.setRequest(new BasicHttpRequest("GET", "/"));
            context.setResponse(response);

            exchange.consumeResponse(response, new BasicEntityDetails(1, null), context);

            assertThat(context.getRequest()).isNull();
            assertThat(context.getResponse()).isNull();
        }
    }
}
