package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.sqs.AwsSignature;
import io.fenceline.testkit.sqs.SqsCalls;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the environment says of credentials and region, in the variables of AWS's tools. Immutable. */
record AwsEnvironment(Optional<AwsSignature> signature, Optional<String> region) {

    /** For a server that asks for no credentials. */
    static final AwsEnvironment NONE = new AwsEnvironment(Optional.empty(), Optional.empty());

    private static final Pattern REGIONAL_HOST = Pattern.compile("sqs\\.([a-z0-9-]+)\\.amazonaws\\.com(\\.cn)?");

    /** Without both parts of an access key calls are not signed: local servers do not look. */
    static AwsEnvironment of(Map<String, String> variables, URI endpoint) {
        Matcher host = REGIONAL_HOST.matcher(String.valueOf(endpoint.getHost()));
        Optional<String> region = Optional.ofNullable(variables.get("AWS_REGION"))
                .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")))
                .or(() -> host.matches() ? Optional.of(host.group(1)) : Optional.empty());
        String id = variables.getOrDefault("AWS_ACCESS_KEY_ID", "");
        String secret = variables.getOrDefault("AWS_SECRET_ACCESS_KEY", "");
        if (id.isEmpty() || secret.isEmpty()) {
            return new AwsEnvironment(Optional.empty(), region);
        }
        return new AwsEnvironment(
                Optional.of(new AwsSignature(
                        id,
                        secret,
                        Optional.ofNullable(variables.get("AWS_SESSION_TOKEN")).filter(token -> !token.isEmpty()),
                        region.orElse("us-east-1"),
                        "sqs")),
                region);
    }

    boolean hasCredentials() {
        return signature.isPresent();
    }

    SqsCalls calls(URI endpoint) {
        return signature.map(signed -> new SqsCalls(endpoint, signed)).orElseGet(() -> new SqsCalls(endpoint));
    }

    /** The keys of a connector that give it the same credentials. */
    Map<String, String> connectorKeys() {
        Map<String, String> keys = new TreeMap<>();
        signature.ifPresent(signed -> {
            keys.put("aws.access.key.id", signed.accessKeyId());
            keys.put("aws.secret.access.key", signed.secretAccessKey());
            signed.sessionToken().ifPresent(token -> keys.put("aws.session.token", token));
        });
        return keys;
    }

    /** With the variables' names in place of what they hold. */
    String curlOptions() {
        return signature
                .map(signed -> " --aws-sigv4 'aws:amz:" + signed.region() + ":sqs'"
                        + " --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\""
                        + (signed.sessionToken().isPresent() ? " -H \"x-amz-security-token: $AWS_SESSION_TOKEN\"" : ""))
                .orElse("");
    }
}
