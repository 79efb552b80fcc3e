package io.fenceline.connect.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * What an S2 endpoint may look like: {@code http(s)://host[:port][/path]}; {@code {basin}} stands for the basin's name. Without
 * a scheme it is https, as in S2's own clients.
 */
final class EndpointRule {

    static final String BASIN_PLACEHOLDER = "{basin}";
    static final String ALLOWED = "http://host[:port] or https://host[:port], {basin} standing for the basin's name";

    private EndpointRule() {}

    /** What is wrong with {@code endpoint}, if anything. */
    static Optional<String> problem(String endpoint) {
        URI uri;
        try {
            uri = parse(endpoint);
        } catch (URISyntaxException e) {
            return Optional.of("it is not a URL");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            return Optional.of("its scheme is not http or https");
        }
        if (uri.getHost() == null) {
            return Optional.of("it has no valid host");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            return Optional.of("it has a query or a fragment");
        }
        if (uri.getRawUserInfo() != null) {
            return Optional.of("it has user information");
        }
        if (uri.getPort() == 0 || uri.getPort() > 65535) {
            return Optional.of("its port is not 1 to 65535");
        }
        return Optional.empty();
    }

    static String scheme(String endpoint) {
        int end = endpoint.indexOf("://");
        return end < 0 ? "https" : endpoint.substring(0, end).strip().toLowerCase(Locale.ROOT);
    }

    /** The endpoint for a message: without credentials somebody may have put into it. */
    static String printable(String endpoint) {
        return endpoint.replaceAll("//[^/]*@", "//[hidden]@");
    }

    /** True for an endpoint that takes the basin's name in a header. */
    static boolean isDirect(String endpoint) {
        return !endpoint.contains(BASIN_PLACEHOLDER);
    }

    /** True for endpoints of the S2 cloud, where an access token is required. */
    static boolean isCloud(String endpoint) {
        try {
            String host = parse(endpoint).getHost();
            return host != null && (host.endsWith(".s2.dev") || host.equals("s2.dev"));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static URI parse(String endpoint) throws URISyntaxException {
        String named = endpoint.strip().replace(BASIN_PLACEHOLDER, "basin-name");
        return new URI(named.contains("://") ? named : "https://" + named);
    }
}
