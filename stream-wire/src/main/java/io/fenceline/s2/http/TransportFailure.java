package io.fenceline.s2.http;

import io.fenceline.s2.wire.PeerText;
import org.jspecify.annotations.Nullable;

/**
 * Why an exchange ended without an answer.
 *
 * @param kind    what is known about the request's fate
 * @param message for people; names host and port, never a secret; one line, cut if it is long
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

    /** Longer than any message of ours, and much shorter than what a peer can put into one. */
    private static final int LONGEST_MESSAGE = 2_000;

    public TransportFailure {
        message = PeerText.brief(message, LONGEST_MESSAGE);
    }
}
