package io.fenceline.s2.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The fields of an error body as far as it can be read; nothing else of the body is kept. Owned by one thread. */
final class ErrorBody {

    private static final JsonFactory JSON = new JsonFactory();
    /** A code is a word; what is longer is none. */
    private static final int MAX_CODE_CHARS = 64;

    private boolean whole;
    private @Nullable String code;
    private @Nullable String message;
    private @Nullable Long seqNumMismatch;
    private @Nullable FencingToken tokenMismatch;
    private @Nullable StreamPosition tail;

    private ErrorBody() {}

    static ErrorBody read(byte[] body) {
        ErrorBody read = new ErrorBody();
        try (JsonParser in = JSON.createParser(body)) {
            read.whole = in.nextToken() == JsonToken.START_OBJECT && read.fields(in);
        } catch (IOException | IllegalArgumentException e) {
            // not an error body of this API, or cut: what was read before counts
        }
        return read;
    }

    private boolean fields(JsonParser in) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (name.equals("code") && value == JsonToken.VALUE_STRING && in.getTextLength() <= MAX_CODE_CHARS) {
                code = in.getText();
            } else if (name.equals("message") && value == JsonToken.VALUE_STRING) {
                message = in.getText();
            } else if (name.equals("seq_num_mismatch") && value == JsonToken.VALUE_NUMBER_INT) {
                BigInteger number = in.getBigIntegerValue();
                seqNumMismatch = number.signum() < 0 || number.bitLength() > 64 ? null : (Long) number.longValue();
            } else if (name.equals("fencing_token_mismatch")
                    && value == JsonToken.VALUE_STRING
                    && in.getTextLength() <= FencingToken.MAX_BYTES) {
                tokenMismatch = new FencingToken(in.getText());
            } else if (name.equals("tail") && value == JsonToken.START_OBJECT) {
                tail = position(in);
            } else {
                in.skipChildren();
            }
        }
        return in.currentToken() == JsonToken.END_OBJECT;
    }

    private static StreamPosition position(JsonParser in) throws IOException {
        BigInteger seqNum = BigInteger.ZERO;
        BigInteger timestamp = BigInteger.ZERO;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (name.equals("seq_num") && value == JsonToken.VALUE_NUMBER_INT) {
                seqNum = in.getBigIntegerValue();
            } else if (name.equals("timestamp") && value == JsonToken.VALUE_NUMBER_INT) {
                timestamp = in.getBigIntegerValue();
            } else {
                in.skipChildren();
            }
        }
        return new StreamPosition(seqNum.longValue(), timestamp.longValue());
    }

    /** Whether the body begins with a whole JSON object. */
    boolean isWhole() {
        return whole;
    }

    /** The service's code; null if there is none. */
    @Nullable
    String code() {
        return code;
    }

    /** As long as the service made it; null if there is none. */
    @Nullable
    String message() {
        return message;
    }

    @Nullable
    Long seqNumMismatch() {
        return seqNumMismatch;
    }

    /** Null also where the value is no token. */
    @Nullable
    FencingToken tokenMismatch() {
        return tokenMismatch;
    }

    @Nullable
    StreamPosition tail() {
        return tail;
    }
}
