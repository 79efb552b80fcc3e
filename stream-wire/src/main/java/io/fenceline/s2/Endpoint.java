package io.fenceline.s2;

import io.fenceline.s2.http.Origin;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * An origin and the path the API lives under there.
 *
 * @param scheme   {@code http} or {@code https}
 * @param basePath without a slash at its end, e.g. {@code /v1}
 * @param direct   the endpoint serves any basin, so requests must name theirs in a header
 */
record Endpoint(String scheme, String host, int port, String basePath, boolean direct) {

    private static final String PLACEHOLDER = "{basin}";
    private static final String DEFAULT_PATH = "/v1";

    /** Reads an endpoint the way S2's own clients do: https unless it says otherwise, {@code /v1} unless it has a path. */
    static Endpoint parse(String text, String basin) {
        String named = text.strip().replace(PLACEHOLDER, basin);
        URI uri;
        try {
            uri = new URI(named.contains("://") ? named : "https://" + named);
        } catch (URISyntaxException e) {
            // which would be a cause that quotes all of it
            throw refused(text, "is not a URL");
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw refused(text, "must begin with http:// or https://");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null || text.indexOf('@') >= 0) {
            throw refused(text, "must not have credentials, a query or a fragment");
        }
        if (uri.getHost() == null) {
            throw refused(text, "has no host");
        }
        int port = uri.getPort() != -1 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        String path = uri.getRawPath().replaceAll("/+$", "");
        String host = uri.getHost().replaceAll("^\\[|]$", "");
        return new Endpoint(scheme, host, port, path.isEmpty() ? DEFAULT_PATH : path, !text.contains(PLACEHOLDER));
    }

    private static IllegalArgumentException refused(String text, String why) {
        return new IllegalArgumentException("endpoint " + EndpointText.printable(text) + " " + why);
    }

    boolean secure() {
        return scheme.equals("https");
    }

    /** Host and port as the request's authority; the port is left out where it is the scheme's own. */
    String authority() {
        return new Origin(secure(), host, port).authority();
    }

    @Override
    public String toString() {
        return scheme + "://" + authority() + basePath;
    }
}
