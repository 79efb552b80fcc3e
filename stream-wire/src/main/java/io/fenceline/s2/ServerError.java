package io.fenceline.s2;

import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.StreamPosition;
import org.jspecify.annotations.Nullable;

/**
 * What the service answered instead of success: an HTTP error body or a terminal frame.
 *
 * @param status           HTTP status (of the response or in the terminal frame)
 * @param code             the service's code, e.g. {@code rate_limited}; empty when the body was not understood
 * @param message          the service's text, for people
 * @param seqNumMismatch   on 412: the sequence number the next record would get; null otherwise
 * @param tokenMismatch    on 412: the fencing token now in force; null otherwise
 * @param tail             on 416: the stream's tail; null otherwise
 * @param retryAfterMillis the service's {@code retry-after-ms}, 0 if absent
 */
public record ServerError(
        int status,
        String code,
        String message,
        @Nullable Long seqNumMismatch,
        @Nullable FencingToken tokenMismatch,
        @Nullable StreamPosition tail,
        long retryAfterMillis) {

    public static ServerError of(int status, String code, String message) {
        return new ServerError(status, code, message, null, null, null, 0);
    }

    public static ServerError seqNumMismatch(long actual) {
        return new ServerError(412, "", "seq_num_mismatch", actual, null, null, 0);
    }

    public static ServerError tokenMismatch(FencingToken actual) {
        return new ServerError(412, "", "fencing_token_mismatch", null, actual, null, 0);
    }
}
