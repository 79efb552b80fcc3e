package io.fenceline.testkit.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Against the requests and signatures of AWS's own suite for signature version 4. */
final class AwsSignatureTest {

    private static final Instant NOW = Instant.parse("2015-08-30T12:36:00Z");
    private static final AwsSignature SIGNATURE = new AwsSignature(
            "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Optional.empty(), "us-east-1", "service");

    @Test
    void signsARequestWithoutABodyAsAwsDoes() {
        Map<String, String> headers =
                SIGNATURE.headers("GET", URI.create("https://example.amazonaws.com/"), Map.of(), new byte[0], NOW);

        assertThat(headers)
                .containsEntry("x-amz-date", "20150830T123600Z")
                .containsEntry(
                        "authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                                + " SignedHeaders=host;x-amz-date,"
                                + " Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    }

    @Test
    void signsBodyAndContentTypeAsAwsDoes() {
        Map<String, String> headers = SIGNATURE.headers(
                "POST",
                URI.create("https://example.amazonaws.com"),
                Map.of("content-type", "application/x-www-form-urlencoded"),
                "Param1=value1".getBytes(StandardCharsets.UTF_8),
                NOW);

        assertThat(headers.get("authorization"))
                .contains("SignedHeaders=content-type;host;x-amz-date,")
                .endsWith("Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    }

    @Test
    void sendsAndSignsTheTokenOfATemporaryKeyAndShowsNoSecret() {
        AwsSignature temporary =
                new AwsSignature("AKIDEXAMPLE", "the-secret", Optional.of("the-token"), "us-east-1", "sqs");

        Map<String, String> headers =
                temporary.headers("POST", URI.create("http://localhost:9324"), Map.of(), new byte[0], NOW);

        assertThat(headers).containsEntry("x-amz-security-token", "the-token");
        assertThat(headers.get("authorization")).contains("SignedHeaders=host;x-amz-date;x-amz-security-token,");
        assertThat(temporary.toString()).doesNotContain("the-secret", "the-token");
    }
}
