package io.fenceline.s2.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy that opens tunnels (CONNECT, RFC 9110, 9.3.6). It is talked to without TLS; what goes through a tunnel to an
 * {@code https} origin it cannot read.
 *
 * @param user     with a password, for basic authentication (RFC 7617); null: without
 * @param password null if there is no user
 */
public record HttpProxy(
        String host,
        int port,
        @Nullable String user,
        @Nullable String password) {

    public HttpProxy {
        if ((user == null) != (password == null)) {
            throw new IllegalArgumentException("a proxy's user and password come together");
        }
        if (user != null && user.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a proxy's user cannot have a colon");
        }
    }

    /** The value of {@code proxy-authorization}; null: there is none. */
    @Nullable
    String credentials() {
        return user == null
                ? null
                : "Basic "
                        + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Host and port, for messages. */
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
