package io.fenceline.s2.http;

import io.fenceline.s2.wire.ServerError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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
    private Judge judge = (error, then) -> then.accept(error);

    /** What finds out about an error of the service before whoever asked hears of it. */
    public interface Judge {

        /** Calls {@code then} once, with the error as it is to be heard: at once, or soon and on any thread. */
        void judge(ServerError error, Consumer<ServerError> then);
    }

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

    /** Replaces who judges the errors that this request is answered with; without one they are heard as they are. */
    public RequestHead judgedBy(Judge errors) {
        this.judge = errors;
        return this;
    }

    /** Hands on an error that answers this request. */
    public void judge(ServerError error, Consumer<ServerError> then) {
        judge.judge(error, then);
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
