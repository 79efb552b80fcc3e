package io.fenceline.s2.http;

/**
 * The answer to a unary call: complete, or, where it is no success, at least its beginning.
 *
 * @param cut              there was more of an answer that is no success than {@code body}
 * @param retryAfterMillis the service's {@code retry-after-ms}, 0 if absent
 */
public record UnaryResponse(int status, long retryAfterMillis, byte[] body, boolean cut) {}
