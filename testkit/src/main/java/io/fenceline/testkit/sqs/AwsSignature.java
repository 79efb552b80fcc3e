package io.fenceline.testkit.sqs;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * AWS's signature, version 4, of a request without a query. Immutable. Source: AWS's reference, "Create a signed AWS API request".
 *
 * @param service name in the scope of the signature, such as {@code sqs}
 */
public record AwsSignature(
        String accessKeyId, String secretAccessKey, Optional<String> sessionToken, String region, String service) {

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * The headers that make the request a signed one.
     *
     * @param headers in lower case, that are sent and signed as well, {@code host} left out
     */
    public Map<String, String> headers(String method, URI uri, Map<String, String> headers, byte[] body, Instant now) {
        String moment = MOMENT.format(now);
        Map<String, String> added = new TreeMap<>(Map.of("x-amz-date", moment));
        sessionToken.ifPresent(token -> added.put("x-amz-security-token", token));
        Map<String, String> signed = new TreeMap<>(headers);
        signed.putAll(added);
        signed.put("host", uri.getRawAuthority());

        String names = String.join(";", signed.keySet());
        StringBuilder canonical = new StringBuilder(method).append('\n');
        canonical.append(uri.getRawPath().isEmpty() ? "/" : uri.getRawPath()).append("\n\n");
        signed.forEach((name, value) ->
                canonical.append(name).append(':').append(value.strip()).append('\n'));
        canonical.append('\n').append(names).append('\n').append(hash(body));

        String scope = String.join("/", moment.substring(0, 8), region, service, "aws4_request");
        String toSign = String.join("\n", ALGORITHM, moment, scope, hash(bytes(canonical.toString())));
        byte[] key = bytes("AWS4" + secretAccessKey);
        for (String part : scope.split("/", -1)) {
            key = mac(key, part);
        }
        added.put(
                "authorization",
                ALGORITHM + " Credential=" + accessKeyId + "/" + scope + ", SignedHeaders=" + names + ", Signature="
                        + HexFormat.of().formatHex(mac(key, toSign)));
        return added;
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "AwsSignature[" + accessKeyId + ", " + region + ", " + service + "]";
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(bytes(text));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
