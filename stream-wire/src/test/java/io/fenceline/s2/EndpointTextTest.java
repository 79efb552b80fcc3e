package io.fenceline.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTextTest {

    @ParameterizedTest
    @CsvSource({
        "https://{basin}.b.s2.dev, https://{basin}.b.s2.dev",
        "http://localhost:8080/v1, http://localhost:8080/v1",
        "ftp://host, ftp://host",
        "under_score, under_score",
        "my-basin-of-all-the-orders-2026.b.s2.dev, my-basin-of-all-the-orders-2026.b.s2.dev",
        "http://user:secret@host:80, http://[hidden]@host:80",
        "user:secret@host, [hidden]@host",
        "https:/user:secret@host, [hidden]@host",
        "https://user:se/cr@et@host, https://[hidden]@host",
        "user:secret@host://x, [hidden]@host://x",
        "http://host?token=secret, http://host?[hidden]",
        "http://host#secret, http://host#[hidden]",
        "http://host?x=1, http://host?x=1",
        "http://host/Secret0123456789abcdef0123/x, http://host/[hidden]/x",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff, [hidden]",
        "SECRET+abcd/efgh/ijkl+mnop/qrst==, [hidden]",
        "eyJhbGciOiJIUzI1NiJ9aaaa.eyJzdWIiOiJzZWNyZXQifQaa.c2VjcmV0c2VjcmV0c2VjcmV0, [hidden].[hidden].[hidden]",
    })
    void showsWhatAnOperatorWroteWithoutWhatMayBeASecret(String endpoint, String shown) {
        assertThat(EndpointText.printable(endpoint)).isEqualTo(shown);
    }

    @Test
    void isShort() {
        assertThat(EndpointText.printable("http://" + "x/".repeat(100_000))).hasSizeLessThan(250);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "user:secret@host",
                "http://user:secret@host",
                "http://user:secret@ho st",
                "http://user:secret@under_score",
                "user:secret@",
                "https:/user:secret@host",
                "ftp://user:secret@host",
                "http://host?token=secret",
                "host#secret",
                "http://secretSecretSecretSecret0123456789?",
                "SECRET secret/SECRET+secret="
            })
    void whatIsRefusedIsNotQuotedWholeAlsoInTheStackTrace(String endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S2ClientConfig.forBasin("b").withEndpoint(endpoint))
                .satisfies(e -> {
                    StringWriter trace = new StringWriter();
                    e.printStackTrace(new PrintWriter(trace));
                    assertThat(trace.toString()).doesNotContainIgnoringCase("secret");
                });
    }
}
