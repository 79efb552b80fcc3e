package io.fenceline.s2.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** There is no tunnel through the proxy; no byte has reached the service. The message says all, for people. */
public final class ProxyException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param status of the proxy's answer, 0 if there was none */
    ProxyException(String message, int status, @Nullable Exception cause) {
        super(message, cause);
        this.status = status;
    }

    /** The proxy wants credentials, or other ones. */
    public boolean isOfCredentials() {
        return status == 407;
    }
}
