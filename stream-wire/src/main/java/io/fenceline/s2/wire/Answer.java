package io.fenceline.s2.wire;

/**
 * What an answer of the service means, whoever asks: {@link ServerError#answer()}. Ask with an exhaustive {@code switch}, so
 * that a new meaning is met everywhere. How often an answer has to come before it is believed is for {@code RefusalCount} to
 * say.
 */
public enum Answer {
    /** Another fencing token is in force: {@link ServerError#tokenMismatch}. */
    TOKEN_MISMATCH,
    /** Another position comes next: {@link ServerError#seqNumMismatch}. */
    POSITION_MISMATCH,
    /** Nothing stands at that position; {@link ServerError#tail} says where the stream ends, if that was understood. */
    OUT_OF_RANGE,
    /** The credentials are not accepted, or not any more. */
    UNAUTHENTICATED,
    /** The service does not know the access token. */
    ACCESS_TOKEN_UNKNOWN,
    /** Not with these credentials, or not with what is left of the account's quota. */
    FORBIDDEN,
    /** The credentials are refused, and others have taken their place meanwhile; worth another try, with those. */
    CREDENTIALS_REPLACED,
    /** The stream does not exist, in a basin that is there. */
    STREAM_MISSING,
    /** The stream is being deleted. */
    STREAM_BEING_DELETED,
    /** The basin does not exist: none of its streams can be reached, whatever is done to the stream. */
    BASIN_MISSING,
    /** The basin is being deleted. */
    BASIN_BEING_DELETED,
    /** A 404 without a code of the service: it says nothing of a stream, and its sender may not be S2. */
    NOT_FOUND,
    /** What was to be created exists. */
    ALREADY_EXISTS,
    /**
     * The encryption key is missing, has not the form of one, or does not fit. The service answers so to other headers too,
     * so the message has to be read.
     */
    KEY_REFUSED,
    /** The request is refused for its form, or is one that the service does not have. */
    REQUEST_REFUSED,
    /** The request is understood, and its content refused. */
    CONTENT_REFUSED,
    /** Nothing was changed, as another request was under way; worth another try. */
    CONFLICT,
    /** Nothing was changed, as there is too much to do; worth another try. */
    BUSY,
    /** Nothing was changed, and the server goes away; worth another try, on another connection. */
    DRAINING,
    /** Worth another try; whether anything was changed is open. */
    UNAVAILABLE,
    /** Not an answer that this protocol has; whether anything was changed is open. */
    STRANGE;

    /** Whether there is no such stream any more, or soon: the basin and the rights are another matter. */
    public boolean isStreamMissing() {
        return switch (this) {
            case STREAM_MISSING, STREAM_BEING_DELETED -> true;
            case TOKEN_MISMATCH,
                    POSITION_MISMATCH,
                    OUT_OF_RANGE,
                    UNAUTHENTICATED,
                    ACCESS_TOKEN_UNKNOWN,
                    FORBIDDEN,
                    CREDENTIALS_REPLACED,
                    BASIN_MISSING,
                    BASIN_BEING_DELETED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    KEY_REFUSED,
                    REQUEST_REFUSED,
                    CONTENT_REFUSED,
                    CONFLICT,
                    BUSY,
                    DRAINING,
                    UNAVAILABLE,
                    STRANGE -> false;
        };
    }

    /** Whether the same request can succeed later, with nothing done about it. */
    public boolean isRetryable() {
        return switch (this) {
            case CREDENTIALS_REPLACED, CONFLICT, BUSY, DRAINING, UNAVAILABLE -> true;
            case TOKEN_MISMATCH,
                    POSITION_MISMATCH,
                    OUT_OF_RANGE,
                    UNAUTHENTICATED,
                    ACCESS_TOKEN_UNKNOWN,
                    FORBIDDEN,
                    STREAM_MISSING,
                    STREAM_BEING_DELETED,
                    BASIN_MISSING,
                    BASIN_BEING_DELETED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    KEY_REFUSED,
                    REQUEST_REFUSED,
                    CONTENT_REFUSED,
                    STRANGE -> false;
        };
    }
}
