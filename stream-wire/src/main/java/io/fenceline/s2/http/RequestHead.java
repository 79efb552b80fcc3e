package io.fenceline.s2.http;

import java.util.ArrayList;
import java.util.List;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.net.URIAuthority;
import org.jspecify.annotations.Nullable;

/**
 * Method, path with query (already percent-encoded) and headers of a request.
 */
public final class RequestHead {

    private final String method;
    private final String path;
    private final List<Header> headers = new ArrayList<>();

    public RequestHead(String method, String path) {
        this.method = method;
        this.path = path;
    }

    public RequestHead header(String name, String value) {
        headers.add(new BasicHeader(name, value));
        return this;
    }

    /** Marks the value as one that must not be logged. */
    public RequestHead secretHeader(String name, @Nullable String value) {
        if (value != null) {
            headers.add(new BasicHeader(name, value, true));
        }
        return this;
    }

    HttpRequest toRequest(Origin origin) {
        BasicHttpRequest request = new BasicHttpRequest(method, path);
        request.setScheme(origin.secure() ? "https" : "http");
        request.setAuthority(new URIAuthority(origin.host(), origin.isDefaultPort() ? -1 : origin.port()));
        headers.forEach(request::addHeader);
        return request;
    }

    /** Method and path: no headers, they hold secrets. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
