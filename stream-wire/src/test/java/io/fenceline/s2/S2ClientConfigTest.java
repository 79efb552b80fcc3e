package io.fenceline.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S2ClientConfigTest {

    @ParameterizedTest
    @CsvSource({
        "https://{basin}.b.s2.dev, https, my-basin.b.s2.dev, 443, /v1, false, https://my-basin.b.s2.dev/v1",
        "{basin}.b.s2.dev, https, my-basin.b.s2.dev, 443, /v1, false, https://my-basin.b.s2.dev/v1",
        "http://localhost:4443, http, localhost, 4443, /v1, true, http://localhost:4443/v1",
        "http://localhost/, http, localhost, 80, /v1, true, http://localhost/v1",
        "HTTPS://proxy.example:443/s2/v1/, https, proxy.example, 443, /s2/v1, true, https://proxy.example/s2/v1",
        "http://[::1]:80, http, ::1, 80, /v1, true, http://[::1]/v1",
    })
    void readsEndpointsTheWayS2ClientsDo(
            String text, String scheme, String host, int port, String path, boolean direct, String shown) {
        Endpoint endpoint = Endpoint.parse(text, "my-basin");
        assertThat(endpoint).isEqualTo(new Endpoint(scheme, host, port, path, direct));
        assertThat(endpoint).hasToString(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host",
                "http://host?a=b",
                "http://host#x",
                "http://user:pw@host",
                "http://",
                "http://ho st",
                "http://under_score:80"
            })
    void refusesWhatIsNotAnEndpoint(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S2ClientConfig.forBasin("b").withEndpoint(text))
                .withMessageStartingWith("endpoint")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("pw"));
    }

    @Test
    void refusesEndpointsOfDifferentSchemes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S2ClientConfig.forBasin("b").withEndpoints("http://a", "https://b"))
                .withMessageContaining("same scheme");
    }

    @Test
    void refusesSecretsThatDoNotFitAHeaderWithoutQuotingThem() {
        S2ClientConfig config = S2ClientConfig.forBasin("b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withAccessToken("secret\n"))
                .withMessageStartingWith("access token contains")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withEncryptionKey("ä"));
        assertThatIllegalArgumentException().isThrownBy(() -> S2ClientConfig.forBasin("a b"));
    }

    @Test
    void keepsSecretsOutOfItsText() {
        S2ClientConfig config =
                S2ClientConfig.forBasin("b").withAccessToken("token").withEncryptionKey("key");
        assertThat(config.toString())
                .doesNotContain("token,")
                .doesNotContain("key,")
                .contains("[hidden]");
        assertThat(config.accessToken()).isEqualTo("token");
        assertThat(config.encryptionKey()).isEqualTo("key");
    }

    @Test
    void encodesStreamNamesAsOnePathSegment() {
        assertThat(S2Client.percentEncode("orders/3")).isEqualTo("orders%2F3");
        assertThat(S2Client.percentEncode("a-b_c.d~e")).isEqualTo("a-b_c.d~e");
        assertThat(S2Client.percentEncode("100% ä?#&=+")).isEqualTo("100%25%20%C3%A4%3F%23%26%3D%2B");
    }
}
