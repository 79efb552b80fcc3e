package io.fenceline.s2.wire;

import com.fasterxml.jackson.databind.JsonNode;
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
 * @param credentialsReplaced the request's credentials were replaced before this answer to it was heard; meant only where
 *     the answer is a refusal of them
 */
public record ServerError(
        int status,
        String code,
        String message,
        @Nullable Long seqNumMismatch,
        @Nullable FencingToken tokenMismatch,
        @Nullable StreamPosition tail,
        long retryAfterMillis,
        boolean credentialsReplaced) {

    private static final int QUOTED_BODY_CHARS = 200;

    /** An answer to a request whose credentials are still those in use. */
    public ServerError(
            int status,
            String code,
            String message,
            @Nullable Long seqNumMismatch,
            @Nullable FencingToken tokenMismatch,
            @Nullable StreamPosition tail,
            long retryAfterMillis) {
        this(status, code, message, seqNumMismatch, tokenMismatch, tail, retryAfterMillis, false);
    }

    /** What a code means, provided it comes with this status. */
    private record Meaning(int status, Answer answer) {}

    private static final Map<String, Meaning> MEANINGS = Map.ofEntries(
            Map.entry("bad_header", new Meaning(400, Answer.KEY_REFUSED)),
            Map.entry("decryption_failed", new Meaning(400, Answer.KEY_REFUSED)),
            Map.entry("bad_path", new Meaning(400, Answer.REQUEST_REFUSED)),
            Map.entry("bad_query", new Meaning(400, Answer.REQUEST_REFUSED)),
            Map.entry("bad_json", new Meaning(400, Answer.REQUEST_REFUSED)),
            Map.entry("bad_proto", new Meaning(400, Answer.REQUEST_REFUSED)),
            Map.entry("bad_frame", new Meaning(400, Answer.REQUEST_REFUSED)),
            Map.entry("authn", new Meaning(401, Answer.UNAUTHENTICATED)),
            Map.entry("permission_denied", new Meaning(403, Answer.FORBIDDEN)),
            Map.entry("quota_exhausted", new Meaning(403, Answer.FORBIDDEN)),
            Map.entry("basin_not_found", new Meaning(404, Answer.BASIN_MISSING)),
            Map.entry("stream_not_found", new Meaning(404, Answer.STREAM_MISSING)),
            Map.entry("access_token_not_found", new Meaning(404, Answer.ACCESS_TOKEN_UNKNOWN)),
            Map.entry("request_timeout", new Meaning(408, Answer.UNAVAILABLE)),
            Map.entry("resource_already_exists", new Meaning(409, Answer.ALREADY_EXISTS)),
            Map.entry("basin_deletion_pending", new Meaning(409, Answer.BASIN_BEING_DELETED)),
            Map.entry("stream_deletion_pending", new Meaning(409, Answer.STREAM_BEING_DELETED)),
            Map.entry("transaction_conflict", new Meaning(409, Answer.CONFLICT)),
            Map.entry("invalid", new Meaning(422, Answer.CONTENT_REFUSED)),
            Map.entry("rate_limited", new Meaning(429, Answer.BUSY)),
            Map.entry("client_hangup", new Meaning(499, Answer.STRANGE)),
            Map.entry("other", new Meaning(500, Answer.UNAVAILABLE)),
            Map.entry("storage", new Meaning(500, Answer.UNAVAILABLE)),
            Map.entry("not_implemented", new Meaning(501, Answer.REQUEST_REFUSED)),
            Map.entry("hot_server", new Meaning(502, Answer.BUSY)),
            // the service's documentation still calls this one free of side effects; its code table no longer does
            Map.entry("unavailable", new Meaning(503, Answer.UNAVAILABLE)),
            Map.entry("server_draining", new Meaning(503, Answer.DRAINING)),
            Map.entry("upstream_timeout", new Meaning(504, Answer.UNAVAILABLE)));

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
    public static StreamPosition position(JsonNode json) {
        return new StreamPosition(
                json.path("seq_num").bigIntegerValue().longValue(),
                json.path("timestamp").bigIntegerValue().longValue());
    }

    /** The same answer to a request whose credentials have been replaced since it began. */
    public ServerError withCredentialsReplaced() {
        return new ServerError(status, code, message, seqNumMismatch, tokenMismatch, tail, retryAfterMillis, true);
    }

    /**
     * What this means. A known code counts only with its own status; what has none is judged by its status. Rights and what is
     * absent go by status alone: gateways answer them with bodies of their own.
     */
    public Answer answer() {
        if (tokenMismatch != null) {
            return Answer.TOKEN_MISMATCH;
        }
        if (seqNumMismatch != null) {
            return Answer.POSITION_MISMATCH;
        }
        if (tail != null) {
            return Answer.OUT_OF_RANGE;
        }
        if (credentialsReplaced) {
            return Answer.CREDENTIALS_REPLACED;
        }
        Meaning meaning = MEANINGS.get(code);
        if (meaning != null && meaning.status() == status) {
            return meaning.answer();
        }
        return switch (status) {
            case 401 -> Answer.UNAUTHENTICATED;
            case 403 -> Answer.FORBIDDEN;
            case 404 -> Answer.NOT_FOUND;
            case 416 -> Answer.OUT_OF_RANGE;
            default -> meaning == null && RETRYABLE_STATUSES.contains(status) ? Answer.UNAVAILABLE : Answer.STRANGE;
        };
    }

    /** Whether this is a {@link Answer#FORBIDDEN} that no other credentials would change: the account's quota is used up. */
    public boolean isOfQuota() {
        return answer() == Answer.FORBIDDEN && code.equals("quota_exhausted");
    }

    /**
     * Whether <em>this attempt</em> certainly changed nothing; an earlier attempt of the same request may still have.
     * True only for what the service promises, and for a failed condition.
     */
    public boolean noSideEffects() {
        Meaning meaning = MEANINGS.get(code);
        boolean promised = meaning != null && meaning.status() == status;
        return switch (answer()) {
            case TOKEN_MISMATCH, POSITION_MISMATCH -> true;
            case OUT_OF_RANGE -> tail != null;
            case UNAVAILABLE, STRANGE -> false;
            case UNAUTHENTICATED,
                    ACCESS_TOKEN_UNKNOWN,
                    FORBIDDEN,
                    CREDENTIALS_REPLACED,
                    STREAM_MISSING,
                    STREAM_BEING_DELETED,
                    BASIN_MISSING,
                    BASIN_BEING_DELETED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    KEY_REFUSED,
                    REQUEST_REFUSED,
                    CONTENT_REFUSED,
                    CONFLICT,
                    BUSY,
                    DRAINING -> promised;
        };
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
        return brief()
                + (message.isEmpty() ? "" : ": " + message)
                + (credentialsReplaced ? " (to credentials that have been replaced meanwhile)" : "");
    }

    /** Status and code, without the service's words. */
    public String brief() {
        return status + (code.isEmpty() ? "" : " " + code);
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
