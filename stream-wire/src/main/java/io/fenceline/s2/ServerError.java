package io.fenceline.s2;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
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

    private static final int QUOTED_BODY_CHARS = 200;

    /** What the service promises with a code, provided it comes with this status. */
    private record Meaning(int status, boolean retryable, boolean noSideEffects) {}

    private static final Map<String, Meaning> MEANINGS = Map.ofEntries(
            Map.entry("bad_header", new Meaning(400, false, true)),
            Map.entry("bad_path", new Meaning(400, false, true)),
            Map.entry("bad_query", new Meaning(400, false, true)),
            Map.entry("bad_json", new Meaning(400, false, true)),
            Map.entry("bad_proto", new Meaning(400, false, true)),
            Map.entry("bad_frame", new Meaning(400, false, true)),
            Map.entry("decryption_failed", new Meaning(400, false, true)),
            Map.entry("authn", new Meaning(401, false, true)),
            Map.entry("permission_denied", new Meaning(403, false, true)),
            Map.entry("quota_exhausted", new Meaning(403, false, true)),
            Map.entry("basin_not_found", new Meaning(404, false, true)),
            Map.entry("stream_not_found", new Meaning(404, false, true)),
            Map.entry("access_token_not_found", new Meaning(404, false, true)),
            Map.entry("request_timeout", new Meaning(408, true, false)),
            Map.entry("resource_already_exists", new Meaning(409, false, true)),
            Map.entry("basin_deletion_pending", new Meaning(409, false, true)),
            Map.entry("stream_deletion_pending", new Meaning(409, false, true)),
            Map.entry("transaction_conflict", new Meaning(409, true, true)),
            Map.entry("invalid", new Meaning(422, false, true)),
            Map.entry("rate_limited", new Meaning(429, true, true)),
            Map.entry("client_hangup", new Meaning(499, false, false)),
            Map.entry("other", new Meaning(500, true, false)),
            Map.entry("storage", new Meaning(500, true, false)),
            Map.entry("not_implemented", new Meaning(501, false, true)),
            Map.entry("hot_server", new Meaning(502, true, true)),
            // the service's documentation still calls this one free of side effects; its code table no longer does
            Map.entry("unavailable", new Meaning(503, true, false)),
            Map.entry("server_draining", new Meaning(503, true, true)),
            Map.entry("upstream_timeout", new Meaning(504, true, false)));

    private static final Set<Integer> RETRYABLE_STATUSES = Set.of(408, 429, 500, 502, 503, 504);

    public static ServerError of(int status, String code, String message) {
        return new ServerError(status, code, message, null, null, null, 0);
    }

    public static ServerError seqNumMismatch(long actual) {
        return new ServerError(412, "", "seq_num_mismatch", actual, null, null, 0);
    }

    public static ServerError tokenMismatch(FencingToken actual) {
        return new ServerError(412, "", "fencing_token_mismatch", null, actual, null, 0);
    }

    /** Reads an error body. One that is not understood, say a proxy's HTML, is quoted in the message. */
    public static ServerError parse(int status, byte[] body, long retryAfterMillis) {
        return parse(status, body, false, retryAfterMillis);
    }

    /**
     * As {@link #parse(int, byte[], long)}.
     *
     * @param cut there was more than {@code body}. The code still counts: a refusal stays one, however long its text is.
     *     Numbers and tokens do not, they may be cut as well
     */
    public static ServerError parse(int status, byte[] body, boolean cut, long retryAfterMillis) {
        ErrorBody read = ErrorBody.read(body);
        if (!read.isWhole() || cut) {
            String known = cut ? read.code() : null;
            return new ServerError(
                    status, known == null ? "" : known, quote(body, cut), null, null, null, retryAfterMillis);
        }
        Long seqNum = read.seqNumMismatch();
        if (status == 412 && seqNum != null) {
            return new ServerError(412, "", "seq_num_mismatch", seqNum, null, null, retryAfterMillis);
        }
        FencingToken token = read.tokenMismatch();
        if (status == 412 && token != null) {
            return new ServerError(412, "", "fencing_token_mismatch", null, token, null, retryAfterMillis);
        }
        StreamPosition tail = read.tail();
        if (status == 416 && tail != null) {
            return new ServerError(416, "", "the position is not below the tail", null, null, tail, retryAfterMillis);
        }
        String code = read.code();
        return code == null
                ? new ServerError(status, "", quote(body, false), null, null, null, retryAfterMillis)
                : new ServerError(status, code, PeerText.brief(read.message()), null, null, null, retryAfterMillis);
    }

    /** Reads an error body that came without a status, in an event: the code tells which, and a tail is a 416. */
    public static ServerError parseWithoutStatus(byte[] body) {
        ServerError outOfRange = parse(416, body, 0);
        if (outOfRange.tail() != null) {
            return outOfRange;
        }
        Meaning meaning = MEANINGS.get(outOfRange.code());
        return parse(meaning == null ? 500 : meaning.status(), body, 0);
    }

    /** Reads a position out of the API's JSON, where numbers are unsigned and zeros are written. */
    static StreamPosition position(JsonNode json) {
        return new StreamPosition(
                json.path("seq_num").bigIntegerValue().longValue(),
                json.path("timestamp").bigIntegerValue().longValue());
    }

    /**
     * Whether the same request can succeed later. A known code counts only with its own status; an unknown one is
     * judged by status.
     */
    public boolean retryable() {
        Meaning meaning = MEANINGS.get(code);
        return meaning == null
                ? RETRYABLE_STATUSES.contains(status)
                : meaning.status() == status && meaning.retryable();
    }

    /**
     * Whether <em>this attempt</em> certainly changed nothing; an earlier attempt of the same request may still have.
     * True only for what the service promises, and for a failed condition.
     */
    public boolean noSideEffects() {
        Meaning meaning = MEANINGS.get(code);
        return meaning == null
                ? seqNumMismatch != null || tokenMismatch != null || tail != null
                : meaning.status() == status && meaning.noSideEffects();
    }

    /**
     * Whether the encryption key may be the cause: S2 answers so when it is missing, has not the form of one, or does not
     * fit; and when another header is refused, so the message has to be read.
     */
    public boolean mayConcernEncryptionKey() {
        return code.equals("decryption_failed") || code.equals("bad_header");
    }

    /** Whether the credentials were refused: unknown or expired, or without the right. */
    public boolean refusesAccess() {
        return status == 401 || status == 403 || code.equals("access_token_not_found");
    }

    /** Whether the basin does not exist or is being deleted: no stream in it can be reached, whatever is done to the stream. */
    public boolean basinIsGone() {
        return code.equals("basin_not_found") || code.equals("basin_deletion_pending");
    }

    /** Whether the stream does not exist or is being deleted, in a basin that is there. */
    public boolean streamIsGone() {
        return code.equals("stream_not_found") || code.equals("stream_deletion_pending");
    }

    /** One line for people; never holds a token. */
    public String describe() {
        if (seqNumMismatch != null) {
            return "412 seq_num_mismatch, the next record would get " + Long.toUnsignedString(seqNumMismatch);
        }
        if (tokenMismatch != null) {
            return "412 fencing_token_mismatch";
        }
        if (tail != null) {
            return "416, the tail is " + Long.toUnsignedString(tail.seqNum());
        }
        return status + (code.isEmpty() ? "" : " " + code) + (message.isEmpty() ? "" : ": " + message);
    }

    private static String quote(byte[] body, boolean cut) {
        String text = new String(body, 0, Math.min(body.length, 4 * QUOTED_BODY_CHARS), StandardCharsets.UTF_8).strip();
        if (text.isEmpty()) {
            return "no error body";
        }
        boolean quotedInPart = cut || body.length > 4 * QUOTED_BODY_CHARS || text.length() > QUOTED_BODY_CHARS;
        String quoted = text.substring(0, Math.min(text.length(), QUOTED_BODY_CHARS));
        return "unexpected error body: " + PeerText.brief(quoted)
                + (quotedInPart ? "… (" + (cut ? "more than " : "") + body.length + " bytes)" : "");
    }
}
