package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {

    @Test
    void whoAsksForNothingGetsNoPause() {
        assertThat(UnaryExchange.retryAfterMillis(new BasicHttpResponse(429))).isZero();
    }

    /** A pause of 300 years, taken as nanoseconds, lies in the past. */
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-5, 0",
        "soon, 0",
        "' 250 ', 250",
        "86400000, 86400000",
        "86400001, 86400000",
        "9223372036854775807, 86400000"
    })
    void noPauseIsNegativeNorLongerThanADay(String asked, long millis) {
        BasicHttpResponse response = new BasicHttpResponse(429);
        response.setHeader("retry-after-ms", asked);
        assertThat(UnaryExchange.retryAfterMillis(response)).isEqualTo(millis);
    }
}
