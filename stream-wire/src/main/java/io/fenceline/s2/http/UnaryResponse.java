package io.fenceline.s2.http;

/**
 * A complete answer to a unary call.
 *
 * @param retryAfterMillis the service's {@code retry-after-ms}, 0 if absent
 */
public record UnaryResponse(int status, long retryAfterMillis, byte[] body) {}
