package io.fenceline.s2.http;

import org.jspecify.annotations.Nullable;

/**
 * Why an exchange ended without an answer.
 *
 * @param kind    what is known about the request's fate
 * @param message for people; names host and port, never a secret
 * @param cause   the exception behind it, if there was one
 */
public record TransportFailure(
        Kind kind, String message, @Nullable Throwable cause) {

    public enum Kind {
        /** Refused, unknown host, TLS failure, connect timeout: no byte of the request reached the service. */
        NOT_CONNECTED,
        /** Reset, GOAWAY, cut body, timeout: the request may have had any effect, now or later. */
        BROKEN,
        /** The peer sent something that is not the protocol; the request may have had any effect. */
        PROTOCOL
    }
}
