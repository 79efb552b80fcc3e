package io.fenceline.connect.config;

import io.fenceline.s2.EndpointText;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an S2 endpoint may look like: {@code http(s)://host[:port][/path]}; {@code {basin}} stands for the basin's name. Without
 * a scheme it is https, as in S2's own clients.
 */
final class EndpointRule {

    static final String BASIN_PLACEHOLDER = "{basin}";
    static final String ALLOWED = "http://host[:port] or https://host[:port], {basin} standing for the basin's name";

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    /** Domains that no public name server knows. */
    private static final List<String> PRIVATE_DOMAINS =
            List.of(".localhost", ".local", ".internal", ".svc", ".home.arpa", ".lan", ".test");

    private EndpointRule() {}

    /** What is wrong with {@code endpoint}, if anything. */
    static Optional<String> problem(String endpoint) {
        // also where a slash is missing and it would be part of the path
        if (endpoint.indexOf('@') >= 0) {
            return Optional.of("it has user information");
        }
        if (EndpointText.isHidden(endpoint)) {
            return Optional.of("it has neither a scheme nor a host's name and could be a token");
        }
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
        return EndpointText.printable(endpoint);
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

    /**
     * Whether what is sent there in the clear may pass through networks of others: {@code http} to a host that is neither this
     * machine, nor a private address, nor a name that only a private network knows. Names are judged by their form and never
     * looked up.
     */
    static boolean isPlainAndPublic(String endpoint) {
        String host;
        try {
            host = parse(endpoint).getHost();
        } catch (URISyntaxException e) {
            return false;
        }
        return host != null && scheme(endpoint).equals("http") && !isPrivate(host.toLowerCase(Locale.ROOT));
    }

    private static boolean isPrivate(String host) {
        if (host.startsWith("[") || IPV4.matcher(host).matches()) {
            return isPrivateAddress(host.replaceAll("^\\[|]$", ""));
        }
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return name.indexOf('.') < 0 || PRIVATE_DOMAINS.stream().anyMatch(name::endsWith);
    }

    /** @param literal of an address, which is not looked up */
    private static boolean isPrivateAddress(String literal) {
        InetAddress address;
        try {
            address = InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            return false;
        }
        byte[] bytes = address.getAddress();
        boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
        boolean sharedByCarriers = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
        return address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || uniqueLocal
                || sharedByCarriers;
    }

    private static URI parse(String endpoint) throws URISyntaxException {
        String named = endpoint.strip().replace(BASIN_PLACEHOLDER, "basin-name");
        return new URI(named.contains("://") ? named : "https://" + named);
    }
}
